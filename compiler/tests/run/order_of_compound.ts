// The old value of a compound assignment's target is read before the right side runs.
import { print } from "prelude/host.ts";
let value: u32 = 10;
class Box {
  count: u32 = 5;
}
const box = new Box();
function change(): u32 {
  value = 1000;
  box.count = 1000;
  return 1;
}
export function main(): void {
  value += change();
  print(`${value}`);
  box.count = 5;
  box.count -= change();
  print(`${box.count}`);
}
