// Arguments are evaluated from left to right.
import { print } from "prelude/host.ts";
let counter: u32 = 0;
function next(): u32 {
  counter++;
  return counter;
}
function subtract(a: u32, b: u32): i32 {
  return i32(a) - i32(b);
}
function join(a: u32, b: u32, c: u32, d: u32): u32 {
  return a * 1000 + b * 100 + c * 10 + d;
}
export function main(): void {
  const first = subtract(next(), next());
  const second = join(next(), next(), next(), next());
  const third = join(next(), counter, next(), counter);
  print(`${first} ${second} ${third}`);
}
