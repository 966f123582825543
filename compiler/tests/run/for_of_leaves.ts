// break, continue, labels and return in for…of; nothing at all over an empty slice.
import { print } from "prelude/host.ts";
function find(values: Slice<u32>, wanted: u32): u32 {
  let position: u32 = 0;
  for (const value of values) {
    if (value === wanted) return position;
    position++;
  }
  return 99;
}
export function main(): void {
  const values: FixedArray<u32, 5> = [5, 6, 7, 8, 9];
  let sum: u32 = 0;
  outer: for (const a of values) {
    for (const b of values) {
      if (b > a) continue outer;
      if (a === 8) break outer;
      sum += b;
    }
  }
  print(`${sum} ${find(values.slice(), 7)} ${find(values.slice(), 1)} ${find(values.slice(0, 0), 5)}`);
}
