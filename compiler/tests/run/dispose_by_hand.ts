// [Symbol.dispose]() is a method like any other.
import { print } from "prelude/host.ts";
class Guard {
  open: u32 = 2;
  [Symbol.dispose](): void {
    this.open--;
  }
}
export function main(): void {
  const guard = new Guard();
  guard[Symbol.dispose]();
  print(`${guard.open}`);
}
