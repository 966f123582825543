// A pointer reads and writes where it points.
import { print } from "prelude/host.ts";
import { addressOf, pointer } from "unsafe";
export function main(): void {
  const words: FixedArray<u32, 4> = [1, 2, 3, 4];
  // The array is alive, and the indices are within it.
  const first = pointer<u32>(addressOf(words));
  first[1] = 20;
  const third = first.offset(2);
  third[0] += 5;
  print(`${words[1]} ${words[2]} ${third[1]} ${third.address - first.address}`);
  // The low bytes of a word, in the order of the processor.
  const low = pointer<u8>(first.address);
  words[0] = 0x12345678;
  print(`${hex(low[0])} ${hex(low[3])}`);
}
