// A fixed array holds its elements inline.
import { print } from "prelude/host.ts";
export function main(): void {
  const squares: FixedArray<u32, 5> = [0, 1, 4, 9, 16];
  squares[0] = 100;
  let total: u32 = 0;
  for (let i: usize = 0; i < squares.length; i++) total += squares[i];
  print(`${squares.length} ${squares[4]} ${total}`);
}
