// A slice of a slice counts from its own start.
import { print } from "prelude/host.ts";
function sum(values: Slice<u32>): u32 {
  if (values.length === 0) return 0;
  return values[0] + sum(values.slice(1));
}
export function main(): void {
  const words: FixedArray<u32, 5> = [1, 2, 3, 4, 5];
  const inner = words.slice(1).slice(1, 3);
  print(`${inner.length} ${inner[0]} ${inner[1]} ${sum(words.slice())} ${sum(inner)} ${inner.slice(2).length}`);
}
