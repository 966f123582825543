// A module's object is made from its constant initialisers, inline objects included.
import { print } from "prelude/host.ts";
class Inner {
  a: u32 = 5;
  name = "inner";
}
class Outer {
  readonly inner = new Inner();
  limit: u64 = 0xffffffffffffffff;
  next: Outer | null = null;
  readonly words: FixedArray<u8, 3> = [1, 2, 3];
  flag = true;
}
const outer = new Outer();
let current: Outer | null = null;
export function main(): void {
  print(`${outer.inner.a} ${outer.inner.name} ${outer.limit} ${outer.next === null} ${outer.words[2]} ${outer.flag}`);
  current = outer;
  current.inner.a++;
  print(`${outer.inner.a} ${current === outer}`);
}
