// for…of over slices and arrays of values.
import { print } from "prelude/host.ts";
export function main(): void {
  const words: FixedArray<u16, 4> = [1, 2, 3, 4];
  let total: u32 = 0;
  for (const word of words) total += u32(word);
  for (const word of words.slice(2)) total += u32(word) * 100;
  print(`${total}`);
}
