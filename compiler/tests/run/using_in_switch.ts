// A case's block disposes at its end, at break and at return.
import { print } from "prelude/host.ts";
class Guard {
  closed: u32 = 0;
  enter(): Guard {
    return this;
  }
  [Symbol.dispose](): void {
    this.closed++;
  }
}
const guard = new Guard();
function run(n: u32): u32 {
  switch (n) {
    case 0: {
      using a = guard.enter();
      break;
    }
    case 1: {
      using a = guard.enter();
      return guard.closed + 100;
    }
    default: {
      using a = guard.enter();
      if (n === 2) break;
      using b = guard.enter();
    }
  }
  return guard.closed;
}
export function main(): void {
  print(`${run(0)} ${run(1)} ${run(2)} ${run(3)} ${guard.closed}`);
}
