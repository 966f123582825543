// A function parameter may be null.
import { print } from "prelude/host.ts";
function visit(n: u32, f: ((value: u32) => void) | null): void {
  if (f === null) print("nobody");
  else f(n);
}
export function main(): void {
  visit(1, null);
  visit(2, (value) => print(`got ${value}`));
}
