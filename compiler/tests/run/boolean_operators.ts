// Boolean operators and comparisons of booleans.
import { print } from "prelude/host.ts";
function table(a: boolean, b: boolean): void {
  print(`${a && b} ${a || b} ${!a} ${a === b} ${a !== b}`);
}
export function main(): void {
  table(false, false);
  table(false, true);
  table(true, false);
  table(true, true);
}
