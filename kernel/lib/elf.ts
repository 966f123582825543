// Reading and validating the headers of an ELF file that nobody vouches for.
//
// Pure: bytes in, a verdict and a summary out; no allocation, no hardware. The loader maps only what has passed here, so
// after a verdict of None it may compute with a segment's numbers without another check:
//   - offset + fileSize is within the file, address + memorySize does not wrap and ends at or below `highest`;
//   - offset and address agree within a page; segments ascend and do not overlap, empty ones aside;
//   - the entry point is in an executable segment.
// Stricter than Linux on purpose where Linux would start the program and let it die of SIGBUS or SIGSEGV: a sentence
// helps more than a signal.

import { addressOf, objectAt, sliceAt } from "unsafe";
import { ElfError } from "./elf_error.ts";
import {
  ELF_CLASS_64,
  ELF_LITTLE_ENDIAN,
  ELF_MACHINE_X86_64,
  ELF_MAGIC,
  ELF_VERSION,
  ElfHeader,
  ElfType,
  ProgramHeader,
  SegmentFlag,
  SegmentType,
} from "./elf_layout.ts";

/** Program headers beyond this are refused, as Linux does (fs/binfmt_elf.c, load_elf_phdrs). */
const PROGRAM_HEADERS_LIMIT = 0x1_0000;
/** PATH_MAX: the longest interpreter's name, its NUL included. */
export const INTERPRETER_LIMIT = 4096;
const ALIGNMENT_LIMIT = 0x4000_0000;
const PAGE_MASK = 0xfff;

/** The bounds of an address space: what a segment may occupy. */
export type AddressLimits = {
  /** A fixed address below this is refused. */
  readonly lowest: u64;
  /** One past the last address. */
  readonly highest: u64;
};

/** What the headers say, once they have been found good. */
export class ElfSummary {
  /** Linked for any address: addresses are relative to a bias that the loader chooses. */
  relocatable: boolean = false;
  entry: u64 = 0;
  programHeaderCount: u32 = 0;
  /** Where the program headers are in the file. */
  programHeaderOffset: u64 = 0;
  /** Where a segment puts them in memory, before the bias (AT_PHDR); 0 when none does. */
  programHeaderAddress: u64 = 0;
  /** Lowest address of a segment, rounded down to a page. */
  lowest: u64 = 0;
  /** One past the highest byte of a segment. */
  highest: u64 = 0;
  /** The largest alignment of a segment; at least a page. */
  alignment: u64 = 4096;
  /** Where the interpreter's name is in the file; its length, NUL included, is 0 when there is none. */
  interpreterOffset: u64 = 0;
  interpreterLength: u64 = 0;
  /** The program asks for a stack that can be executed; without PT_GNU_STACK it does not. */
  executableStack: boolean = false;
}

/**
 * Checks the file header.
 * @param start the file's first bytes; 64 are enough
 * @param fileSize size of the whole file in bytes
 */
export function readElfHeader(start: Slice<u8>, fileSize: u64, summary: ElfSummary): ElfError {
  if (start.length < 4 || start[0] !== 0x7f || start[1] !== 0x45 || start[2] !== 0x4c || start[3] !== 0x46)
    return ElfError.NotElf;
  if (start.length < sizeOf<ElfHeader>() || fileSize < sizeOf<ElfHeader>()) return ElfError.Truncated;
  // Safe: the header is packed, and its length has just been checked.
  const header = objectAt<ElfHeader>(addressOf(start));
  if (header.magic !== ELF_MAGIC) return ElfError.NotElf;
  if (header.fileClass !== ELF_CLASS_64) return ElfError.WrongClass;
  if (header.dataEncoding !== ELF_LITTLE_ENDIAN) return ElfError.WrongByteOrder;
  if (header.identificationVersion !== ELF_VERSION || header.version !== ELF_VERSION) return ElfError.WrongVersion;
  if (header.machine !== ELF_MACHINE_X86_64) return ElfError.WrongMachine;
  if (header.type !== u16(ElfType.Executable) && header.type !== u16(ElfType.Shared)) return ElfError.NotExecutable;
  if (header.programHeaderCount === 0) return ElfError.NoProgramHeaders;
  if (usize(header.programHeaderSize) !== sizeOf<ProgramHeader>()) return ElfError.WrongHeaderSize;
  const tableSize = u64(header.programHeaderCount) * sizeOf<ProgramHeader>();
  if (tableSize > PROGRAM_HEADERS_LIMIT) return ElfError.TooManyProgramHeaders;
  if (!within(header.programHeaderOffset, tableSize, fileSize)) return ElfError.ProgramHeadersOutside;

  summary.relocatable = header.type === u16(ElfType.Shared);
  summary.entry = header.entry;
  summary.programHeaderCount = u32(header.programHeaderCount);
  summary.programHeaderOffset = header.programHeaderOffset;
  return ElfError.None;
}

/**
 * Size in bytes of the table that readProgramHeaders wants.
 */
