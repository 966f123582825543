// continue goes to the step of a for, and to the condition of a do.
import { print } from "prelude/host.ts";
export function main(): void {
  let odd: u32 = 0;
  for (let i: u32 = 0; i < 10; i++) {
    if (i % 2 === 0) continue;
    odd += i;
  }
  let rounds: u32 = 0;
  let n: u32 = 0;
  do {
    n++;
    if (n < 3) continue;
    rounds++;
  } while (n < 5);
  print(`${odd} ${rounds} ${n}`);
}
