// Captured objects, arrays and slices are the same ones.
import { print } from "prelude/host.ts";
class Box {
  value: u32 = 1;
}
function twice(f: () => void): void {
  f();
  f();
}
export function main(): void {
  const box = new Box();
  const words: FixedArray<u32, 3> = [1, 2, 3];
  let part = words.slice();
  twice(() => {
    box.value *= 3;
    words[0]++;
    part = part.slice(1);
  });
  print(`${box.value} ${words[0]} ${part.length} ${part[0]}`);
}
