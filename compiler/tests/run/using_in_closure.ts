// using in an arrow function ends with the arrow function.
import { print } from "prelude/host.ts";
class Guard {
  open: u32 = 0;
  enter(): Guard {
    this.open++;
    return this;
  }
  [Symbol.dispose](): void {
    this.open--;
  }
}
function call(f: (n: u32) => u32): u32 {
  return f(1) + f(2);
}
export function main(): void {
  const guard = new Guard();
  using outer = guard.enter();
  const result = call((n) => {
    using inner = guard.enter();
    return guard.open * 10 + n;
  });
  print(`${result} ${guard.open}`);
}
