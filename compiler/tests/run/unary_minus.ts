// Minus on a signed integer wraps at the smallest one; on an unsigned one it is 0 - x.
import { print } from "prelude/host.ts";
function negate(value: i32): i32 {
  return -value;
}
function negateUnsigned(value: u32): u32 {
  return -value;
}
function negateByte(value: u8): u8 {
  return -value;
}
export function main(): void {
  print(`${negate(5)} ${negate(-5)} ${negate(-2147483648)} ${negateUnsigned(1)} ${negateByte(1)} ${negateByte(0)}`);
}
