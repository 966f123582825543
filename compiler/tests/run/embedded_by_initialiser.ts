// A field with an initialiser `new C(…)` and no annotation is inline, one with an annotation is a pointer.
import { print } from "prelude/host.ts";
class Inner {
  readonly value: u64;
  constructor(value: u64) {
    this.value = value;
  }
}
class Inline {
  readonly first = new Inner(3);
  readonly second = new Inner(4);
}
class Pointing {
  first: Inner | null = null;
}
export function main(): void {
  const inline = new Inline();
  const pointing = new Pointing();
  pointing.first = inline.second;
  print(`${sizeOf<Inline>()} ${sizeOf<Pointing>()} ${inline.first.value} ${inline.second.value}`);
  const target = pointing.first;
  if (target !== null) print(`${target.value} ${target === inline.second}`);
}
