// A tuple gives several results.
import { print } from "prelude/host.ts";
function divide(a: u32, b: u32): [u32, u32] {
  return [a / b, a % b];
}
export function main(): void {
  const [quotient, remainder] = divide(17, 5);
  const both = divide(100, 7);
  print(`${quotient} ${remainder} ${both[0]} ${both[1]}`);
}
