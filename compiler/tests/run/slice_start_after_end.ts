// A slice's start is not after its end.
import { print } from "prelude/host.ts";
function part(words: Slice<u8>, start: usize, end: usize): usize {
  return words.slice(start, end).length;
}
export function main(): void {
  const words: FixedArray<u8, 4> = [0, 0, 0, 0];
  print(`${part(words.slice(), 1, 3)}`);
  print(`${part(words.slice(), 3, 2)}`);
}
