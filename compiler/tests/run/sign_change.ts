// Conversion between signed and unsigned of one width keeps the bits.
import { print } from "prelude/host.ts";
function minusOne(): i32 {
  return -1;
}
function high(): u32 {
  return 0x80000000;
}
export function main(): void {
  print(`${u32(minusOne())} ${i32(high())} ${u64(i64(minusOne()))} ${i64(u32(minusOne()))}`);
}
