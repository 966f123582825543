// A local object is made anew in each round.
import { print } from "prelude/host.ts";
class Cell {
  value: u32 = 1;
  words!: FixedArray<u8, 4>;
}
export function main(): void {
  for (let i: u32 = 0; i < 3; i++) {
    const cell = new Cell();
    print(`${cell.value} ${cell.words[i]}`);
    cell.value = 50;
    cell.words[0] = 9;
    cell.words[1] = 9;
    cell.words[2] = 9;
  }
}
