// The part of an ELF file that says how to start it: header, program headers, interpreter, dynamic section.
// System V ABI, edition 4.1 and gABI draft, chapters 4 and 5; x86-64 psABI 1.0.
//
// The file is not trusted. Every offset and size is checked against the file before it is used, every count has
// a limit, and whatever is wrong becomes an ElfError. Nothing is ever executed.

import { MACHINE_X86_64, machineName } from "./architecture.ts";
import type { ByteSource } from "./byte-source.ts";
import { type DynamicSection, readDynamicSection } from "./dynamic-section.ts";
import { ElfError, sound } from "./elf-error.ts";
import { hasGoNote } from "./notes.ts";

/** A PT_LOAD segment. All numbers are bytes. */
export interface Segment {
  offset: number;
  address: number;
  fileSize: number;
  memorySize: number;
}

export interface ElfFile {
  /** ET_EXEC lies at fixed addresses; ET_DYN is a position-independent program or a library. */
  type: "executable" | "shared";
  entry: bigint;
  segments: Segment[];
  /** The dynamic loader that the program asks for. */
  interpreter: string | undefined;
  dynamic: DynamicSection | undefined;
  /** Go's linker made it: its library of TLS is within. */
  isGo: boolean;
}

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const SegmentType = { load: 1, dynamic: 2, interpreter: 3, note: 4 } as const;
const ObjectType = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const;
/** Linux's limit on a path, its NUL included. */
const PATH_LIMIT = 4096;
/** The lower half of the address space with four levels of page tables: 2^47 bytes. */
const ADDRESS_LIMIT = 2 ** 47;

/** @throws ElfError */
export function readElfFile(source: ByteSource): ElfFile {
  const header = source.read(0, HEADER_SIZE);
  checkIdentification(header);
  const machine = header.readUInt16LE(18);
  if (machine !== MACHINE_X86_64) throw new ElfError("architecture", `is a program for ${machineName(machine)}, not for x86-64`);
  const type = checkType(header.readUInt16LE(16));

  const headers = readProgramHeaders(source, header);
  const segments = headers.filter((entry) => entry.type === SegmentType.load).map((entry) => checkSegment(entry, source));
  sound(segments.length > 0, "it has no segment to load");
  checkOverlap(segments);

  const interpreterHeader = headers.find((entry) => entry.type === SegmentType.interpreter);
  const dynamicHeader = headers.find((entry) => entry.type === SegmentType.dynamic);
  return {
    type,
    entry: header.readBigUInt64LE(24),
    segments,
    interpreter: interpreterHeader && readInterpreter(source, interpreterHeader),
    dynamic: dynamicHeader && readDynamicSection(source, inFile(dynamicHeader, source, "dynamic section"), segments),
    isGo: headers.filter((entry) => entry.type === SegmentType.note).some((entry) => isGoNote(entry, source)),
  };
}

function checkIdentification(header: Buffer): void {
  if (header.length < 4 || header.readUInt32BE(0) !== 0x7f454c46) throw new ElfError("not-elf", "is not an ELF file");
  if (header.length >= 5 && header[4] === 1) {
    const machine = header.length >= 20 ? header.readUInt16LE(18) : 3;
    const name = machine === MACHINE_X86_64 ? "x32" : machineName(machine);
    throw new ElfError("32-bit", `is a 32-bit program (${name}), and only 64-bit programs for x86-64 run here`);
  }
  if (header.length < HEADER_SIZE) throw new ElfError("truncated", "is cut off: it ends inside its ELF header");
  sound(header[4] === 2, "its class is neither 32 nor 64 bits");
  if (header[5] === 2) {
    throw new ElfError("big-endian", `is a big-endian program for ${machineName(header.readUInt16BE(18))}, not for x86-64`);
  }
  sound(header[5] === 1 && header[6] === 1, "its ELF header has an unknown version");
}

function checkType(type: number): ElfFile["type"] {
  switch (type) {
    case ObjectType.executable:
      return "executable";
    case ObjectType.shared:
      return "shared";
    case ObjectType.relocatable:
      throw new ElfError("type", "is an object file that has not been linked into a program");
    case ObjectType.core:
      throw new ElfError("type", "is a core dump, not a program");
    default:
      throw new ElfError("type", `is an ELF file of unknown type ${type}`);
  }
}

interface ProgramHeader {
  type: number;
  offset: bigint;
  address: bigint;
  fileSize: bigint;
  memorySize: bigint;
}

function readProgramHeaders(source: ByteSource, header: Buffer): ProgramHeader[] {
  const offset = header.readBigUInt64LE(32);
  const entrySize = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  sound(count > 0, "it has no program headers");
  sound(entrySize === PROGRAM_HEADER_SIZE, `its program headers are ${entrySize} bytes each instead of ${PROGRAM_HEADER_SIZE}`);
  const size = count * PROGRAM_HEADER_SIZE;
  if (offset + BigInt(size) > BigInt(source.size))
    throw new ElfError("truncated", "is cut off: its program headers lie past its end");
  const bytes = source.read(Number(offset), size);
  if (bytes.length < size) throw new ElfError("truncated", "is cut off: its program headers lie past its end");

  return Array.from({ length: count }, (_, position) => {
    const start = position * PROGRAM_HEADER_SIZE;
    return {
      type: bytes.readUInt32LE(start),
      offset: bytes.readBigUInt64LE(start + 8),
      address: bytes.readBigUInt64LE(start + 16),
      fileSize: bytes.readBigUInt64LE(start + 32),
      memorySize: bytes.readBigUInt64LE(start + 40),
    };
  });
}

function checkSegment(header: ProgramHeader, source: ByteSource): Segment {
  const { offset, fileSize } = inFile(header, source, "segment");
  sound(header.fileSize <= header.memorySize, "a segment has more bytes in the file than in memory");
  const end = header.address + header.memorySize;
  sound(end <= BigInt(ADDRESS_LIMIT), `a segment at 0x${header.address.toString(16)} reaches past the end of the address space`);
  return { offset, address: Number(header.address), fileSize, memorySize: Number(header.memorySize) };
}

/** The part of the file that a program header names, once it is known to be there. */
function inFile(header: ProgramHeader, source: ByteSource, what: string): { offset: number; fileSize: number } {
  if (header.offset + header.fileSize > BigInt(source.size)) {
    throw new ElfError("truncated", `is cut off: a ${what} lies past its end`);
  }
  return { offset: Number(header.offset), fileSize: Number(header.fileSize) };
}

/** Notes are no part of how a program starts: those past the end of the file count as none. */
function isGoNote(header: ProgramHeader, source: ByteSource): boolean {
  if (header.offset + header.fileSize > BigInt(source.size)) return false;
  return hasGoNote(source, Number(header.offset), Number(header.fileSize));
}

function checkOverlap(segments: readonly Segment[]): void {
  const sorted = [...segments].sort((left, right) => left.address - right.address);
  for (const [position, segment] of sorted.entries()) {
    const next = sorted[position + 1];
    sound(!next || segment.address + segment.memorySize <= next.address, "two of its segments overlap");
  }
}

function readInterpreter(source: ByteSource, header: ProgramHeader): string {
  const { offset, fileSize } = inFile(header, source, "the interpreter's name");
  sound(fileSize > 1 && fileSize <= PATH_LIMIT, `the interpreter's name has ${fileSize} bytes`);
  const bytes = source.read(offset, fileSize);
  const end = bytes.indexOf(0);
  sound(end > 0, "the interpreter's name has no end");
  return bytes.toString("utf8", 0, end);
}
