// Why an ELF file is not run: each reason, and the sentence that the user reads.

import { Errno } from "./errno.ts";

export const enum ElfError {
  None = 0,
  NotElf,
  Truncated,
  WrongClass,
  WrongByteOrder,
  WrongVersion,
  WrongMachine,
  NotExecutable,
  WrongHeaderSize,
  NoProgramHeaders,
  TooManyProgramHeaders,
  ProgramHeadersOutside,
  NothingToLoad,
  SegmentOutsideFile,
  FileSizeExceedsMemory,
  SegmentOverflows,
  SegmentTooHigh,
  SegmentTooLow,
  SegmentTooLarge,
  AlignmentNotPowerOfTwo,
  AlignmentTooLarge,
  AlignmentMismatch,
  SegmentsUnordered,
  SegmentsOverlap,
  EntryOutside,
  SeveralInterpreters,
  InterpreterOutsideFile,
  InterpreterLength,
  InterpreterUnterminated,
  InterpreterEmpty,
}

/** The reason as the end of a sentence that begins with the file's name: "is not …", "has …". */
export function elfErrorText(error: ElfError): string {
  switch (error) {
    case ElfError.None:
      return "is a well-formed ELF file";
    case ElfError.NotElf:
      return "is not an ELF file";
    case ElfError.Truncated:
      return "is truncated: it is shorter than an ELF header";
    case ElfError.WrongClass:
      return "is not a 64-bit ELF file";
    case ElfError.WrongByteOrder:
      return "is not a little-endian ELF file";
    case ElfError.WrongVersion:
      return "is of an unknown version of ELF";
    case ElfError.WrongMachine:
      return "is a program for another processor, not x86-64";
    case ElfError.NotExecutable:
      return "is an ELF file, but neither an executable nor a shared object";
    case ElfError.WrongHeaderSize:
      return "has program headers of the wrong size";
    case ElfError.NoProgramHeaders:
      return "has no program headers";
    case ElfError.TooManyProgramHeaders:
      return "has more program headers than fit in 64 KiB";
    case ElfError.ProgramHeadersOutside:
      return "is truncated: its program headers lie beyond its end";
    case ElfError.NothingToLoad:
      return "has no segment to load";
    case ElfError.SegmentOutsideFile:
      return "is truncated: a segment lies beyond its end";
    case ElfError.FileSizeExceedsMemory:
      return "has a segment that is larger in the file than in memory";
    case ElfError.SegmentOverflows:
      return "has a segment whose end overflows the address space";
    case ElfError.SegmentTooHigh:
      return "has a segment above the addresses of applications";
    case ElfError.SegmentTooLow:
      return "has a segment below the lowest address of applications";
    case ElfError.SegmentTooLarge:
      return "has segments that are too large for the address space";
    case ElfError.AlignmentNotPowerOfTwo:
      return "has a segment whose alignment is not a power of two";
    case ElfError.AlignmentTooLarge:
      return "has a segment whose alignment exceeds 1 GiB";
    case ElfError.AlignmentMismatch:
      return "has a segment whose offset and address differ within a page";
    case ElfError.SegmentsUnordered:
      return "has segments that are not in order of address";
    case ElfError.SegmentsOverlap:
      return "has segments that overlap";
    case ElfError.EntryOutside:
      return "has an entry point outside of its executable segments";
    case ElfError.SeveralInterpreters:
      return "names more than one interpreter";
    case ElfError.InterpreterOutsideFile:
      return "is truncated: its interpreter's name lies beyond its end";
    case ElfError.InterpreterLength:
      return "has an interpreter's name of an impossible length";
    case ElfError.InterpreterUnterminated:
      return "has an interpreter's name that does not end where it should";
    case ElfError.InterpreterEmpty:
      return "has an empty interpreter's name";
  }
}

/** What execve would give for such a file. */
export function elfErrno(error: ElfError): Errno {
  switch (error) {
    case ElfError.None:
      return Errno.NONE;
    case ElfError.SegmentTooHigh:
    case ElfError.SegmentTooLarge:
      return Errno.NOMEM;
    case ElfError.InterpreterOutsideFile:
      return Errno.IO;
    case ElfError.SeveralInterpreters:
    case ElfError.FileSizeExceedsMemory:
    case ElfError.SegmentsOverlap:
      return Errno.INVAL;
    default:
      return Errno.NOEXEC;
  }
}
