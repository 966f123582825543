// A function's address becomes a function again.
import { print } from "prelude/host.ts";
import { addressOf, functionAt } from "unsafe";
function triple(value: u32): u32 {
  return value * 3;
}
export function main(): void {
  // The address is that of a function with this signature.
  const f = functionAt<(value: u32) => u32>(addressOf(triple));
  print(`${f(5)}`);
}
