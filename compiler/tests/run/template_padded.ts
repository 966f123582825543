// padded(x, width): numbers to the right, text to the left; what is wider stays whole.
import { print } from "prelude/host.ts";
export function main(): void {
  const a: u32 = 42;
  const b: i32 = -42;
  print(`[${padded(a, 5)}] [${padded(b, 5)}] [${padded("ab", 5)}] [${padded("abcdef", 3)}] [${padded(a, 1)}]`);
}
