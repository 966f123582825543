// Tuples nest, and stand in arrays.
import { print } from "prelude/host.ts";
function pair(n: u32): [u32, [u32, boolean]] {
  return [n, [n * 2, n > 3]];
}
export function main(): void {
  const [n, [doubled, large]] = pair(4);
  print(`${n} ${doubled} ${large}`);
  const pairs: FixedArray<[u8, string], 2> = [
    [1, "one"],
    [2, "two"],
  ];
  for (const [number, name] of pairs) print(`${number} ${name}`);
}
