// The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words.
//
// A running sum is a u64 of words as this processor loads them (little endian), which RFC 1071, 2(B) allows as long as the result is
// swapped at the end; 32 bits are added at a time, so that no carry is lost before 2^32 additions.

import { addressOf, pointer } from "unsafe";
import type { IpAddress } from "./address.ts";
import { isIpv4 } from "./address.ts";
import type { PacketBuffer } from "./packet.ts";

/** Sum of some bytes, added to a running sum. The bytes begin at an even place of what is summed. */
export function addBytes(sum: u64, memory: Slice<u8>): u64 {
  const length = memory.length;
  const address = addressOf(memory);
  let total: u64 = sum;
  let offset: usize = 0;
  const words = pointer<u64>(address);
  // Both loops stay below the slice's length. x86-64 loads from any address; the bytes before the first aligned one go singly, in
  // pairs, so that each load of a word is aligned.
  if ((address & 7) === 0) {
    for (; offset + 8 <= length; offset += 8) {
      const word = words[offset >> 3];
      total += (word & 0xffff_ffff) + (word >> 32);
    }
  } else {
    const misplaced = address & 7;
    const lead = 8 - misplaced;
    if (length >= lead + 8) {
      // RFC 1071, 2(A): the sum of bytes at odd places is the sum at even places with its halves swapped.
      let head: u64 = addPairs(memory.slice(0, lead));
      let part: u64 = 0;
      const aligned = pointer<u64>(address + lead);
      const count = (length - lead) >> 3;
      for (let i: usize = 0; i < count; i++) {
        const word = aligned[i];
        part += (word & 0xffff_ffff) + (word >> 32);
      }
      const rest = addPairs(memory.slice(lead + count * 8));
      part += rest;
      if ((lead & 1) !== 0) part = u64(byteSwap(fold(part)));
      head += part;
      return u64(u32(total)) + (total >> 32) + head;
    }
  }
  return u64(u32(total)) + (total >> 32) + addPairs(memory.slice(offset));
}

/** A few bytes. */
function addPairs(memory: Slice<u8>): u64 {
  let sum: u64 = 0;
  let i: usize = 0;
  for (; i + 2 <= memory.length; i += 2) sum += u64(memory[i]) | (u64(memory[i + 1]) << 8);
  if (i < memory.length) sum += u64(memory[i]);
  return sum;
}

/** The running sum with bytes that begin at an odd place. */
export function addOddBytes(sum: u64, memory: Slice<u8>): u64 {
  return u64(u32(sum)) + (sum >> 32) + u64(byteSwap(fold(addBytes(0, memory))));
}

/** A 16-bit word in host order joins the sum. @inline */
export function addWord(sum: u64, word: u16): u64 {
  return sum + u64(byteSwap(word));
}

/** The sum with its carries brought in, in this processor's order. @inline */
function fold(sum: u64): u16 {
  let value: u64 = (sum & 0xffff_ffff) + (sum >> 32);
  value = (value & 0xffff) + (value >> 16);
  value = (value & 0xffff) + (value >> 16);
  value = (value & 0xffff) + (value >> 16);
  return u16(value);
}

/** What belongs into the checksum field, to be stored with `store16`. @inline */
export function finishChecksum(sum: u64): u16 {
  return ~byteSwap(fold(sum));
}

/** The sum itself, not complemented: what a device goes on from (VIRTIO 1.2, 5.1.6.2). @inline */
export function foldedSum(sum: u64): u16 {
  return byteSwap(fold(sum));
}

/** Checksum of bytes that contain it as 0, or 0 when they contain the right one. */
export function checksumOf(memory: Slice<u8>): u16 {
  return finishChecksum(addBytes(0, memory));
}

/** A checksum after a word below it has changed: HC' = ~(~HC + ~m + m') (RFC 1624, equation 3). */
export function updateChecksum(checksum: u16, before: u16, after: u16): u16 {
  let sum: u32 = u32(~checksum) + u32(~before) + u32(after);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~u16(sum);
}

/** Sum of the pseudo-header of TCP, UDP and ICMPv6 (RFC 9293, 3.1; RFC 8200, 8.1). */
export function pseudoHeaderSum(from: IpAddress, to: IpAddress, protocol: u8, length: u32): u64 {
  let sum: u64 = addWord(addWord(u64(byteSwap(u16(protocol))), u16(length)), u16(length >> 16));
  sum = addWords(addWords(sum, from.low & 0xffff_ffff), to.low & 0xffff_ffff);
  if (isIpv4(from)) return sum;
  sum = addWords(addWords(sum, from.low >> 32), to.low >> 32);
  return addWords(addWords(sum, from.high), to.high);
}

function addWords(sum: u64, words: u64): u64 {
  let total: u64 = sum;
  for (let shift: u32 = 0; shift < 64; shift += 16) total = addWord(total, u16(words >> shift));
  return total;
}

/** Adds a packet's bytes from an offset of the whole packet on, fragments included. */
export function addPacket(sum: u64, packet: PacketBuffer, offset: u32): u64 {
  let total: u64 = sum;
  let skip: u64 = u64(offset);
  let done: u64 = 0;
  for (let part: u32 = 0; part <= packet.fragmentCount; part++) {
    const piece = part === 0 ? packet.bytes() : packet.fragments[part - 1].bytes();
    if (skip >= piece.length) {
      skip -= piece.length;
      continue;
    }
    const rest = piece.slice(skip);
    skip = 0;
    total = (done & 1) === 0 ? addBytes(total, rest) : addOddBytes(total, rest);
    done += rest.length;
  }
  return total;
}
