// A conditional expression among operands keeps the order of its neighbours.
import { print } from "prelude/host.ts";
let trace: u64 = 0;
function mark(digit: u64): u64 {
  trace = trace * 10 + digit;
  return digit;
}
export function main(): void {
  const flag = mark(1) === 1;
  const value = mark(2) + (flag ? mark(3) : mark(4)) * (mark(5) > 9 ? mark(6) : mark(7));
  print(`${value} ${trace}`);
}
