// A constant without annotation takes the type of the other side.
import { print } from "prelude/host.ts";
const SIZE = 200;
export function main(): void {
  const a: u8 = 55;
  const b: u64 = 55;
  const c: i16 = -1;
  print(`${a + SIZE} ${b + SIZE} ${c + SIZE} ${SIZE + a} ${SIZE - c}`);
  print(`${b === SIZE} ${a < SIZE} ${SIZE > b}`);
}
