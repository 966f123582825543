// while, do while, for with parts left out.
import { print } from "prelude/host.ts";
export function main(): void {
  let a: u32 = 0;
  while (a < 3) a++;
  let b: u32 = 10;
  do {
    b++;
  } while (b < 5);
  let c: u32 = 0;
  for (;;) {
    c += 3;
    if (c > 10) break;
  }
  let d: u32 = 0;
  for (let i: u32 = 0, j: u32 = 10; i < j; i++, j--) d += j - i;
  print(`${a} ${b} ${c} ${d}`);
}
