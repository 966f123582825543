// Unsigned division and remainder.
import { print } from "prelude/host.ts";
function divide(a: u64, b: u64): u64 {
  return a / b;
}
function remainder(a: u32, b: u32): u32 {
  return a % b;
}
export function main(): void {
  print(`${divide(100, 7)} ${divide(0xffffffffffffffff, 10)} ${divide(3, 5)}`);
  print(`${remainder(100, 7)} ${remainder(4294967295, 16)} ${remainder(3, 5)}`);
}
