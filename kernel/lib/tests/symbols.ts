// The symbol table's reader: a table made by hand as docs/debugging.md says, what it finds in it, and what it makes of every
// truncation and of every single byte turned over. A Linux program: panics at the first surprise.

import { print } from "prelude/host.ts";
import { addressOf } from "unsafe";
import { findSource, SourcePlace } from "../symbols.ts";

const BASE = 0xffff_ffff_8010_1000;

class Storage {
  readonly data!: FixedArray<u8, 256>;
  length: usize = 0;
}

const storage = new Storage();
const place = new SourcePlace();

function byte(value: u8): void {
  storage.data[storage.length] = value;
  storage.length++;
}

function word(value: u32): void {
  for (let shift: u32 = 0; shift < 32; shift += 8) byte(u8(value >> shift));
}

function varint(value: u64): void {
  let left = value;
  while (left >= 0x80) {
    byte(u8(left & 0x7f) | 0x80);
    left >>= 7;
  }
  byte(u8(left));
}

function text(value: string): void {
  varint(value.length);
  for (const character of value) byte(character);
}

function fillIn(at: usize, value: u32): void {
  const end = storage.length;
  storage.length = at;
  word(value);
  storage.length = end;
}

/** first: 0x10 to 0x1010 (lines 10, 12, 7, then none); second: 0x2000 to 0x2001 (line 300 of another file). */
function makeTable(): void {
  storage.data.fill(0);
  storage.length = 0;
  word(0x4d59_5355);
  word(2);
  word(u32(BASE & 0xffff_ffff));
  word(u32(BASE >> 32));
  for (let i: u32 = 0; i < 6; i++) word(0);
  fillIn(16, 2);
  fillIn(20, u32(storage.length));
  varint(0x10);
  varint(0x1000);
  text("SpinLock.acquire");
  varint(0x1ff0);
  varint(1);
  text("kernelMain");
  fillIn(24, 5);
  fillIn(28, u32(storage.length));
  byte((0x10 << 3) | 7);
  varint(1);
  varint(20);
  byte((8 << 3) | 1);
  byte((8 << 3) | 6);
  varint(9);
  byte(7);
  varint(0xff0);
  varint(0);
  varint(0);
  byte(7);
  varint(0xff0);
  varint(2);
  varint(586);
  fillIn(32, 2);
  fillIn(36, u32(storage.length));
  text("kernel/a.ts");
  text("kernel/b.ts");
}

function expect(offset: u64, name: string, distance: u64, file: string, line: u32): void {
  findSource(storage.data.slice(0, storage.length), BASE + offset, place);
  assert(place.functionName === name, `${hex(offset)}: function ${place.functionName}`);
  assert(place.functionOffset === distance, `${hex(offset)}: distance ${place.functionOffset}`);
  assert(place.file === file, `${hex(offset)}: file ${place.file}`);
  assert(file.length === 0 || place.line === line, `${hex(offset)}: line ${place.line}`);
}

/** @export main */
export function main(): i32 {
  makeTable();
  expect(0x0f, "", 0, "", 0);
  expect(0x10, "SpinLock.acquire", 0, "kernel/a.ts", 10);
  expect(0x17, "SpinLock.acquire", 7, "kernel/a.ts", 10);
  expect(0x18, "SpinLock.acquire", 8, "kernel/a.ts", 12);
  expect(0x1f, "SpinLock.acquire", 15, "kernel/a.ts", 12);
  expect(0x20, "SpinLock.acquire", 16, "kernel/a.ts", 7);
  expect(0x100f, "SpinLock.acquire", 0xfff, "kernel/a.ts", 7);
  expect(0x1010, "", 0, "", 0);
  expect(0x2000, "kernelMain", 0, "kernel/b.ts", 300);
  findSource(storage.data.slice(0, storage.length), BASE - 1, place);
  assert(place.functionName === "" && place.file === "", "below the base");
  print("functions and lines are found");

  const whole = storage.length;
  for (let length: usize = 0; length < whole; length++) findSource(storage.data.slice(0, length), BASE + 0x2000, place);
  print("no truncation goes beyond the end");

  for (let at: usize = 0; at < whole; at++) {
    for (let bit: u32 = 0; bit < 8; bit++) {
      storage.data[at] ^= u8(1) << bit;
      findSource(storage.data.slice(0, whole), BASE + 0x2000, place);
      // What was found lies in the table.
      const start = addressOf(storage.data);
      if (place.functionName.length !== 0) {
        const name = addressOf(place.functionName);
        assert(name >= start && name + place.functionName.length <= start + whole, `byte ${at}: the name is outside`);
      }
      storage.data[at] ^= u8(1) << bit;
    }
  }
  print("no damage leads outside");
  return 0;
}
