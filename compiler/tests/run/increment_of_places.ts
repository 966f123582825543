// ++ and -- on fields and elements.
import { print } from "prelude/host.ts";
class Counter {
  value: u8 = 254;
}
const cells: FixedArray<u32, 2> = [7, 9];
export function main(): void {
  const counter = new Counter();
  counter.value++;
  print(`${counter.value} ${counter.value++} ${counter.value}`);
  cells[1]--;
  --cells[0];
  print(`${cells[0]} ${cells[1]} ${cells[0]++} ${cells[0]}`);
}
