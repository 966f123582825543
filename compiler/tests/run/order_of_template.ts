// The values of a template are evaluated from left to right.
import { print } from "prelude/host.ts";
let counter: u32 = 0;
function next(): u32 {
  counter++;
  return counter;
}
export function main(): void {
  print(`${next()} ${next()} ${next()}`);
  print(`${counter} ${next()} ${counter}`);
}
