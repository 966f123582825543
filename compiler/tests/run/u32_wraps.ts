// Arithmetic on u32 wraps at 2^32.
import { print } from "prelude/host.ts";
function add(a: u32, b: u32): u32 {
  return a + b;
}
function subtract(a: u32, b: u32): u32 {
  return a - b;
}
function multiply(a: u32, b: u32): u32 {
  return a * b;
}
export function main(): void {
  print(`${add(4294967295, 1)} ${add(4294967295, 4294967295)} ${subtract(0, 1)}`);
  print(`${multiply(65536, 65536)} ${multiply(4294967295, 4294967295)} ${multiply(123456789, 1000)}`);
}
