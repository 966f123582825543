// A left shift drops what leaves the type; by the width or more it gives 0.
import { print } from "prelude/host.ts";
function shift8(value: u8, count: u32): u8 {
  return value << count;
}
function shift32(value: u32, count: u32): u32 {
  return value << count;
}
function shift64(value: u64, count: u64): u64 {
  return value << count;
}
function shiftSigned(value: i32, count: u32): i32 {
  return value << count;
}
export function main(): void {
  print(`${shift8(0x81, 1)} ${shift8(1, 7)} ${shift8(1, 8)} ${shift8(255, 200)}`);
  print(`${shift32(1, 31)} ${shift32(1, 32)} ${shift32(1, 33)} ${shift32(3, 31)}`);
  print(`${shift64(1, 63)} ${shift64(1, 64)} ${shift64(1, 0xffffffffffffffff)}`);
  print(`${shiftSigned(1, 31)} ${shiftSigned(-1, 4)} ${shiftSigned(1, 32)}`);
}