export function programHeaderTableSize(summary: ElfSummary): usize {
  return usize(summary.programHeaderCount) * sizeOf<ProgramHeader>();
}

/** The headers in a table that lies in memory: as many as fit in it. They are views, valid as long as the bytes. */
export function programHeaders(table: Slice<u8>): Slice<ProgramHeader> {
  // Safe: headers are packed, and the division keeps the view within the bytes.
  return sliceAt<ProgramHeader>(addressOf(table), table.length / sizeOf<ProgramHeader>());
}

/**
 * Checks every program header, and completes the summary that readElfHeader began.
 * @param headers all of the file's program headers
 * @param fileSize size of the whole file in bytes
 */
export function readProgramHeaders(
  headers: Slice<ProgramHeader>,
  fileSize: u64,
  limits: AddressLimits,
  summary: ElfSummary,
): ElfError {
  let loaded = false;
  let entryFound = false;
  let previousEnd: u64 = 0;
  let previousAddress: u64 = 0;
  for (const header of headers) {
    if (header.type === u32(SegmentType.Interpreter)) {
      if (summary.interpreterLength !== 0) return ElfError.SeveralInterpreters;
      if (header.fileSize < 2 || header.fileSize > INTERPRETER_LIMIT) return ElfError.InterpreterLength;
      if (!within(header.offset, header.fileSize, fileSize)) return ElfError.InterpreterOutsideFile;
      summary.interpreterOffset = header.offset;
      summary.interpreterLength = header.fileSize;
    } else if (header.type === u32(SegmentType.GnuStack)) {
      summary.executableStack = (header.flags & SegmentFlag.Execute) !== 0;
    } else if (header.type === u32(SegmentType.Load) && header.memorySize !== 0) {
      const error = checkSegment(header, fileSize, limits, summary.relocatable);
      if (error !== ElfError.None) return error;
      if (loaded && header.address < previousAddress) return ElfError.SegmentsUnordered;
      if (loaded && header.address < previousEnd) return ElfError.SegmentsOverlap;
      if (!loaded) summary.lowest = header.address & ~u64(PAGE_MASK);
      loaded = true;
      previousAddress = header.address;
      previousEnd = header.address + header.memorySize;
      summary.highest = previousEnd;
      summary.alignment = maximum(summary.alignment, header.alignment);
      if ((header.flags & SegmentFlag.Execute) !== 0 && contains(header.address, header.memorySize, summary.entry)) {
        entryFound = true;
      }
      if (contains(header.offset, header.fileSize, summary.programHeaderOffset)) {
        summary.programHeaderAddress = summary.programHeaderOffset - header.offset + header.address;
      }
    } else if (header.type === u32(SegmentType.Load) && header.fileSize !== 0) {
      return ElfError.FileSizeExceedsMemory;
    }
  }
  if (!loaded) return ElfError.NothingToLoad;
  if (!entryFound) return ElfError.EntryOutside;
  return ElfError.None;
}

/** Checks one segment that is to be loaded by itself. */
function checkSegment(header: ProgramHeader, fileSize: u64, limits: AddressLimits, relocatable: boolean): ElfError {
  if (header.fileSize > header.memorySize) return ElfError.FileSizeExceedsMemory;
  const end = header.address + header.memorySize;
  if (end < header.address) return ElfError.SegmentOverflows;
  if (relocatable) {
    // Room for the bias: half of the address space is more than any file has.
    if (end > limits.highest / 2) return ElfError.SegmentTooLarge;
  } else {
    if (header.address < limits.lowest) return ElfError.SegmentTooLow;
    if (end > limits.highest) return ElfError.SegmentTooHigh;
  }
  if (!within(header.offset, header.fileSize, fileSize)) return ElfError.SegmentOutsideFile;
  if ((header.alignment & (header.alignment - 1)) !== 0) return ElfError.AlignmentNotPowerOfTwo;
  if (header.alignment > ALIGNMENT_LIMIT) return ElfError.AlignmentTooLarge;
  if (((header.offset ^ header.address) & PAGE_MASK) !== 0) return ElfError.AlignmentMismatch;
  return ElfError.None;
}

/**
 * Checks the interpreter's name.
 * @param name the bytes that the summary locates, NUL included
 * @returns None when it is one string; the path is then the slice without its last byte
 */
export function checkInterpreterName(name: Slice<u8>): ElfError {
  if (name.length < 2 || name[0] === 0) return ElfError.InterpreterEmpty;
  for (let i: usize = 0; i < name.length - 1; i++) {
    if (name[i] === 0) return ElfError.InterpreterUnterminated;
  }
  return name[name.length - 1] === 0 ? ElfError.None : ElfError.InterpreterUnterminated;
}

/** `length` bytes from `offset` on are within `size` bytes. */
function within(offset: u64, length: u64, size: u64): boolean {
  return offset <= size && length <= size - offset;
}

/** An address is one of `length` bytes from `start` on. */
function contains(start: u64, length: u64, address: u64): boolean {
  return address >= start && address - start < length;
}
