// Conversion to a narrower type keeps the low bits.
import { print } from "prelude/host.ts";
function wide(): u64 {
  return 0x123456789abcdef0;
}
export function main(): void {
  const value = wide();
  print(`${hex(u32(value))} ${hex(u16(value))} ${hex(u8(value))}`);
  print(`${i32(value)} ${i16(value)} ${i8(value)}`);
}
