// usize and u64 are one type.
import { print } from "prelude/host.ts";
function length(value: usize): u64 {
  return value;
}
export function main(): void {
  const words: FixedArray<u32, 3> = [1, 2, 3];
  const total: u64 = words.length + length(4);
  print(`${total}`);
}
