// The symbol table that the kernel carries, so that a panic names `function file.ts:line`. docs/debugging.md defines it;
// kernel/lib/symbols.ts reads it.

import type { Buffer } from "node:buffer";
import { readLineRows } from "./dwarf_lines.ts";
import { ElfFile } from "./elf_file.ts";

const VERSION = 2;
const HEADER_BYTES = 40;
/** What a row's first byte says of its line, in the same file as the row before: most rows are one byte. */
const USUAL_STEPS = [1, 2, -1, 3, -2, 4];
/** The others: the step follows; file and step follow. */
const SAME_FILE = 6;
const OTHER_FILE = 7;
/** Distances from row to row that the first byte holds; it holds 0 before a longer one. */
const LONGEST_DISTANCE = 31n;

class Stream {
  private readonly bytes: number[] = [];

  get length(): number {
    return this.bytes.length;
  }
  byte(value: number): void {
    this.bytes.push(value);
  }
  unsigned(value: number | bigint): void {
    let rest = BigInt(value);
    while (rest >= 128n) {
      this.bytes.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.bytes.push(Number(rest));
  }
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }
  text(text: string): void {
    const utf8 = new TextEncoder().encode(text);
    this.unsigned(utf8.length);
    this.bytes.push(...utf8);
  }
  finish(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

/** A C symbol as the source names it: `mm_frames__FrameAllocator__allocate` is `FrameAllocator.allocate`. */
export function sourceName(symbol: string): string {
  const plain = symbol.replace(/\.(constprop|isra|part|cold|lto_priv)(\.\d+)?/g, "");
  const parts = plain.split("__").filter((part) => part !== "");
  return parts.length < 2 || plain.startsWith("__") ? plain : parts.slice(1).join(".");
}

/** Encodes functions and lines of a linked kernel. */
export function symbolTable(file: Buffer): Uint8Array {
  const elf = new ElfFile(file);
  const base = elf.symbol("__text_start") ?? elf.address(".text");
  const end = elf.symbol("__text_end") ?? base + BigInt(elf.section(".text").length);
  const inside = (address: bigint): boolean => address >= base && address <= end;

  const functions = new Stream();
  let functionCount = 0;
  let last = base;
  const sorted = elf
    .functions()
    .filter((item) => inside(item.address) && item.address < end)
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  for (const item of sorted) {
    functions.unsigned(item.address - last);
    functions.unsigned(item.size);
    functions.text(sourceName(item.name));
    last = item.address;
    functionCount += 1;
  }

  const files: string[] = [];
  const lines = new Stream();
  const lineCount = encodeLines(elf, base, inside, files, lines);
  const names = new Stream();
  for (const name of files) names.text(name);

  const total = new Uint8Array(HEADER_BYTES + functions.length + lines.length + names.length);
  const header = new DataView(total.buffer);
  new TextEncoder().encodeInto("USYM", total);
  header.setUint32(4, VERSION, true);
  header.setBigUint64(8, base, true);
  let offset = HEADER_BYTES;
  const place = (field: number, count: number, stream: Stream): void => {
    header.setUint32(field, count, true);
    header.setUint32(field + 4, offset, true);
    total.set(stream.finish(), offset);
    offset += stream.length;
  };
  place(16, functionCount, functions);
  place(24, lineCount, lines);
  place(32, files.length, names);
  return total;
}

function encodeLines(elf: ElfFile, base: bigint, inside: (address: bigint) => boolean, files: string[], out: Stream): number {
  // A sequence's end and the next one's start may share an address: the start counts, so ends are sorted first.
  const rows = readLineRows(elf)
    .map((row, order) => ({ ...row, order }))
    .filter((row) => inside(row.address))
    .sort((a, b) =>
      a.address < b.address
        ? -1
        : a.address > b.address
          ? 1
          : Number(a.file !== undefined) - Number(b.file !== undefined) || a.order - b.order,
    );
  const numbers = new Map<string, number>();
  let count = 0;
  let lastAddress = base;
  let lastFile = -1;
  let lastLine = 0;
  rows.forEach((row, index) => {
    if (rows[index + 1]?.address === row.address) return;
    // Generated text is not the program's: what it adds belongs to the line before.
    if (row.file?.startsWith("build/") === true) return;
    let file = 0;
    if (row.file !== undefined) {
      file = numbers.get(row.file) ?? 0;
      if (file === 0) {
        files.push(row.file);
        file = files.length;
        numbers.set(row.file, file);
      }
    }
    const line = file === 0 ? lastLine : row.line;
    if (file === lastFile && line === lastLine) return;
    const step = line - lastLine;
    const usual = USUAL_STEPS.indexOf(step);
    const kind = file !== lastFile ? OTHER_FILE : usual >= 0 ? usual : SAME_FILE;
    const distance = row.address - lastAddress;
    const isShort = distance > 0n && distance <= LONGEST_DISTANCE;
    out.byte(((isShort ? Number(distance) : 0) << 3) | kind);
    if (!isShort) out.unsigned(distance);
    if (kind === OTHER_FILE) out.unsigned(file);
    if (kind >= SAME_FILE) out.signed(step);
    lastAddress = row.address;
    lastFile = file;
    lastLine = line;
    count += 1;
  });
  return count;
}
