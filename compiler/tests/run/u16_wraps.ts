// Arithmetic on u16 wraps at 2^16; the product of two u16 is not an int of C, which would overflow.
import { print } from "prelude/host.ts";
function add(a: u16, b: u16): u16 {
  return a + b;
}
function subtract(a: u16, b: u16): u16 {
  return a - b;
}
function multiply(a: u16, b: u16): u16 {
  return a * b;
}
export function main(): void {
  print(`${add(65535, 1)} ${subtract(0, 1)} ${multiply(65535, 65535)} ${multiply(256, 256)}`);
  print(`${(add(65000, 0) + 1000) >> 1}`);
}
