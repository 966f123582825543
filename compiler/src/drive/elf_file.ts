// Reads the parts of an ELF file that the symbol table is made from. The file is our own linker's, and still every read is
// bounds-checked by Buffer.

import type { Buffer } from "node:buffer";

/** A function's symbol. */
export interface FunctionSymbol {
  readonly address: bigint;
  readonly size: bigint;
  readonly name: string;
}

export class ElfFile {
  private readonly sections = new Map<string, Buffer>();
  private readonly addresses = new Map<string, bigint>();

  constructor(private readonly bytes: Buffer) {
    if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2) throw new Error("not a 64-bit ELF file");
    const offset = Number(bytes.readBigUInt64LE(40));
    const size = bytes.readUInt16LE(58);
    const count = bytes.readUInt16LE(60);
    const header = (index: number): Buffer => bytes.subarray(offset + index * size, offset + (index + 1) * size);
    const content = (section: Buffer): Buffer => {
      const start = Number(section.readBigUInt64LE(24));
      return section.readUInt32LE(4) === 8
        ? bytes.subarray(0, 0)
        : bytes.subarray(start, start + Number(section.readBigUInt64LE(32)));
    };
    const names = content(header(bytes.readUInt16LE(62)));
    for (let index = 1; index < count; index++) {
      const section = header(index);
      const name = stringAt(names, section.readUInt32LE(0));
      this.sections.set(name, content(section));
      this.addresses.set(name, section.readBigUInt64LE(16));
    }
  }

  /** A section's bytes; empty when there is none of the name. */
  section(name: string): Buffer {
    return this.sections.get(name) ?? this.bytes.subarray(0, 0);
  }

  address(name: string): bigint {
    return this.addresses.get(name) ?? 0n;
  }

  /** The code symbols: functions, and labels without a type in executable places. */
  functions(): FunctionSymbol[] {
    const table = this.section(".symtab");
    const names = this.section(".strtab");
    const result: FunctionSymbol[] = [];
    for (let at = 0; at + 24 <= table.length; at += 24) {
      const type = table.readUInt8(at + 4) & 15;
      if (type !== 2) continue;
      result.push({
        name: stringAt(names, table.readUInt32LE(at)),
        address: table.readBigUInt64LE(at + 8),
        size: table.readBigUInt64LE(at + 16),
      });
    }
    return result;
  }

  /** The address of a symbol of any kind. */
  symbol(name: string): bigint | undefined {
    const table = this.section(".symtab");
    const names = this.section(".strtab");
    for (let at = 0; at + 24 <= table.length; at += 24) {
      if (stringAt(names, table.readUInt32LE(at)) === name) return table.readBigUInt64LE(at + 8);
    }
    return undefined;
  }
}

/** The text at an offset, up to its NUL. */
export function stringAt(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return bytes.toString("utf8", offset, end < 0 ? bytes.length : end);
}
