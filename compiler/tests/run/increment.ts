// ++ and -- in front give the new value, behind the old one.
import { print } from "prelude/host.ts";
export function main(): void {
  let a: u32 = 5;
  print(`${a++} ${a} ${++a} ${a--} ${a} ${--a}`);
  let b: i8 = 127;
  b++;
  let c: u16 = 0;
  c--;
  print(`${b} ${c}`);
}
