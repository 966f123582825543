// One ELF file in the application's memory: the program itself, or its interpreter.
//
// Nothing is copied: each segment becomes a private mapping of the file's own pages, which are shared until they are written.
// What a segment has beyond its bytes in the file is zero: the rest of its last page by writing it, further pages as
// anonymous memory. The headers have been validated before (lib/elf.ts), so the arithmetic here cannot overflow.

import {
  checkInterpreterName,
  ElfSummary,
  programHeaders,
  programHeaderTableSize,
  readElfHeader,
  readProgramHeaders,
} from "../lib/elf.ts";
import { ElfError } from "../lib/elf_error.ts";
import { type ProgramHeader, SegmentFlag, SegmentType } from "../lib/elf_layout.ts";
import { Errno } from "../lib/errno.ts";
import { APPLICATION_START, mapArea, unmapRange } from "../mm/address_space.ts";
import { AreaFlag, PAGE_SIZE, Protection } from "../mm/area.ts";
import { APPLICATION_END, type UserPointer, zeroUser } from "../mm/user_memory.ts";
import { ExecutableFile } from "./executable_file.ts";

/** Enough for the header and the program headers of every ordinary program: one read. */
const FIRST_BYTES = 1024;

export class ElfImage {
  readonly file = new ExecutableFile();
  readonly summary = new ElfSummary();
  private readonly start!: FixedArray<u8, 1024>;
  private startLength: usize = 0;
  private table: Slice<u8> | null = null;
  /** The headers did not fit into `start`. */
  private tableOnHeap = false;
  /** What is added to every address of the file. */
  bias: u64 = 0;

  /** The file's first bytes, as many as were read. */
  firstBytes(): Slice<u8> {
    return this.start.slice(0, this.startLength);
  }

  /** Reads the first bytes of the file, which is open. */
  readStart(): void {
    this.startLength = this.file.read(0, this.start.slice(0, FIRST_BYTES));
  }

  /** Reads and validates the headers. readStart has been called. NONE with a verdict other than None refuses the file. */
  readHeaders(): ElfError {
    const header = readElfHeader(this.firstBytes(), this.file.size, this.summary);
    if (header !== ElfError.None) return header;
    const offset = this.summary.programHeaderOffset;
    const size = programHeaderTableSize(this.summary);
    if (offset + size <= this.startLength) {
      this.table = this.start.slice(offset, offset + size);
    } else {
      const table = createArray<u8>(size);
      if (table === null) return ElfError.Truncated;
      this.tableOnHeap = true;
      this.table = table;
      if (this.file.read(offset, table) !== size) return ElfError.Truncated;
    }
    return readProgramHeaders(
      programHeaders(this.table!),
      this.file.size,
      { lowest: APPLICATION_START, highest: APPLICATION_END },
      this.summary,
    );
  }

  /** Frees what reading took, and closes the file. */
  close(): void {
    if (this.tableOnHeap) destroyArray(this.table!);
    this.tableOnHeap = false;
    this.file.close();
  }

  /** Reads the interpreter's name into a buffer of at least the summary's interpreterLength. */
  readInterpreterName(into: Slice<u8>): ElfError {
    const name = into.slice(0, this.summary.interpreterLength);
    if (this.file.read(this.summary.interpreterOffset, name) !== name.length) return ElfError.InterpreterOutsideFile;
    return checkInterpreterName(name);
  }

  /**
   * Maps all segments.
   * @param wish where a relocatable file is to begin, a multiple of its alignment; 0 for anywhere
   * @returns NOMEM and the other errors of mapArea
   */
  map(wish: u64): Errno {
    if (this.summary.relocatable) {
      const start = this.choosePlace(wish);
      if (start === 0) return Errno.NOMEM;
      this.bias = start - this.summary.lowest;
    }
    for (const header of programHeaders(this.table!)) {
      if (header.type !== u32(SegmentType.Load) || header.memorySize === 0) continue;
      const error = this.mapSegment(header);
      if (error !== Errno.NONE) return error;
    }
    return Errno.NONE;
  }

  entry(): u64 {
    return this.bias + this.summary.entry;
  }

  /** One past the last byte in memory. */
  end(): u64 {
    return this.bias + this.summary.highest;
  }

  /** Finds room for all segments at once. 0: there is none. */
  private choosePlace(wish: u64): u64 {
    const span = roundUpToPage(this.summary.highest) - this.summary.lowest;
    if (wish !== 0) return wish;
    // An area of nothing that is as large, and as much larger as alignment may take, shows where there is room.
    const slack = this.summary.alignment - PAGE_SIZE;
    const found = mapArea(0, span + slack, u32(Protection.None), u32(AreaFlag.NoReserve | AreaFlag.NoHuge), null, 0);
    if (!found.ok) return 0;
    unmapRange(found.value, span + slack);
    return (found.value + slack) & ~(this.summary.alignment - 1);
  }

  private mapSegment(header: ProgramHeader): Errno {
    const protection = protectionOf(header.flags);
    const address = this.bias + header.address;
    const inPage = address % PAGE_SIZE;
    const fileEnd = address + header.fileSize;
    const memoryEnd = roundUpToPage(address + header.memorySize);
    let mappedEnd = address - inPage;
    if (header.fileSize !== 0) {
      mappedEnd = roundUpToPage(fileEnd);
      const length = mappedEnd - (address - inPage);
      const mapped = mapArea(address - inPage, length, protection, u32(AreaFlag.Fixed), this.file.source, header.offset - inPage);
      if (!mapped.ok) return mapped.error;
      // The page's rest belongs to the file, and is only zeroed where the program could have zeroed it itself.
      if (header.memorySize > header.fileSize && fileEnd < mappedEnd && (protection & Protection.Write) !== 0) {
        const error = zeroUser(fileEnd as UserPointer, mappedEnd - fileEnd);
        if (error !== Errno.NONE) return error;
      }
    }
    if (memoryEnd <= mappedEnd) return Errno.NONE;
    const zeros = mapArea(mappedEnd, memoryEnd - mappedEnd, protection, u32(AreaFlag.Fixed), null, 0);
    return zeros.ok ? Errno.NONE : zeros.error;
  }
}

function protectionOf(flags: u32): u32 {
  let protection: u32 = 0;
  if ((flags & SegmentFlag.Read) !== 0) protection |= Protection.Read;
  if ((flags & SegmentFlag.Write) !== 0) protection |= Protection.Write;
  if ((flags & SegmentFlag.Execute) !== 0) protection |= Protection.Execute;
  return protection;
}

function roundUpToPage(address: u64): u64 {
  return (address + (PAGE_SIZE - 1)) & ~u64(PAGE_SIZE - 1);
}
