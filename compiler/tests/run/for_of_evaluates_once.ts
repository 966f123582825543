// The sequence of for…of is evaluated once, and its length is that at the start.
import { print } from "prelude/host.ts";
let calls: u32 = 0;
const words: FixedArray<u32, 3> = [1, 2, 3];
function sequence(): Slice<u32> {
  calls++;
  return words.slice();
}
export function main(): void {
  let sum: u32 = 0;
  for (const word of sequence()) {
    sum += word;
    words[2] = 50;
  }
  let part = words.slice(0, 2);
  for (const word of part) {
    part = words.slice();
    sum += word * 1000;
  }
  print(`${sum} ${calls} ${part.length}`);
}
