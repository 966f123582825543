// @align rounds the place and the size of a class up.
import { print } from "prelude/host.ts";
import { addressOf } from "unsafe";
/** @align 64 */
class Line {
  value: u8 = 3;
}
class Holder {
  first: u8 = 1;
  readonly line = new Line();
}
const holder = new Holder();
export function main(): void {
  const local = new Line();
  print(`${sizeOf<Line>()} ${sizeOf<Holder>()} ${offsetOf<Holder>("line")}`);
  // The addresses are only looked at.
  print(`${addressOf(local) % 64} ${addressOf(holder.line) % 64} ${holder.line.value}`);
}
