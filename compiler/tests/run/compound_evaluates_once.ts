// The target of a compound assignment is evaluated once.
import { print } from "prelude/host.ts";
let calls: u32 = 0;
const cells: FixedArray<u32, 4> = [10, 20, 30, 40];
class Box {
  value: u32 = 1;
}
function next(): u32 {
  calls++;
  return calls;
}
function boxed(box: Box): Box {
  calls++;
  return box;
}
export function main(): void {
  cells[next()] += 5;
  cells[next()]++;
  ++cells[next()];
  print(`${calls} ${cells[0]} ${cells[1]} ${cells[2]} ${cells[3]}`);
  const box = new Box();
  boxed(box).value += 9;
  boxed(box).value--;
  print(`${calls} ${box.value}`);
}
