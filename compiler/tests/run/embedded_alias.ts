// Reading an embedded field gives the place itself, never a copy.
import { print } from "prelude/host.ts";
class Inner {
  value: u32 = 1;
  bump(): void {
    this.value++;
  }
}
class Outer {
  readonly inner = new Inner();
}
function change(inner: Inner): void {
  inner.value = 42;
}
export function main(): void {
  const outer = new Outer();
  const alias = outer.inner;
  alias.value = 7;
  alias.bump();
  print(`${outer.inner.value} ${alias === outer.inner}`);
  change(outer.inner);
  print(`${alias.value} ${outer.inner.value}`);
}
