// The place is found before the value is computed.
import { print } from "prelude/host.ts";
let index: u32 = 0;
const cells: FixedArray<u32, 3> = [0, 0, 0];
function at(): u32 {
  return index++;
}
export function main(): void {
  cells[at()] = at() + 10;
  cells[at()] = 7;
  print(`${cells[0]} ${cells[1]} ${cells[2]} ${index}`);
  let a: u32 = 1;
  let b: u32 = 2;
  a = b = 9;
  print(`${a} ${b}`);
}
