// A tuple is a value: a later change of its source does not show.
import { print } from "prelude/host.ts";
export function main(): void {
  let a: u32 = 1;
  const pair: [u32, u32] = [a, a + 1];
  a = 50;
  const copy = pair;
  print(`${pair[0]} ${pair[1]} ${copy[1]} ${a}`);
  let swapped: [u32, u32] = [pair[1], pair[0]];
  print(`${swapped[0]} ${swapped[1]}`);
  swapped = [swapped[1], swapped[0]];
  print(`${swapped[0]} ${swapped[1]}`);
}
