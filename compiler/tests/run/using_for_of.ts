// using in for…of and while.
import { print } from "prelude/host.ts";
class Guard {
  depth: u32 = 0;
  total: u32 = 0;
  enter(): Guard {
    this.depth++;
    return this;
  }
  [Symbol.dispose](): void {
    this.depth--;
    this.total++;
  }
}
export function main(): void {
  const guard = new Guard();
  const words: FixedArray<u32, 4> = [1, 2, 3, 4];
  for (const word of words) {
    using g = guard.enter();
    if (word === 2) continue;
    if (word === 4) break;
  }
  let i: u32 = 0;
  while (true) {
    using g = guard.enter();
    i++;
    if (i === 3) break;
  }
  do {
    using g = guard.enter();
    i--;
  } while (i > 0);
  print(`${guard.depth} ${guard.total}`);
}
