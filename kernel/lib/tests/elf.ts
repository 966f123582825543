// The ELF reader's verdicts, one defect at a time, on an image that is made here. A Linux program: prints what it checked,
// panics at the first surprise.

import { print } from "prelude/host.ts";
import { addressOf, objectAt } from "unsafe";
import {
  checkInterpreterName,
  ElfSummary,
  programHeaders,
  programHeaderTableSize,
  readElfHeader,
  readProgramHeaders,
} from "../elf.ts";
import { ElfError, elfErrorText } from "../elf_error.ts";
import { ELF_MAGIC, ElfHeader, ProgramHeader, SegmentFlag, SegmentType } from "../elf_layout.ts";

const FILE_SIZE = 8192;
const HEADERS = 4;

class Storage {
  readonly file!: FixedArray<u8, 8192>;
}

const storage = new Storage();

function header(): ElfHeader {
  return objectAt<ElfHeader>(addressOf(storage.file));
}

function segment(index: usize): ProgramHeader {
  return objectAt<ProgramHeader>(addressOf(storage.file) + 64 + index * 56);
}

function load(index: usize, flags: u32, offset: u64, address: u64, fileSize: u64, memorySize: u64): void {
  const target = segment(index);
  target.type = u32(SegmentType.Load);
  target.flags = flags;
  target.offset = offset;
  target.address = address;
  target.fileSize = fileSize;
  target.memorySize = memorySize;
  target.alignment = 4096;
}

/** A dynamic program of two segments, with an interpreter. */
function makeGood(): void {
  storage.file.fill(0);
  const h = header();
  h.magic = ELF_MAGIC;
  h.fileClass = 2;
  h.dataEncoding = 1;
  h.identificationVersion = 1;
  h.type = 3;
  h.machine = 62;
  h.version = 1;
  h.entry = 0x400;
  h.programHeaderOffset = 64;
  h.programHeaderSize = 56;
  h.programHeaderCount = HEADERS;
  const interpreter = segment(0);
  interpreter.type = u32(SegmentType.Interpreter);
  interpreter.offset = 0x200;
  interpreter.fileSize = 11;
  load(1, SegmentFlag.Read | SegmentFlag.Execute, 0, 0, 0x1000, 0x1000);
  load(2, SegmentFlag.Read | SegmentFlag.Write, 0x1800, 0x2800, 0x100, 0x3000);
  segment(3).type = u32(SegmentType.GnuStack);
  segment(3).flags = SegmentFlag.Read | SegmentFlag.Write;
  storage.file.slice(0x200, 0x20a).copyFrom(bytes("/lib/ld.so"));
}

function verdict(length: usize, summary: ElfSummary): ElfError {
  const file = storage.file.slice(0, length);
  const first = readElfHeader(file, length, summary);
  if (first !== ElfError.None) return first;
  const start = summary.programHeaderOffset;
  const table = file.slice(start, start + programHeaderTableSize(summary));
  const second = readProgramHeaders(programHeaders(table), length, { lowest: 0x1_0000, highest: 0x7fff_ffff_f000 }, summary);
  if (second !== ElfError.None || summary.interpreterLength === 0) return second;
  return checkInterpreterName(file.slice(summary.interpreterOffset, summary.interpreterOffset + summary.interpreterLength));
}

/** Checks the verdict on what was made and changed, and makes a good image again. */
function expect(what: string, wanted: ElfError, length: usize = FILE_SIZE): void {
  const summary = new ElfSummary();
  const got = verdict(length, summary);
  assert(got === wanted, `${what}: the file ${elfErrorText(got)}`);
  print(`${what}: ${elfErrorText(got)}`);
  makeGood();
}

function testHeader(): void {
  expect("good", ElfError.None);
  expect("no bytes", ElfError.NotElf, 0);
  expect("half a header", ElfError.Truncated, 63);
  storage.file[3] = 0x47;
  expect("magic", ElfError.NotElf);
  header().fileClass = 1;
  expect("class", ElfError.WrongClass);
  header().dataEncoding = 2;
  expect("byte order", ElfError.WrongByteOrder);
  header().version = 2;
  expect("version", ElfError.WrongVersion);
  header().machine = 183;
  expect("machine", ElfError.WrongMachine);
  header().type = 1;
  expect("object file", ElfError.NotExecutable);
  header().type = 4;
  expect("core dump", ElfError.NotExecutable);
  header().programHeaderCount = 0;
  expect("no program headers", ElfError.NoProgramHeaders);
  header().programHeaderCount = 65535;
  expect("65535 program headers", ElfError.TooManyProgramHeaders);
  header().programHeaderSize = 32;
  expect("size of a program header", ElfError.WrongHeaderSize);
  header().programHeaderOffset = 8192;
  expect("program headers at the end", ElfError.ProgramHeadersOutside);
  header().programHeaderOffset = 0xffff_ffff_ffff_fff0;
  expect("program headers that wrap", ElfError.ProgramHeadersOutside);
}

