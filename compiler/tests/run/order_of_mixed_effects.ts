// Increments, assignments and calls in one expression.
import { print } from "prelude/host.ts";
export function main(): void {
  let i: u32 = 1;
  const words: FixedArray<u32, 6> = [0, 0, 0, 0, 0, 0];
  words[i++] = i++;
  words[i] = i++ + i;
  let j: u32 = 10;
  const k = j++ + j-- * (j += 5) - j;
  print(`${words[1]} ${words[3]} ${i} ${j} ${k}`);
}
