// Assigning an object copies the pointer.
import { print } from "prelude/host.ts";
class Box {
  value: u32 = 1;
}
function setValue(box: Box, value: u32): void {
  box.value = value;
}
export function main(): void {
  const box = new Box();
  const same = box;
  same.value = 5;
  print(`${box.value}`);
  setValue(box, 9);
  print(`${same.value} ${box === same}`);
  const other = new Box();
  let chosen = box;
  chosen = other;
  chosen.value = 77;
  print(`${box.value} ${other.value} ${chosen === other} ${chosen !== box}`);
}
