// hex(x) and hex(x, digits), in the width of x.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u32 = 0xbeef;
  const b: u64 = 0xffffffffffffffff;
  const c: i32 = -1;
  const d: u8 = 0;
  print(`${hex(a)} ${hex(a, 8)} ${hex(a, 2)} ${hex(b)} ${hex(d)} ${hex(d, 2)}`);
  print(`${hex(c)}`);
}
