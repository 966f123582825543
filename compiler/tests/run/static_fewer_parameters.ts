// A function that takes fewer parameters may stand in a table of functions.
import { print } from "prelude/host.ts";
type Handler = Static<(a: u64, b: u64, c: u64) => i64>;
function none(): i64 {
  return 5;
}
function one(a: u64): i64 {
  return -i64(a);
}
function all(a: u64, b: u64, c: u64): i64 {
  return i64(a * 100 + b * 10 + c);
}
const table: FixedArray<Handler, 3> = [none, one, all];
export function main(): void {
  for (const handler of table) print(`${handler(1, 2, 3)}`);
}
