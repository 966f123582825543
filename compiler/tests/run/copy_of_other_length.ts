// copyFrom panics when the lengths differ.
import { print } from "prelude/host.ts";
function copy(target: Slice<u8>, source: Slice<u8>): void {
  target.copyFrom(source);
}
export function main(): void {
  const words: FixedArray<u8, 4> = [1, 2, 3, 4];
  copy(words.slice(0, 2), words.slice(2, 4));
  print(`${words[0]}`);
  copy(words.slice(0, 2), words.slice(0, 3));
}
