// A function of the module stands where a function is wanted.
import { print } from "prelude/host.ts";
function apply(n: i32, f: (value: i32) => i32): i32 {
  return f(f(n));
}
function negateAndAdd(value: i32): i32 {
  return 5 - value * 2;
}
export function main(): void {
  print(`${apply(1, negateAndAdd)} ${apply(1, (value) => value * 7)}`);
}
