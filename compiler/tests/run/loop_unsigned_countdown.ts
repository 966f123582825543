// Counting down to zero with an unsigned variable.
import { print } from "prelude/host.ts";
export function main(): void {
  let text: u32 = 0;
  for (let i: u32 = 3; i > 0; i--) text = text * 10 + i;
  let j: u8 = 3;
  while (j-- > 0) text = text * 10 + u32(j);
  print(`${text} ${j}`);
}
