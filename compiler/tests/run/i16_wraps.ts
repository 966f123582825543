// Arithmetic on i16 wraps as two's complement.
import { print } from "prelude/host.ts";
function add(a: i16, b: i16): i16 {
  return a + b;
}
function multiply(a: i16, b: i16): i16 {
  return a * b;
}
export function main(): void {
  print(`${add(32767, 1)} ${add(-32768, -1)} ${multiply(256, 128)} ${multiply(-32768, -1)} ${multiply(300, 300)}`);
}
