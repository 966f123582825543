// Arrays of arrays are inline throughout.
import { print } from "prelude/host.ts";
const grid: FixedArray<FixedArray<u8, 3>, 2> = [
  [1, 2, 3],
  [4, 5, 6],
];
class Board {
  readonly cells!: FixedArray<FixedArray<u16, 4>, 4>;
}
export function main(): void {
  grid[1][2] += 10;
  let total: u32 = 0;
  for (let row: usize = 0; row < grid.length; row++) {
    for (let column: usize = 0; column < grid[row].length; column++) total += u32(grid[row][column]);
  }
  print(`${grid[0][2]} ${grid[1][2]} ${total}`);
  const board = new Board();
  board.cells[2][3] = 77;
  const row = board.cells[2].slice();
  print(`${board.cells[2][3]} ${row[3]} ${board.cells[3][2]} ${sizeOf<Board>()}`);
}