function testSegments(): void {
  header().programHeaderCount = 1;
  expect("nothing to load", ElfError.NothingToLoad);
  expect("truncated file", ElfError.SegmentOutsideFile, 0x1850);
  segment(2).offset = 0xffff_ffff_ffff_f800;
  expect("offset that wraps", ElfError.SegmentOutsideFile);
  segment(2).fileSize = 0x4000;
  segment(2).memorySize = 0x3000;
  expect("larger in the file", ElfError.FileSizeExceedsMemory);
  segment(2).memorySize = 0;
  expect("larger than nothing", ElfError.FileSizeExceedsMemory);
  segment(2).address = 0xffff_ffff_ffff_f800;
  expect("end overflows", ElfError.SegmentOverflows);
  segment(2).memorySize = 0x1000_0000_0000_0000;
  expect("2^60 bytes", ElfError.SegmentTooLarge);
  header().type = 2;
  expect("fixed at null", ElfError.SegmentTooLow);
  header().type = 2;
  segment(1).address = 0x40_0000;
  segment(2).address = 0x7fff_ffff_f800;
  expect("fixed too high", ElfError.SegmentTooHigh);
  segment(2).alignment = 3;
  expect("alignment 3", ElfError.AlignmentNotPowerOfTwo);
  segment(2).alignment = 0x8000_0000;
  expect("alignment 2^31", ElfError.AlignmentTooLarge);
  segment(2).alignment = 0;
  expect("alignment 0 means none", ElfError.None);
  segment(2).offset = 0x1804;
  expect("offset and address differ", ElfError.AlignmentMismatch);
  segment(2).address = 0x800;
  expect("overlap", ElfError.SegmentsOverlap);
  load(1, SegmentFlag.Read | SegmentFlag.Execute, 0, 0x5000, 0x1000, 0x1000);
  header().entry = 0x5400;
  expect("unordered", ElfError.SegmentsUnordered);
  header().entry = 0x2800;
  expect("entry in data", ElfError.EntryOutside);
  header().entry = 0x1000;
  expect("entry after the code", ElfError.EntryOutside);
}

function testInterpreter(): void {
  segment(3).type = u32(SegmentType.Interpreter);
  segment(3).fileSize = 11;
  expect("two interpreters", ElfError.SeveralInterpreters);
  segment(0).fileSize = 1;
  expect("interpreter of one byte", ElfError.InterpreterLength);
  segment(0).fileSize = 4097;
  expect("interpreter of 4097 bytes", ElfError.InterpreterLength);
  segment(0).offset = FILE_SIZE - 10;
  expect("interpreter at the end", ElfError.InterpreterOutsideFile);
  storage.file[0x20a] = 0x78;
  expect("interpreter without end", ElfError.InterpreterUnterminated);
  storage.file[0x203] = 0;
  expect("interpreter that ends early", ElfError.InterpreterUnterminated);
  storage.file[0x200] = 0;
  expect("empty interpreter", ElfError.InterpreterEmpty);
}

function testSummary(): void {
  const summary = new ElfSummary();
  assert(verdict(FILE_SIZE, summary) === ElfError.None, "the image is good");
  assert(summary.relocatable, "it is relocatable");
  assert(summary.entry === 0x400, "entry");
  assert(summary.lowest === 0 && summary.highest === 0x5800, "bounds");
  assert(summary.programHeaderAddress === 64, "the program headers are in the first segment");
  assert(summary.alignment === 4096 && !summary.executableStack, "alignment and stack");
  assert(summary.interpreterOffset === 0x200 && summary.interpreterLength === 11, "interpreter");
  print("summary: as made");
}

/** @export main */
export function main(): i32 {
  makeGood();
  testHeader();
  testSegments();
  testInterpreter();
  testSummary();
  return 0;
}
