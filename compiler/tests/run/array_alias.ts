// A second name for an array is the same array, in place.
import { print } from "prelude/host.ts";
class Table {
  readonly words!: FixedArray<u32, 3>;
}
export function main(): void {
  const words: FixedArray<u32, 2> = [1, 2];
  const same: FixedArray<u32, 2> = words;
  same[0] = 30;
  const table = new Table();
  const inside = table.words;
  inside[2] = 9;
  print(`${words[0]} ${table.words[2]} ${inside.length}`);
}
