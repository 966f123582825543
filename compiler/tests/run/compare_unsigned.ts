// Unsigned integers compare without a sign.
import { print } from "prelude/host.ts";
function compare(a: u32, b: u32): void {
  print(`${a < b} ${a <= b} ${a > b} ${a >= b} ${a === b} ${a !== b}`);
}
function compareBytes(a: u8, b: u8): void {
  print(`${a < b} ${a > b}`);
}
export function main(): void {
  compare(1, 0xffffffff);
  compare(0x80000000, 0x7fffffff);
  compare(5, 5);
  compareBytes(127, 128);
}
