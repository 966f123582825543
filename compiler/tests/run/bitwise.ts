// And, or, exclusive or, on each width.
import { print } from "prelude/host.ts";
function bits8(a: u8, b: u8): void {
  print(`${a & b} ${a | b} ${a ^ b}`);
}
function bits64(a: u64, b: u64): void {
  print(`${hex(a & b)} ${hex(a | b)} ${hex(a ^ b)}`);
}
function bitsSigned(a: i32, b: i32): void {
  print(`${a & b} ${a | b} ${a ^ b}`);
}
export function main(): void {
  bits8(0xf0, 0x3c);
  bits64(0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0);
  bitsSigned(-1, 12);
}
