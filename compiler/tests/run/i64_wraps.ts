// Arithmetic on i64 wraps: signed overflow is not undefined.
import { print } from "prelude/host.ts";
function add(a: i64, b: i64): i64 {
  return a + b;
}
function subtract(a: i64, b: i64): i64 {
  return a - b;
}
function multiply(a: i64, b: i64): i64 {
  return a * b;
}
export function main(): void {
  print(`${add(9223372036854775807, 1)}`);
  print(`${subtract(-9223372036854775808, 1)}`);
  print(`${multiply(-9223372036854775808, -1)} ${multiply(4294967296, 4294967296)}`);
}
