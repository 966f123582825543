// A right shift of an unsigned integer brings zeros; by the width or more it gives 0.
import { print } from "prelude/host.ts";
function shift8(value: u8, count: u32): u8 {
  return value >> count;
}
function shift32(value: u32, count: u32): u32 {
  return value >> count;
}
function shift64(value: u64, count: u32): u64 {
  return value >> count;
}
export function main(): void {
  print(`${shift8(255, 4)} ${shift8(255, 8)} ${shift32(0x80000000, 31)} ${shift32(0x80000000, 32)} ${shift32(7, 0)}`);
  print(`${shift64(0xffffffffffffffff, 63)} ${shift64(0xffffffffffffffff, 64)} ${shift64(0xffffffffffffffff, 1000)}`);
}
