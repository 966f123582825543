// fill sets every element.
import { print } from "prelude/host.ts";
export function main(): void {
  const words: FixedArray<u32, 4> = [1, 2, 3, 4];
  words.fill(0xabcdef01);
  print(`${hex(words[0])} ${hex(words[3])}`);
  words.slice(1, 3).fill(5);
  print(`${hex(words[0])} ${words[1]} ${words[2]} ${hex(words[3])}`);
  const bytes8: FixedArray<u8, 3> = [9, 9, 9];
  bytes8.fill(0);
  print(`${bytes8[0]} ${bytes8[1]} ${bytes8[2]}`);
}
