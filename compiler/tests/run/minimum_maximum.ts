// The smaller and the larger of two integers of one type.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u32 = 4000000000;
  const b: u32 = 5;
  const c: i32 = -7;
  const d: i32 = 3;
  print(`${minimum(a, b)} ${maximum(a, b)} ${minimum(c, d)} ${maximum(c, d)} ${minimum(a, 9)} ${maximum(c, -9)}`);
}
