// The value may come from a function of another class, and is evaluated once.
import { print } from "prelude/host.ts";
class Interrupts {
  disabled: u32 = 0;
  [Symbol.dispose](): void {
    this.disabled--;
  }
}
const interrupts = new Interrupts();
let calls: u32 = 0;
function disable(): Interrupts {
  calls++;
  interrupts.disabled++;
  return interrupts;
}
export function main(): void {
  {
    using _ = disable();
    using __ = disable();
    print(`${interrupts.disabled} ${calls}`);
  }
  print(`${interrupts.disabled} ${calls}`);
}
