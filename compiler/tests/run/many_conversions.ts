// Chains of conversions.
import { print } from "prelude/host.ts";
function start(): i64 {
  return -1;
}
export function main(): void {
  const value = start();
  print(`${u64(u32(u8(value)))} ${i64(i8(u8(value)))} ${u16(i8(-128))} ${i32(u16(i16(value)))} ${u8(i8(100)) * 3}`);
}
