// A generic function is made concrete for each type that it is used with.
import { print } from "prelude/host.ts";
function larger<T extends number>(a: T, b: T): T {
  return a > b ? a : b;
}
function pick<T>(first: boolean, a: T, b: T): T {
  return first ? a : b;
}
export function main(): void {
  const a: u8 = 200;
  const b: u8 = 100;
  const c: i64 = -5;
  print(`${larger(a, b)} ${larger<i64>(c, -6)} ${pick(true, "yes", "no")} ${pick(false, a, b)}`);
}
