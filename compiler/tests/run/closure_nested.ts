// An arrow function in an arrow function reaches both of the scopes around it.
import { print } from "prelude/host.ts";
function repeat(n: u32, f: (i: u32) => void): void {
  for (let i: u32 = 0; i < n; i++) f(i);
}
export function main(): void {
  let cells: u32 = 0;
  let diagonal: u32 = 0;
  repeat(3, (row) => {
    let inRow: u32 = 0;
    repeat(4, (column) => {
      cells++;
      inRow += 10;
      if (row === column) diagonal += inRow;
    });
    print(`${row} ${inRow}`);
  });
  print(`${cells} ${diagonal}`);
}
