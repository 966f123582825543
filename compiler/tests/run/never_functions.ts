// A function that never returns ends the paths that call it.
import { print } from "prelude/host.ts";
function fail(code: u32): never {
  panic(`failed with ${code}`);
}
function value(n: u32): u32 {
  if (n < 10) return n * 2;
  fail(n);
}
export function main(): void {
  print(`${value(4)}`);
  const x = value(11);
  print(`${x}`);
}
