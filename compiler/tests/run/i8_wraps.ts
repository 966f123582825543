// Arithmetic on i8 wraps as two's complement.
import { print } from "prelude/host.ts";
function add(a: i8, b: i8): i8 {
  return a + b;
}
function subtract(a: i8, b: i8): i8 {
  return a - b;
}
function multiply(a: i8, b: i8): i8 {
  return a * b;
}
export function main(): void {
  print(`${add(127, 1)} ${add(-128, -1)} ${subtract(-128, 1)} ${subtract(127, -1)}`);
  print(`${multiply(16, 16)} ${multiply(100, 2)} ${multiply(-128, -1)}`);
}
