// An object that is constructed as an argument lives until the end of the block.
import { print } from "prelude/host.ts";
class Box {
  readonly value: u32;
  constructor(value: u32) {
    this.value = value;
  }
}
function sum(a: Box, b: Box): u32 {
  return a.value * 10 + b.value;
}
function keep(box: Box): Box {
  return box;
}
export function main(): void {
  print(`${sum(new Box(1), new Box(2))}`);
  const kept = keep(new Box(7));
  print(`${sum(kept, new Box(8))} ${kept.value}`);
  for (let i: u32 = 0; i < 3; i++) print(`${sum(new Box(i), kept)}`);
}
