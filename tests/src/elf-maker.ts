// Makes ELF files, good ones and ones that no linker would make. The layout is that of the ELF-64 Object File Format, version 1.5.

/** One program header; what is left out is taken from a good file. */
export interface Segment {
  type?: number;
  flags?: number;
  offset?: bigint;
  address?: bigint;
  fileSize?: bigint;
  memorySize?: bigint;
  alignment?: bigint;
}

export interface ElfShape {
  segments?: readonly Segment[];
  entry?: bigint;
  type?: number;
  /** Where the file says its program headers are, when not where they are. */
  headersOffset?: bigint;
  headerSize?: number;
  headerCount?: number;
  /** Text behind the code, for an interpreter's name. */
  text?: string;
  /** The length to cut or fill the file to. */
  length?: number;
}

export const SegmentType = { load: 1, dynamic: 2, interpreter: 3, headers: 6, tls: 7 } as const;
export const ElfType = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const;

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
/** Where code and text begin in the file. */
const CODE_OFFSET = 0x400;
export const TEXT_OFFSET = 0x440n;
const BASE = 0x400000n;
/** exit(7): mov $60, %eax; mov $7, %edi; syscall */
const CODE = Buffer.from("b83c000000bf070000000f05", "hex");
export const CODE_STATUS = 7;

/** Makes a static program that ends with {@link CODE_STATUS}, changed as asked for. */
export function makeElf(shape: ElfShape = {}): Buffer {
  const file = Buffer.alloc(0x1000);
  const segments = shape.segments ?? [{}];
  file.write("7f454c4602010100", "hex");
  file.writeUInt16LE(shape.type ?? ElfType.executable, 16);
  file.writeUInt16LE(62, 18); // EM_X86_64
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(shape.entry ?? BASE + BigInt(CODE_OFFSET), 24);
  file.writeBigUInt64LE(shape.headersOffset ?? BigInt(HEADER_SIZE), 32);
  file.writeUInt16LE(HEADER_SIZE, 52);
  file.writeUInt16LE(shape.headerSize ?? PROGRAM_HEADER_SIZE, 54);
  file.writeUInt16LE(shape.headerCount ?? segments.length, 56);
  segments.forEach((segment, index) => {
    const at = HEADER_SIZE + index * PROGRAM_HEADER_SIZE;
    const fileSize = segment.fileSize ?? 0x1000n;
    file.writeUInt32LE(segment.type ?? SegmentType.load, at);
    file.writeUInt32LE(segment.flags ?? 5, at + 4);
    file.writeBigUInt64LE(segment.offset ?? 0n, at + 8);
    file.writeBigUInt64LE(segment.address ?? BASE, at + 16);
    file.writeBigUInt64LE(segment.address ?? BASE, at + 24);
    file.writeBigUInt64LE(fileSize, at + 32);
    file.writeBigUInt64LE(segment.memorySize ?? fileSize, at + 40);
    file.writeBigUInt64LE(segment.alignment ?? 0x1000n, at + 48);
  });
  CODE.copy(file, CODE_OFFSET);
  file.write(shape.text ?? "", Number(TEXT_OFFSET), "latin1");
  if (shape.length === undefined) return file;
  return shape.length <= file.length ? file.subarray(0, shape.length) : Buffer.concat([file], shape.length);
}

/** A good file with some bytes overwritten. */
export function patchedElf(offset: number, hex: string): Buffer {
  const file = makeElf();
  file.write(hex, offset, "hex");
  return file;
}
