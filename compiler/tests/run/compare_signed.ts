// Signed integers compare with their sign.
import { print } from "prelude/host.ts";
function compare(a: i64, b: i64): void {
  print(`${a < b} ${a <= b} ${a > b} ${a >= b} ${a === b}`);
}
function compareBytes(a: i8, b: i8): void {
  print(`${a < b} ${a > b}`);
}
export function main(): void {
  compare(-1, 1);
  compare(-9223372036854775808, 9223372036854775807);
  compare(-3, -3);
  compareBytes(-128, 127);
}
