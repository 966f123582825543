// An Embedded field is inline: it lies inside its object.
import { print } from "prelude/host.ts";
class Inner {
  a: u32 = 1;
  b: u32 = 2;
}
class Outer {
  before: u32 = 10;
  inner: Embedded<Inner> = new Inner();
  after: u32 = 20;
}
export function main(): void {
  const outer = new Outer();
  outer.inner.a += 100;
  print(`${outer.before} ${outer.inner.a} ${outer.inner.b} ${outer.after}`);
  print(`${sizeOf<Outer>()} ${offsetOf<Outer>("inner")} ${offsetOf<Outer>("after")}`);
}
