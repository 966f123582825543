// An Embedded field with ! has its class's zero bytes.
import { print } from "prelude/host.ts";
class Inner {
  a!: u32;
  b!: u32;
}
class Outer {
  inner!: Embedded<Inner>;
  tail: u8 = 3;
}
export function main(): void {
  const outer = new Outer();
  outer.inner.b = 6;
  print(`${outer.inner.a} ${outer.inner.b} ${outer.tail} ${sizeOf<Outer>()}`);
}
