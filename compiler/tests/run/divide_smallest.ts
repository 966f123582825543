// The smallest integer divided by -1 wraps to itself, with the remainder 0; the processor would trap.
import { print } from "prelude/host.ts";
function divide32(a: i32, b: i32): i32 {
  return a / b;
}
function remainder32(a: i32, b: i32): i32 {
  return a % b;
}
function divide64(a: i64, b: i64): i64 {
  return a / b;
}
function remainder64(a: i64, b: i64): i64 {
  return a % b;
}
function divide8(a: i8, b: i8): i8 {
  return a / b;
}
export function main(): void {
  print(`${divide32(-2147483648, -1)} ${remainder32(-2147483648, -1)} ${divide8(-128, -1)}`);
  print(`${divide64(-9223372036854775808, -1)} ${remainder64(-9223372036854775808, -1)}`);
}
