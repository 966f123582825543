// Integers in a template are decimal.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u8 = 255;
  const b: i8 = -128;
  const c: u64 = 18446744073709551615;
  const d: i64 = -9223372036854775808;
  const e: usize = 0;
  print(`${a}${b}|${c}|${d}|${e}`);
  print(`[${a + 1}] [${-b}]`);
}
