// The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words.
//
// A running sum is a u64 of words as this processor loads them (little endian), which RFC 1071, 2(B) allows as long as the result is
// swapped at the end; it stays below 2^34, so that no carry is lost.

import { addressOf, objectAt } from "unsafe";
import type { IpAddress } from "./address.ts";
import { isIpv4 } from "./address.ts";
import type { PacketBuffer } from "./packet.ts";

/** @packed */
class Words64 {
  value!: u64;
}
/** @packed */
class Words32 {
  value!: u32;
}

/** Sum of some bytes, added to a running sum. The bytes begin at an even place of what is summed. */
export function addBytes(sum: u64, memory: Slice<u8>): u64 {
  const length = memory.length;
  const address = addressOf(memory);
  let total: u64 = sum;
  let offset: usize = 0;
  // All loads stay below the slice's length; the classes are packed, so any alignment will do.
  for (; offset + 8 <= length; offset += 8) {
    const words = objectAt<Words64>(address + offset).value;
    total += words;
    // A carry out of the top comes in at the bottom: 2^64 is 1 in ones' complement arithmetic.
    if (total < words) total++;
  }
  total = u64(u32(total)) + (total >> 32);
  if (offset + 4 <= length) {
    total += u64(objectAt<Words32>(address + offset).value);
    offset += 4;
  }
  if (offset + 2 <= length) {
    total += u64(memory[offset]) | (u64(memory[offset + 1]) << 8);
    offset += 2;
  }
  return offset < length ? total + u64(memory[offset]) : total;
}

/** The running sum with bytes that begin at an odd place. */
export function addOddBytes(sum: u64, memory: Slice<u8>): u64 {
  return u64(u32(sum)) + (sum >> 32) + u64(byteSwap(fold(addBytes(0, memory))));
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
  // In host order first: the sum of swapped words is the swapped sum (RFC 1071, 2(B)).
  let sum: u64 = u64(protocol) + u64(length) + (from.low & 0xffff_ffff) + (to.low & 0xffff_ffff);
  if (!isIpv4(from)) sum += (from.low >> 32) + (to.low >> 32) + halves(from.high) + halves(to.high);
  return u64(byteSwap(fold(sum)));
}

function halves(words: u64): u64 {
  return (words & 0xffff_ffff) + (words >> 32);
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
