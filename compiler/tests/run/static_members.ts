// Static fields are module variables, static methods functions.
import { print } from "prelude/host.ts";
class Counter {
  static made: u32 = 5;
  static readonly limit: u32 = 7;
  readonly id: u32;
  constructor() {
    this.id = Counter.made;
    Counter.made++;
  }
  static reset(value: u32): u32 {
    const old = Counter.made;
    Counter.made = value;
    return old;
  }
}
export function main(): void {
  const a = new Counter();
  const b = new Counter();
  print(`${a.id} ${b.id} ${Counter.reset(90)} ${Counter.made} ${Counter.limit}`);
}
