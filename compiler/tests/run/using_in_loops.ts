// break, continue and labels dispose what they leave, and no more.
import { print } from "prelude/host.ts";
class Guard {
  open: u32 = 0;
  enters: u32 = 0;
  enter(): Guard {
    this.open++;
    this.enters++;
    return this;
  }
  [Symbol.dispose](): void {
    this.open--;
  }
}
const outerGuard = new Guard();
const innerGuard = new Guard();
export function main(): void {
  rows: for (let row: u32 = 0; row < 4; row++) {
    using a = outerGuard.enter();
    for (let column: u32 = 0; column < 4; column++) {
      using b = innerGuard.enter();
      if (column === 1 && row === 0) continue;
      if (column === 2 && row === 1) break;
      if (column === 1 && row === 2) continue rows;
      if (row === 3) break rows;
      if (outerGuard.open !== 1 || innerGuard.open !== 1) print("wrong");
    }
    if (innerGuard.open !== 0) print("wrong after the inner loop");
  }
  print(`${outerGuard.open} ${innerGuard.open} ${outerGuard.enters} ${innerGuard.enters}`);
}
