// A remainder by zero panics.
import { print } from "prelude/host.ts";
function remainder(a: i64, b: i64): i64 {
  return a % b;
}
export function main(): void {
  print(`${remainder(10, 4)}`);
  print(`${remainder(10, 0)}`);
}
