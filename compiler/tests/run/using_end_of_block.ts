// using disposes at the end of its block.
import { print } from "prelude/host.ts";
class Guard {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  enter(): Guard {
    print(`enter ${this.name}`);
    return this;
  }
  [Symbol.dispose](): void {
    print(`leave ${this.name}`);
  }
}
export function main(): void {
  const a = new Guard("a");
  {
    using guard = a.enter();
    print(`inside ${guard.name}`);
  }
  print("after");
}
