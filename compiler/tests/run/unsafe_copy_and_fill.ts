// copyBytes is right for places that overlap.
import { print } from "prelude/host.ts";
import { addressOf, copyBytes, fillBytes } from "unsafe";
export function main(): void {
  const raw: FixedArray<u8, 6> = [1, 2, 3, 4, 5, 6];
  // All within the array.
  copyBytes(addressOf(raw) + 1, addressOf(raw), 4);
  print(`${raw[0]} ${raw[1]} ${raw[2]} ${raw[3]} ${raw[4]} ${raw[5]}`);
  fillBytes(addressOf(raw) + 2, 255, 3);
  print(`${raw[1]} ${raw[2]} ${raw[4]} ${raw[5]}`);
  copyBytes(addressOf(raw), addressOf(raw), 0);
}
