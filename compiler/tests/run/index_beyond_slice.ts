// An index far beyond a slice panics, also when the multiplication by the size of an element would wrap.
import { print } from "prelude/host.ts";
function at(words: Slice<u64>, index: u64): u64 {
  return words[index];
}
export function main(): void {
  const words: FixedArray<u64, 4> = [1, 2, 3, 4];
  print(`${at(words.slice(1), 2)}`);
  print(`${at(words.slice(1), 0x2000000000000000)}`);
}
