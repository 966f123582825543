// Reads the kernel's symbol table (docs/debugging.md, "Symbol table"): which function and which source line an address is in.
//
// Pure, and careful: it runs in a panic, when the table itself may be damaged, so every read is checked against the end and
// a bad table only means that nothing is found. A scan from the start, because a panic has time.

import { addressOf, stringAt } from "unsafe";

const MAGIC: u32 = 0x4d59_5355; // "USYM"
const VERSION: u32 = 2;
const HEADER_SIZE = 40;
/** By the low three bits of a row's first byte: the step to its line. */
const usualSteps: FixedArray<i64, 8> = [1, 2, -1, 3, -2, 4, 0, 0];
const SAME_FILE = 6;
const OTHER_FILE = 7;

/** Where an address is. */
export class SourcePlace {
  /** Empty: unknown. */
  functionName: string = "";
  /** Distance from the function's start. */
  functionOffset: u64 = 0;
  /** Empty: unknown. */
  file: string = "";
  line: u32 = 0;
}

/** A position in the table; beyond the end it reads zeros. */
class Cursor {
  private readonly table: Slice<u8>;
  at: usize = 0;

  constructor(table: Slice<u8>) {
    this.table = table;
  }

  /** Whether everything so far was inside. */
  isInside(): boolean {
    return this.at <= this.table.length;
  }

  byte(): u8 {
    if (this.at >= this.table.length) {
      this.at = this.table.length + 1;
      return 0;
    }
    this.at++;
    return this.table[this.at - 1];
  }

  word(): u32 {
    let value: u32 = 0;
    for (let shift: u32 = 0; shift < 32; shift += 8) value |= u32(this.byte()) << shift;
    return value;
  }

  varint(): u64 {
    let value: u64 = 0;
    for (let shift: u32 = 0; shift < 64; shift += 7) {
      const part = this.byte();
      value |= u64(part & 0x7f) << shift;
      if ((part & 0x80) === 0) break;
    }
    return value;
  }

  zigzag(): i64 {
    const value = this.varint();
    return i64(value >> 1) ^ -i64(value & 1);
  }

  text(): string {
    const length = this.varint();
    if (this.at > this.table.length || length > this.table.length - this.at) {
      this.at = this.table.length + 1;
      return "";
    }
    const start = this.at;
    this.at += length;
    // Safe: within the table, which never changes.
    return stringAt(addressOf(this.table) + start, length);
  }
}

/** Finds an address. What is not found stays empty in `place`. */
export function findSource(table: Slice<u8>, address: u64, place: SourcePlace): void {
  place.functionName = "";
  place.functionOffset = 0;
  place.file = "";
  place.line = 0;
  const header = new Cursor(table);
  if (table.length < HEADER_SIZE || header.word() !== MAGIC || header.word() !== VERSION) return;
  const base = u64(header.word()) | (u64(header.word()) << 32);
  const functionCount = header.word();
  const functions = usize(header.word());
  const rowCount = header.word();
  const rows = usize(header.word());
  const fileCount = header.word();
  const files = usize(header.word());
  if (address < base) return;
  const wanted = address - base;
  findFunction(table, functions, functionCount, wanted, place);
  const file = findRow(table, rows, rowCount, wanted, place);
  if (file === 0 || file > u64(fileCount)) return;
  const names = new Cursor(table);
  names.at = files;
  for (let i: u64 = 1; i < file; i++) names.text();
  place.file = names.text();
}

function findFunction(table: Slice<u8>, start: usize, count: u32, wanted: u64, place: SourcePlace): void {
  const cursor = new Cursor(table);
  cursor.at = start;
  let address: u64 = 0;
  for (let i: u32 = 0; i < count && cursor.isInside(); i++) {
    address += cursor.varint();
    const size = cursor.varint();
    const name = cursor.text();
    if (address > wanted) return;
    if (wanted - address < size) {
      place.functionName = name;
      place.functionOffset = wanted - address;
      return;
    }
  }
}

/** The file's index + 1 of the row that an address is in, 0 for none; the line goes to `place`. */
function findRow(table: Slice<u8>, start: usize, count: u32, wanted: u64, place: SourcePlace): u64 {
  const cursor = new Cursor(table);
  cursor.at = start;
  let address: u64 = 0;
  let line: i64 = 0;
  let found: u64 = 0;
  for (let i: u32 = 0; i < count && cursor.isInside(); i++) {
    const first = cursor.byte();
    const distance = first >> 3;
    address += distance === 0 ? cursor.varint() : u64(distance);
    const kind = usize(first & 7);
    const file = kind === OTHER_FILE ? cursor.varint() : found;
    const step = kind >= SAME_FILE ? cursor.zigzag() : usualSteps[kind];
    if (address > wanted) break;
    line += step;
    found = file;
    place.line = u32(line);
  }
  return found;
}
