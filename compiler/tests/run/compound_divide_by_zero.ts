// Compound division is checked too.
import { print } from "prelude/host.ts";
function zero(): u8 {
  return 0;
}
export function main(): void {
  let value: u8 = 9;
  value /= 2;
  print(`${value}`);
  value %= zero();
  print(`${value}`);
}
