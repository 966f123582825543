// @inline, @noinline and @cold change the code, not its meaning.
import { print } from "prelude/host.ts";
/** @inline */
function small(a: u8): u8 {
  return a + 1;
}
/** @noinline */
function apart(a: u8): u8 {
  return small(a) + 1;
}
/** @cold */
function seldom(a: u8): u8 {
  return apart(a) + 1;
}
class Box {
  value: u8 = 250;
  /** @inline */
  get(): u8 {
    return this.value;
  }
}
export function main(): void {
  const box = new Box();
  print(`${seldom(box.get())} ${seldom(255)}`);
}
