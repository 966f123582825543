// switch on integers: several labels, default in the middle, returns.
import { print } from "prelude/host.ts";
function name(n: u32): string {
  switch (n) {
    case 0:
      return "zero";
    case 1:
    case 2:
      return "few";
    default:
      return "many";
    case 0xffffffff:
      return "all";
  }
}
export function main(): void {
  print(name(0));
  print(name(1));
  print(name(2));
  print(name(3));
  print(name(4294967295));
}
