// copyFrom copies the elements of a slice of the same length.
import { print } from "prelude/host.ts";
export function main(): void {
  const source: FixedArray<u16, 4> = [1, 2, 3, 4];
  const target: FixedArray<u16, 6> = [9, 9, 9, 9, 9, 9];
  target.slice(1, 5).copyFrom(source.slice());
  source[0] = 70;
  for (const value of target) print(`${value}`);
}
