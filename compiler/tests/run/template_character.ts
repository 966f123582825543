// character(c) is one byte.
import { print } from "prelude/host.ts";
export function main(): void {
  const c: u8 = 65;
  const name = "xyz";
  print(`${character(c)}${character(c + 1)}${character(name[2])}`);
}
