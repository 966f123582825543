// A large array in a module variable costs nothing until it is used.
import { print } from "prelude/host.ts";
const table: FixedArray<u32, 65536> = [];
export function main(): void {
  table[65535] = 7;
  let sum: u32 = 0;
  for (const value of table) sum += value;
  print(`${sum} ${table.length} ${sizeOf<FixedArray<u32, 65536>>()}`);
}
