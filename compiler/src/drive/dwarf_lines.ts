// Reads the line number programs of .debug_line: DWARF 5 section 6.2, and the older header of versions 2 to 4.

import type { Buffer } from "node:buffer";
import { type ElfFile, stringAt } from "./elf_file.ts";

/** From `address` on, the code belongs to this line; `file` is undefined where a sequence ends. */
export interface LineRow {
  readonly address: bigint;
  readonly file: string | undefined;
  readonly line: number;
}

class Cursor {
  constructor(
    readonly bytes: Buffer,
    public at: number,
  ) {}
  u8(): number {
    this.at += 1;
    return this.bytes.readUInt8(this.at - 1);
  }
  i8(): number {
    this.at += 1;
    return this.bytes.readInt8(this.at - 1);
  }
  u16(): number {
    this.at += 2;
    return this.bytes.readUInt16LE(this.at - 2);
  }
  u32(): number {
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }
  u64(): bigint {
    this.at += 8;
    return this.bytes.readBigUInt64LE(this.at - 8);
  }
  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  signed(): number {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = this.u8();
      value += (byte & 127) * 2 ** shift;
      shift += 7;
      if (byte < 128) return byte & 64 ? value - 2 ** shift : value;
    }
  }
  text(): string {
    const text = stringAt(this.bytes, this.at);
    this.at += byteLength(text) + 1;
    return text;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** All rows of all units, as they stand: not sorted, discarded code included. */
export function readLineRows(elf: ElfFile): LineRow[] {
  const section = elf.section(".debug_line");
  const rows: LineRow[] = [];
  for (let at = 0; at + 4 <= section.length; ) {
    const length = section.readUInt32LE(at);
    if (length >= 0xfffffff0) throw new Error("64-bit DWARF is not expected here");
    readUnit(elf, section, at + 4, at + 4 + length, rows);
    at += 4 + length;
  }
  return rows;
}

interface Header {
  readonly minimumLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  /** The name of a file by its number in the program. */
  readonly fileName: (index: number) => string;
  readonly program: number;
}

function join(folder: string, name: string): string {
  const path = name.startsWith("/") || folder === "" || folder === "." ? name : `${folder}/${name}`;
  return path.replace(/^\.\//, "");
}

function readHeader(elf: ElfFile, cursor: Cursor): Header {
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new Error(`DWARF line version ${version} is not known`);
  if (version === 5) cursor.at += 2;
  const headerLength = cursor.u32();
  const program = cursor.at + headerLength;
  const minimumLength = cursor.u8();
  if (version >= 4) cursor.u8();
  cursor.u8();
  const lineBase = cursor.i8();
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  const operandCounts = Array.from({ length: opcodeBase - 1 }, () => cursor.u8());
  const base = { minimumLength, lineBase, lineRange, opcodeBase, operandCounts, program };
  if (version === 5) {
    const folders = readEntries(elf, cursor).map((entry) => entry.name);
    const files = readEntries(elf, cursor).map((entry) => join(folders[entry.folder] ?? "", entry.name));
    return { ...base, fileName: (index) => files[index] ?? "?" };
  }
  const folders = [""];
  for (let name = cursor.text(); name !== ""; name = cursor.text()) folders.push(name);
  const files = ["?"];
  for (let name = cursor.text(); name !== ""; name = cursor.text()) {
    files.push(join(folders[cursor.unsigned()] ?? "", name));
    cursor.unsigned();
    cursor.unsigned();
  }
  return { ...base, fileName: (index) => files[index] ?? "?" };
}

/** The entry formats of DWARF 5 (6.2.4.1): a folder's or file's name and folder. */
function readEntries(elf: ElfFile, cursor: Cursor): { name: string; folder: number }[] {
  const formats = Array.from({ length: cursor.u8() }, () => [cursor.unsigned(), cursor.unsigned()] as const);
  return Array.from({ length: cursor.unsigned() }, () => {
    let name = "";
    let folder = 0;
    for (const [content, form] of formats) {
      const value = readForm(elf, cursor, form);
      if (content === 1) name = String(value);
      if (content === 2) folder = Number(value);
    }
    return { name, folder };
  });
}

function readForm(elf: ElfFile, cursor: Cursor, form: number): string | number {
  switch (form) {
    case 0x08:
      return cursor.text();
    case 0x0e:
      return stringAt(elf.section(".debug_str"), cursor.u32());
    case 0x1f:
      return stringAt(elf.section(".debug_line_str"), cursor.u32());
    case 0x0b:
      return cursor.u8();
    case 0x05:
      return cursor.u16();
    case 0x06:
      return cursor.u32();
    case 0x0f:
      return cursor.unsigned();
    case 0x1e:
      cursor.at += 16;
      return "";
    default:
      throw new Error(`DWARF form ${form} is not expected in a line header`);
  }
}

function readUnit(elf: ElfFile, section: Buffer, start: number, end: number, rows: LineRow[]): void {
  const cursor = new Cursor(section, start);
  const header = readHeader(elf, cursor);
  cursor.at = header.program;
  let address = 0n;
  let file = 1;
  let line = 1;
  const reset = (): void => {
    address = 0n;
    file = 1;
    line = 1;
  };
  const emit = (): void => {
    rows.push({ address, file: header.fileName(file), line });
  };
  while (cursor.at < end) {
    const opcode = cursor.u8();
    if (opcode >= header.opcodeBase) {
      const adjusted = opcode - header.opcodeBase;
      address += BigInt(Math.floor(adjusted / header.lineRange) * header.minimumLength);
      line += header.lineBase + (adjusted % header.lineRange);
      emit();
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = cursor.unsigned();
        const next = cursor.at + length;
        const extended = cursor.u8();
        if (extended === 1) {
          rows.push({ address, file: undefined, line: 0 });
          reset();
        } else if (extended === 2) address = cursor.u64();
        cursor.at = next;
        break;
      }
      case 1:
        emit();
        break;
      case 2:
        address += BigInt(cursor.unsigned() * header.minimumLength);
        break;
      case 3:
        line += cursor.signed();
        break;
      case 4:
        file = cursor.unsigned();
        break;
      case 8:
        address += BigInt(Math.floor((255 - header.opcodeBase) / header.lineRange) * header.minimumLength);
        break;
      case 9:
        address += BigInt(cursor.u16());
        break;
      default:
        for (let operand = 0; operand < (header.operandCounts[opcode - 1] ?? 0); operand++) cursor.unsigned();
    }
  }
}
