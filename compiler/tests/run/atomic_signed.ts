// Signed atomics wrap.
import { print } from "prelude/host.ts";
const value = new Atomic<i32>(2147483647);
export function main(): void {
  print(`${value.add(1)} ${value.load()} ${value.add(-1)} ${value.load()}`);
}
