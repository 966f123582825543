// A function with several function parameters, which call each other's results.
import { print } from "prelude/host.ts";
function combine(a: () => u32, b: (x: u32, y: u32) => u32): u32 {
  return b(a(), a());
}
export function main(): void {
  let n: u32 = 3;
  const result = combine(
    () => n++,
    (x, y) => x * 10 + y,
  );
  print(`${result} ${n}`);
}
