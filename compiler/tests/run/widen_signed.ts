// A signed integer converts to a wider type with its sign, also to an unsigned one.
import { print } from "prelude/host.ts";
function negative(): i8 {
  return -2;
}
export function main(): void {
  const a = negative();
  print(`${i16(a)} ${i32(a)} ${i64(a)}`);
  print(`${u16(a)} ${u32(a)} ${u64(a)}`);
}
