// Integers in network byte order (RFC 791, appendix B: the most significant byte first), at any place of a packet.
//
// Each access is checked against its slice once, as a whole.

import { addressOf, objectAt, pointer } from "unsafe";

/** @packed */
class Loose16 {
  value!: u16;
}
/** @packed */
class Loose32 {
  value!: u32;
}
/** @packed */
class Loose64 {
  value!: u64;
}

/** Two bytes at an offset. @inline */
export function load16(memory: Slice<u8>, offset: usize): u16 {
  assert(offset + 2 <= memory.length, "a load beyond the packet");
  // Inside the slice, as was just checked; the class is packed, so any alignment will do. So below.
  return byteSwap(objectAt<Loose16>(addressOf(memory) + offset).value);
}

/** Four bytes at an offset. @inline */
export function load32(memory: Slice<u8>, offset: usize): u32 {
  assert(offset + 4 <= memory.length, "a load beyond the packet");
  return byteSwap(objectAt<Loose32>(addressOf(memory) + offset).value);
}

/** Eight bytes at an offset. @inline */
export function load64(memory: Slice<u8>, offset: usize): u64 {
  assert(offset + 8 <= memory.length, "a load beyond the packet");
  return byteSwap(objectAt<Loose64>(addressOf(memory) + offset).value);
}

/** Six bytes at an offset: an Ethernet address. @inline */
export function load48(memory: Slice<u8>, offset: usize): u64 {
  return (u64(load16(memory, offset)) << 32) | u64(load32(memory, offset + 2));
}

/** Stores two bytes at an offset. @inline */
export function store16(memory: Slice<u8>, offset: usize, value: u16): void {
  assert(offset + 2 <= memory.length, "a store beyond the packet");
  // Inside the slice; the compiler makes one store of these.
  const target = pointer<u8>(addressOf(memory) + offset);
  target[0] = u8(value >> 8);
  target[1] = u8(value);
}

/** Stores four bytes at an offset. @inline */
export function store32(memory: Slice<u8>, offset: usize, value: u32): void {
  assert(offset + 4 <= memory.length, "a store beyond the packet");
  // Inside the slice; the compiler makes one store of these.
  const target = pointer<u8>(addressOf(memory) + offset);
  target[0] = u8(value >> 24);
  target[1] = u8(value >> 16);
  target[2] = u8(value >> 8);
  target[3] = u8(value);
}

/** Stores eight bytes at an offset. @inline */
export function store64(memory: Slice<u8>, offset: usize, value: u64): void {
  assert(offset + 8 <= memory.length, "a store beyond the packet");
  // Inside the slice; the compiler makes one store of these.
  const target = pointer<u8>(addressOf(memory) + offset);
  target[0] = u8(value >> 56);
  target[1] = u8(value >> 48);
  target[2] = u8(value >> 40);
  target[3] = u8(value >> 32);
  target[4] = u8(value >> 24);
  target[5] = u8(value >> 16);
  target[6] = u8(value >> 8);
  target[7] = u8(value);
}

/** Stores six bytes at an offset: an Ethernet address. @inline */
export function store48(memory: Slice<u8>, offset: usize, value: u64): void {
  store16(memory, offset, u16(value >> 32));
  store32(memory, offset + 2, u32(value));
}
