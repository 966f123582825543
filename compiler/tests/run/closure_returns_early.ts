// A return in an arrow function ends the arrow function alone.
import { print } from "prelude/host.ts";
function count(values: Slice<u32>, matches: (value: u32) => boolean): u32 {
  let n: u32 = 0;
  for (const value of values) if (matches(value)) n++;
  return n;
}
export function main(): void {
  const values: FixedArray<u32, 5> = [1, 2, 3, 4, 5];
  const n = count(values.slice(), (value) => {
    if (value === 3) return false;
    for (let i: u32 = 0; i < value; i++) if (i === 3) return false;
    return true;
  });
  print(`${n}`);
}
