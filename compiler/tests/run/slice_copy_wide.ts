// copyFrom and fill with elements wider than a byte, and with records.
import { print } from "prelude/host.ts";
type Pair = { readonly a: u32; readonly b: u64 };
export function main(): void {
  const words: FixedArray<u64, 3> = [1, 2, 0xffffffffffffffff];
  const copy: FixedArray<u64, 3> = [0, 0, 0];
  copy.slice().copyFrom(words.slice());
  print(`${copy[0]} ${copy[1]} ${hex(copy[2])}`);
  const pairs: FixedArray<Pair, 2> = [
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ];
  pairs.slice(0, 1).copyFrom(pairs.slice(1, 2));
  print(`${pairs[0].a} ${pairs[0].b}`);
  pairs.fill({ a: 8, b: 9 });
  print(`${pairs[1].a} ${pairs[1].b}`);
}
