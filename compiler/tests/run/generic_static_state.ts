// Two uses of a generic function with one type are one function, and local objects are their own.
import { print } from "prelude/host.ts";
class Counter<T> {
  count: u32 = 0;
  readonly sample!: T;
  step(): u32 {
    this.count++;
    return this.count;
  }
}
function twice<T>(counter: Counter<T>): u32 {
  counter.step();
  return counter.step();
}
export function main(): void {
  const a = new Counter<u8>();
  const b = new Counter<u8>();
  const c = new Counter<u64>();
  print(`${twice(a)} ${twice(a)} ${twice(b)} ${twice(c)} ${a.count}`);
}
