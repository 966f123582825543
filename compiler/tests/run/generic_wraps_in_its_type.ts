// In a generic function, arithmetic has the width of the concrete type.
import { print } from "prelude/host.ts";
function sum<T extends number>(a: T, b: T): T {
  return (a + b) as T;
}
export function main(): void {
  const a: u8 = 200;
  const b: u32 = 200;
  print(`${sum(a, a)} ${sum(b, b)}`);
}
