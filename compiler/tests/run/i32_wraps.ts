// Arithmetic on i32 wraps: signed overflow is not undefined.
import { print } from "prelude/host.ts";
function add(a: i32, b: i32): i32 {
  return a + b;
}
function subtract(a: i32, b: i32): i32 {
  return a - b;
}
function multiply(a: i32, b: i32): i32 {
  return a * b;
}
function isBelowItsSuccessor(a: i32): boolean {
  return a < a + 1;
}
export function main(): void {
  print(`${add(2147483647, 1)} ${subtract(-2147483648, 1)} ${multiply(65536, 65536)} ${multiply(-2147483648, -1)}`);
  print(`${isBelowItsSuccessor(5)} ${isBelowItsSuccessor(2147483647)}`);
}
