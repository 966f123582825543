// === compares objects by their place, not their contents.
import { print } from "prelude/host.ts";
class Pair {
  a: u32 = 1;
  b: u32 = 2;
}
export function main(): void {
  const first = new Pair();
  const second = new Pair();
  print(`${first === second} ${first === first} ${first !== second}`);
}
