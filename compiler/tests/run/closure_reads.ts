// An arrow function sees the variables around it.
import { print } from "prelude/host.ts";
function apply(n: u32, f: (value: u32) => u32): u32 {
  return f(n) + f(n + 1);
}
export function main(): void {
  const factor: u32 = 10;
  let offset: u32 = 1;
  print(`${apply(2, (value) => value * factor + offset)}`);
  offset = 100;
  print(`${apply(2, (value) => value * factor + offset)}`);
}
