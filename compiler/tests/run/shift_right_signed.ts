// A right shift of a signed integer brings its sign; by the width or more it gives 0 or -1.
import { print } from "prelude/host.ts";
function shift8(value: i8, count: u32): i8 {
  return value >> count;
}
function shift32(value: i32, count: u32): i32 {
  return value >> count;
}
function shift64(value: i64, count: u32): i64 {
  return value >> count;
}
export function main(): void {
  print(`${shift8(-128, 3)} ${shift8(-128, 8)} ${shift8(127, 9)}`);
  print(`${shift32(-5, 1)} ${shift32(-5, 31)} ${shift32(-5, 32)} ${shift32(5, 40)}`);
  print(`${shift64(-9223372036854775808, 63)} ${shift64(-1, 64)} ${shift64(1, 64)}`);
}
