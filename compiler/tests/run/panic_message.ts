// panic writes its message and ends the program.
import { print } from "prelude/host.ts";
function check(n: u32): void {
  if (n > 2) panic(`n is ${n}, ${hex(n)}`);
  print(`${n}`);
}
export function main(): void {
  check(2);
  check(31);
  check(1);
}
