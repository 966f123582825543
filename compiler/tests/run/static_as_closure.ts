// A stored function may be passed where a function is wanted.
import { print } from "prelude/host.ts";
type Transform = Static<(value: u32) => u32>;
function each(values: Slice<u32>, f: (value: u32) => u32): u32 {
  let sum: u32 = 0;
  for (const value of values) sum += f(value);
  return sum;
}
const square: Transform = (value) => value * value;
export function main(): void {
  const values: FixedArray<u32, 3> = [1, 2, 3];
  print(`${each(values.slice(), square)}`);
}
