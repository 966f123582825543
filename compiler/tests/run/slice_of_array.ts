// A slice is a view: it shares its elements.
import { print } from "prelude/host.ts";
export function main(): void {
  const words: FixedArray<u32, 6> = [0, 1, 2, 3, 4, 5];
  const all = words.slice();
  const tail = words.slice(4);
  const middle = words.slice(1, 4);
  print(`${all.length} ${tail.length} ${middle.length} ${middle[0]} ${middle[2]} ${tail[1]}`);
  middle[0] = 100;
  words[5] = 500;
  print(`${words[1]} ${all[1]} ${tail[1]}`);
}
