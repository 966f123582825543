// break and continue may name an outer loop.
import { print } from "prelude/host.ts";
export function main(): void {
  let count: u32 = 0;
  rows: for (let row: u32 = 0; row < 5; row++) {
    for (let column: u32 = 0; column < 5; column++) {
      if (column > row) continue rows;
      if (row === 3) break rows;
      count++;
    }
  }
  print(`${count}`);
}
