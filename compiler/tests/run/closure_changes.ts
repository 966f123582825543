// It captures by reference: what it changes is changed.
import { print } from "prelude/host.ts";
function each(values: Slice<u32>, visit: (value: u32) => void): void {
  for (const value of values) visit(value);
}
export function main(): void {
  const values: FixedArray<u32, 4> = [3, 9, 4, 1];
  let sum: u32 = 0;
  let largest: u32 = 0;
  each(values.slice(), (value) => {
    sum += value;
    if (value > largest) largest = value;
  });
  print(`${sum} ${largest}`);
}
