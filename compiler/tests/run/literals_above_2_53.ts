// Literals are exact beyond the integers that a double holds.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u64 = 9007199254740993;
  const b: u64 = 0x20000000000001;
  const c: u64 = 18446744073709551615;
  const d: i64 = -9223372036854775807;
  const e: u64 = 0xfedcba9876543211;
  print(`${a} ${b} ${c} ${d} ${hex(e)}`);
}
