// A parameter may be changed, and the caller does not see it.
import { print } from "prelude/host.ts";
function countDown(n: u32): u32 {
  let steps: u32 = 0;
  while (n > 0) {
    n -= 2;
    steps++;
  }
  return steps;
}
export function main(): void {
  const start: u32 = 10;
  print(`${countDown(start)} ${start}`);
}
