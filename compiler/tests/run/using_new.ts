// using with an object of its own.
import { print } from "prelude/host.ts";
class Guard {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
    print(`enter ${name}`);
  }
  [Symbol.dispose](): void {
    print(`leave ${this.name}`);
  }
}
function work(early: boolean): u32 {
  using outer = new Guard("outer");
  if (early) return 1;
  using inner = new Guard("inner");
  return 2;
}
export function main(): void {
  print(`${work(true)}`);
  print(`${work(false)}`);
}
