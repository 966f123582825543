// copyFrom is right when the two slices overlap, in both directions.
import { print } from "prelude/host.ts";
function show(values: Slice<u8>): void {
  let number: u64 = 0;
  for (const value of values) number = number * 10 + u64(value);
  print(`${number}`);
}
export function main(): void {
  const digits: FixedArray<u8, 8> = [1, 2, 3, 4, 5, 6, 7, 8];
  digits.slice(2, 8).copyFrom(digits.slice(0, 6));
  show(digits.slice());
  const others: FixedArray<u8, 8> = [1, 2, 3, 4, 5, 6, 7, 8];
  others.slice(0, 6).copyFrom(others.slice(2, 8));
  show(others.slice());
  others.slice().copyFrom(others.slice());
  show(others.slice());
}
