// The ELF reader under a fuzzer, as a Linux program: whatever the bytes are, it neither panics nor reads outside them,
// and what it accepts keeps the promises on which the loader computes.

import "prelude/host.ts";
import { sliceAt } from "unsafe";
import {
  checkInterpreterName,
  ElfSummary,
  programHeaders,
  programHeaderTableSize,
  readElfHeader,
  readProgramHeaders,
} from "../elf.ts";
import { ElfError, elfErrorText } from "../elf_error.ts";
import { SegmentType } from "../elf_layout.ts";

/** @export fuzz_sink */
export let sink: u64 = 0;

const LOWEST = 0x1_0000;
const HIGHEST = 0x7fff_ffff_f000;

/**
 * One input of libFuzzer.
 * @export LLVMFuzzerTestOneInput
 */
export function fuzzElf(data: u64, size: u64): i32 {
  // Safe: the fuzzer gives `size` readable bytes at `data`.
  const input = sliceAt<u8>(data, size);
  const summary = new ElfSummary();
  const verdict = readElfHeader(input, size, summary);
  if (verdict !== ElfError.None) return refused(verdict);
  const tableStart = summary.programHeaderOffset;
  const table = input.slice(tableStart, tableStart + programHeaderTableSize(summary));
  const headers = programHeaders(table);
  assert(headers.length === usize(summary.programHeaderCount), "the table holds every header");
  const headersVerdict = readProgramHeaders(headers, size, { lowest: LOWEST, highest: HIGHEST }, summary);
  if (headersVerdict !== ElfError.None) return refused(headersVerdict);

  let end: u64 = summary.lowest;
  for (const header of headers) {
    if (header.type !== u32(SegmentType.Load) || header.memorySize === 0) continue;
    assert(header.address >= end, "segments ascend and do not overlap");
    end = header.address + header.memorySize;
    assert(end > header.address && end <= HIGHEST, "a segment ends where an application may");
    assert((header.address & 0xfff) === (header.offset & 0xfff), "offset and address agree within a page");
    // Reads the segment, so that the sanitizer sees a byte that is outside.
    for (const byte of input.slice(header.offset, header.offset + header.fileSize)) sink += u64(byte);
  }
  assert(end === summary.highest, "the summary ends with the last segment");
  assert(summary.entry >= summary.lowest && summary.entry < summary.highest, "the entry point is inside");
  if (summary.interpreterLength !== 0) {
    const name = input.slice(summary.interpreterOffset, summary.interpreterOffset + summary.interpreterLength);
    const nameVerdict = checkInterpreterName(name);
    if (nameVerdict !== ElfError.None) return refused(nameVerdict);
    assert(name[name.length - 1] === 0, "a name has its end");
  }
  return 0;
}

function refused(verdict: ElfError): i32 {
  sink += elfErrorText(verdict).length;
  return 0;
}
