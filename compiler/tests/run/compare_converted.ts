// The same bits compare otherwise after a conversion.
import { print } from "prelude/host.ts";
function less(a: i32, b: i32): boolean {
  return a < b;
}
function lessUnsigned(a: i32, b: i32): boolean {
  return u32(a) < u32(b);
}
function lessWide(a: i32, b: u32): boolean {
  return i64(a) < i64(b);
}
export function main(): void {
  print(`${less(-1, 1)} ${lessUnsigned(-1, 1)} ${lessWide(-1, 0xffffffff)}`);
}
