// Division by zero panics.
import { print } from "prelude/host.ts";
function divide(a: u32, b: u32): u32 {
  return a / b;
}
export function main(): void {
  print(`${divide(10, 5)}`);
  print(`${divide(10, 0)}`);
}
