// An initialiser may use constants, and functions that stand below it.
import { print } from "prelude/host.ts";
const SIZE = 21;
const doubled: u64 = SIZE * 2;
const handler: Static<() => u32> = answer;
const enum Key {
  A = SIZE + 1,
}
export function main(): void {
  print(`${doubled} ${handler()} ${u32(Key.A)}`);
}
function answer(): u32 {
  return 7;
}
