// Operands are evaluated from left to right.
import { print } from "prelude/host.ts";
let counter: u32 = 0;
function next(): u32 {
  counter++;
  return counter;
}
export function main(): void {
  const a = next() * 100 + next() * 10 + next();
  const b = next() - next();
  const c = next() < next();
  print(`${a} ${i32(b)} ${c}`);
}
