// The bytes in the opposite order.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u16 = 0x1234;
  const b: u32 = 0x12345678;
  const c: u64 = 0x0123456789abcdef;
  const d: u8 = 0x12;
  print(`${hex(byteSwap(a))} ${hex(byteSwap(b))} ${hex(byteSwap(c))} ${hex(byteSwap(d))}`);
}
