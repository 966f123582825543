// Labels may be constants and expressions of constants; the switch may have wide and signed types.
import { print } from "prelude/host.ts";
const BASE = 1000;
function wide(n: u64): u32 {
  switch (n) {
    case BASE:
      return 1;
    case BASE + 1:
      return 2;
    case 0xffffffffffffffff:
      return 3;
  }
  return 0;
}
function signed(n: i8): u32 {
  switch (n) {
    case -1:
      return 1;
    case -128:
      return 2;
    default:
      return 3;
  }
}
export function main(): void {
  print(`${wide(1000)} ${wide(1001)} ${wide(18446744073709551615)} ${wide(5)} ${signed(-1)} ${signed(-128)} ${signed(127)}`);
}
