// The array is evaluated before the index, the index before the value.
import { print } from "prelude/host.ts";
let trace: u32 = 0;
const cells: FixedArray<u32, 4> = [1, 2, 3, 4];
function mark(digit: u32): u32 {
  trace = trace * 10 + digit;
  return digit;
}
function whole(): Slice<u32> {
  mark(1);
  return cells.slice();
}
export function main(): void {
  whole()[mark(2)] = mark(3);
  print(`${trace} ${cells[2]}`);
  trace = 0;
  const value = whole()[mark(3)] + whole()[mark(0)];
  print(`${trace} ${value}`);
}
