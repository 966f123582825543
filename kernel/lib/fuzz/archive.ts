// The archive reader under a fuzzer, as a Linux program: whatever the bytes are, it neither panics nor reads outside them,
// and what it accepts keeps its promises.

import "prelude/host.ts";
import { addressOf, pointer, sliceAt } from "unsafe";
import { ArchiveEntry, ArchiveKind, ArchiveProblem, ArchiveReader } from "../archive.ts";

/** @export fuzz_sink */
export let sink: u64 = 0;

/**
 * One input of libFuzzer.
 * @export LLVMFuzzerTestOneInput
 */
export function fuzzArchive(data: u64, size: u64): i32 {
  // Safe: the fuzzer gives `size` readable bytes at `data`.
  const input = sliceAt<u8>(data, size);
  const reader = new ArchiveReader();
  if (reader.open(input) !== ArchiveProblem.None) return 0;

  const entry = new ArchiveEntry();
  let dataEnd: u64 = data;
  while (reader.hasMore()) {
    if (reader.read(entry) !== ArchiveProblem.None) return 0;
    assert(entry.name.length > 0 && entry.name.length <= 255, "a name has a length");
    assert(entry.path.length >= entry.name.length, "a name is the end of its path");
    touch(entry.path);
    touch(entry.content);
    if (entry.kind !== ArchiveKind.Regular || entry.content.length === 0) continue;
    const start = addressOf(entry.content);
    assert((start - data) % 4096 === 0, "data begin on a page");
    assert(start >= dataEnd, "data do not overlap");
    dataEnd = start + entry.content.length;
    // The rest of the last page belongs to the file too.
    const padded = (dataEnd - data + 4095) & ~u64(4095);
    assert(padded <= size, "the last page is inside");
    sink += u64(pointer<u8>(data + padded - 1)[0]);
  }
  return 0;
}

/** Reads every byte, so that the sanitizer sees one that is outside. */
function touch(text: Slice<u8>): void {
  for (const byte of text) sink += u64(byte);
}
