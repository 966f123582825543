// The receiver of a method is evaluated before its arguments.
import { print } from "prelude/host.ts";
let trace: u32 = 0;
class Adder {
  base: u32 = 0;
  add(value: u32): u32 {
    return this.base + value;
  }
}
function mark(digit: u32): u32 {
  trace = trace * 10 + digit;
  return digit;
}
function receiver(adder: Adder): Adder {
  mark(1);
  return adder;
}
export function main(): void {
  const adder = new Adder();
  adder.base = 40;
  const sum = receiver(adder).add(mark(2));
  print(`${sum} ${trace}`);
}
