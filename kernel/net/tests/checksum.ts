// The Internet checksum against the plainest way to compute it, at every alignment, length and seam.

import { print } from "prelude/host.ts";
import { ipv4Of, ipv6 } from "../address.ts";
import { store16 } from "../byte_order.ts";
import { addBytes, addOddBytes, addPacket, checksumOf, finishChecksum, pseudoHeaderSum, updateChecksum } from "../checksum.ts";
import { HeapMemory } from "../simulation/heap_memory.ts";
import { Random } from "../simulation/random.ts";

const random = new Random();
const data: FixedArray<u8, 4096> = [];

/** One word after the other, as RFC 1071, 4.1 has it. */
function plain(memory: Slice<u8>): u16 {
  let sum: u64 = 0;
  for (let i: usize = 0; i < memory.length; i++) sum += i % 2 === 0 ? u64(memory[i]) << 8 : u64(memory[i]);
  while (sum >> 16 !== 0) sum = (sum & 0xffff) + (sum >> 16);
  return ~u16(sum);
}

/** RFC 1071, 3: the example's sum is ddf2. */
function testExample(): void {
  const example: FixedArray<u8, 8> = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
  assert(checksumOf(example.slice()) === 0x220d, "the complement of ddf2");
}

function testAlignments(): void {
  for (let start: usize = 0; start < 9; start++) {
    for (let length: usize = 0; length < 200; length++) {
      const part = data.slice(start, start + length);
      assert(checksumOf(part) === plain(part), "as the plain sum");
      const cut = length / 3;
      const first = addBytes(0, part.slice(0, cut));
      const all = cut % 2 === 0 ? addBytes(first, part.slice(cut)) : addOddBytes(first, part.slice(cut));
      assert(finishChecksum(all) === plain(part), "in two parts");
    }
  }
  data.fill(0xff);
  assert(checksumOf(data.slice()) === 0, "all ones");
}

function testUpdate(): void {
  for (let i: usize = 0; i < data.length; i++) data[i] = u8(random.next(256));
  for (let round: u32 = 0; round < 1000; round++) {
    const part = data.slice(0, 40);
    const before = plain(part);
    const place = random.next(20) * 2;
    const old = (u16(part[place]) << 8) | u16(part[place + 1]);
    const value = u16(random.next(0x1_0000));
    store16(part, place, value);
    const after = plain(part);
    const updated = updateChecksum(before, old, value);
    assert(updated === after || (updated === 0xffff && after === 0) || (updated === 0 && after === 0xffff), "RFC 1624");
  }
}

function testPacket(): void {
  const memory = new HeapMemory();
  const packet = memory.allocatePacket(64)!;
  packet.extend(13).copyFrom(data.slice(0, 13));
  const chunk = memory.allocateChunk(300)!;
  chunk.storage.copyFrom(data.slice(13, 313));
  packet.addFragment(chunk, 0, 101);
  const other = memory.allocateChunk(300)!;
  other.storage.copyFrom(data.slice(13, 313));
  packet.addFragment(other, 101, 199);
  for (let offset: u32 = 0; offset < 200; offset++) {
    assert(finishChecksum(addPacket(0, packet, offset)) === plain(data.slice(u64(offset), 313)), "across seams");
  }
  packet.release();
  chunk.release();
  other.release();
  assert(memory.chunks === 0, "all memory came back");
}

/** The pseudo-headers, laid out by hand. */
function testPseudoHeaders(): void {
  const four: FixedArray<u8, 12> = [192, 0, 2, 1, 198, 51, 100, 7, 0, 6, 0x12, 0x34];
  const sum4 = pseudoHeaderSum(ipv4Of(192, 0, 2, 1), ipv4Of(198, 51, 100, 7), 6, 0x1234);
  assert(finishChecksum(sum4) === plain(four.slice()), "IPv4");
  const six: FixedArray<u8, 40> = [];
  six.fill(0);
  six[0] = 0x20;
  six[1] = 0x01;
  six[15] = 1;
  six[16] = 0xfe;
  six[17] = 0x80;
  six[31] = 9;
  six[33] = 1;
  six[35] = 7;
  six[39] = 58;
  const sum6 = pseudoHeaderSum(ipv6(0x2001_0000_0000_0000, 1), ipv6(0xfe80_0000_0000_0000, 9), 58, 0x1_0007);
  assert(finishChecksum(sum6) === plain(six.slice()), "IPv6");
}

/** @export main */
export function main(): i32 {
  for (let i: usize = 0; i < data.length; i++) data[i] = u8(random.next(256));
  testExample();
  testAlignments();
  testUpdate();
  testPacket();
  testPseudoHeaders();
  print("checksums: RFC 1071, RFC 1624");
  return 0;
}
