// Hexadecimal, binary and octal literals, and separators of digits.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u32 = 0xff;
  const b: u32 = 0b1010;
  const c: u32 = 0o777;
  const d: u64 = 1_000_000_007;
  const e: u64 = 0xdead_beef_0000_0001;
  print(`${a} ${b} ${c} ${d} ${hex(e)}`);
}
