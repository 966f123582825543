// Several are disposed in the reverse order.
import { print } from "prelude/host.ts";
class Guard {
  readonly name: u32;
  constructor(name: u32) {
    this.name = name;
  }
  enter(): Guard {
    return this;
  }
  [Symbol.dispose](): void {
    print(`leave ${this.name}`);
  }
}
export function main(): void {
  const a = new Guard(1);
  const b = new Guard(2);
  const c = new Guard(3);
  using first = a.enter();
  using second = b.enter();
  {
    using third = c.enter();
    print("inner");
  }
  print("outer");
}
