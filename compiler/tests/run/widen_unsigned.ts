// An unsigned integer converts to a wider type with zeros above.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u8 = 200;
  const b: u16 = 60000;
  const c: u32 = 4000000000;
  print(`${u16(a)} ${u32(a)} ${u64(a)} ${i16(a)} ${i32(b)} ${i64(c)} ${u64(c)}`);
}
