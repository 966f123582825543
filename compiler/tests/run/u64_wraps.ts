// Arithmetic on u64 wraps at 2^64.
import { print } from "prelude/host.ts";
function add(a: u64, b: u64): u64 {
  return a + b;
}
function subtract(a: u64, b: u64): u64 {
  return a - b;
}
function multiply(a: u64, b: u64): u64 {
  return a * b;
}
export function main(): void {
  print(`${add(0xffffffffffffffff, 1)} ${add(0xffffffffffffffff, 5)} ${subtract(0, 1)}`);
  print(`${multiply(0x100000000, 0x100000000)} ${multiply(0xffffffffffffffff, 0xffffffffffffffff)}`);
  print(`${multiply(0xffffffffffffffff, 3)}`);
}
