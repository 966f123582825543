// A conditional expression evaluates one of its branches.
import { print } from "prelude/host.ts";
let trace: u32 = 0;
function mark(digit: u32): u32 {
  trace = trace * 10 + digit;
  return digit;
}
function choose(condition: boolean): u32 {
  return condition ? mark(1) + mark(2) : mark(3) * mark(4);
}
export function main(): void {
  const a = choose(true);
  const b = choose(false);
  print(`${a} ${b} ${trace}`);
  const c: u8 = a > 2 ? 255 : 1;
  print(`${c + 1}`);
  const nested = a === 1 ? mark(5) : b === 12 ? mark(6) : mark(7);
  print(`${nested} ${trace}`);
}
