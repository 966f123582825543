// ~ stays in its type.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u8 = 0x0f;
  const b: u16 = 0;
  const c: u64 = 1;
  const d: i32 = 5;
  print(`${~a} ${~b} ${~c} ${~d}`);
  print(`${(~a) >> 4}`);
}
