// The search for a function's name under a fuzzer, as a Linux program: whatever the file is, it ends, and reads only inside.
// The first eight bytes of an input are the offset that is looked for, the rest is the file.

import "prelude/host.ts";
import { pointer, sliceAt } from "unsafe";
import { type ByteSource, FoundSymbol, findFunction } from "../elf_symbols.ts";

/** @export fuzz_sink */
export let sink: u64 = 0;

class InputFile implements ByteSource {
  private readonly content: Slice<u8>;

  constructor(content: Slice<u8>) {
    this.content = content;
  }

  read(offset: u64, into: Slice<u8>): usize {
    if (offset >= this.content.length) return 0;
    const length = minimum(into.length, this.content.length - offset);
    into.slice(0, length).copyFrom(this.content.slice(offset, offset + length));
    return length;
  }
}

/**
 * One input of libFuzzer.
 * @export LLVMFuzzerTestOneInput
 */
export function fuzzElfSymbols(data: u64, size: u64): i32 {
  if (size < 8) return 0;
  // Safe: the fuzzer gives `size` readable bytes at `data`.
  let offset: u64 = 0;
  for (let i: usize = 0; i < 8; i++) offset |= u64(pointer<u8>(data)[i]) << (8 * i);
  const file = new InputFile(sliceAt<u8>(data + 8, size - 8));
  const found = new FoundSymbol();
  if (findFunction(file, offset, found)) {
    assert(found.length > 0 && found.length <= found.name.length, "a name has a length");
    sink += found.offset;
  }
  return 0;
}
