// Minus on a signed integer wraps at the smallest one. On an unsigned one it is refused: 0 - x says what is meant.
import { print } from "prelude/host.ts";
function negate(value: i32): i32 {
  return -value;
}
function negateByte(value: i8): i8 {
  return -value;
}
function fromZero(value: u32): u32 {
  return 0 - value;
}
export function main(): void {
  print(`${negate(5)} ${negate(-5)} ${negate(-2147483648)} ${fromZero(1)} ${negateByte(-128)} ${negateByte(7)}`);
}
