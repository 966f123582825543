// A const local with a constant value is a constant.
import { print } from "prelude/host.ts";
export function main(): void {
  const bits = 12;
  const size = 1 << bits;
  const mask = size - 1;
  const a: u64 = 0x12345;
  const b: u16 = 0xffff;
  print(`${a & mask} ${b & mask} ${a >> bits} ${a + size}`);
}
