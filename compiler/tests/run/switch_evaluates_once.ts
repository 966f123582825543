// The value of a switch is evaluated once.
import { print } from "prelude/host.ts";
let calls: u32 = 0;
function next(): u32 {
  calls++;
  return calls + 5;
}
export function main(): void {
  switch (next()) {
    case 1:
    case 2:
      print("low");
      break;
    case 6:
      print("six");
      break;
    default:
      print("other");
  }
  print(`${calls}`);
}
