// Two constants fold as integers without limit; only the result must fit.
import { print } from "prelude/host.ts";
const PAGE = 4096;
const HUGE = PAGE * 512 * 512 * 512 * 512;
const ALL = (1 << 64) - 1;
export function main(): void {
  const a: u64 = HUGE / 512;
  const b: u64 = ALL;
  const c: u8 = (300 - 100) / 2;
  const d: i32 = -(PAGE - 4097) - 2;
  const e: u64 = (0xffffffffffffffff * 0xffffffffffffffff) % 1000;
  print(`${a} ${b} ${c} ${d} ${e}`);
}
