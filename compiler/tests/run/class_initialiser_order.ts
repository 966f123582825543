// Field initialisers run in the order of the fields, then the constructor's body.
import { print } from "prelude/host.ts";
let counter: u32 = 0;
function next(): u32 {
  counter++;
  return counter;
}
class Steps {
  a: u32 = next();
  b: u32 = next() * 10;
  c: u32;
  d: u32 = this.a + this.b;
  constructor(c: u32) {
    this.c = c;
    this.d += next() * 100;
  }
}
export function main(): void {
  const steps = new Steps(next());
  print(`${steps.a} ${steps.b} ${steps.c} ${steps.d}`);
}
