// A slice's start is checked without an end, too.
import { print } from "prelude/host.ts";
function rest(words: Slice<u8>, start: usize): usize {
  return words.slice(start).length;
}
export function main(): void {
  const words: FixedArray<u8, 4> = [0, 0, 0, 0];
  print(`${rest(words.slice(), 4)}`);
  print(`${rest(words.slice(), 5)}`);
}
