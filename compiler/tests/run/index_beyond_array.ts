// An index at the length panics.
import { print } from "prelude/host.ts";
function at(index: u32): u32 {
  const words: FixedArray<u32, 4> = [1, 2, 3, 4];
  return words[index];
}
export function main(): void {
  print(`${at(3)}`);
  print(`${at(4)}`);
}
