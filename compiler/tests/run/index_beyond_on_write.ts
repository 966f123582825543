// A store is checked before it happens.
import { print } from "prelude/host.ts";
function store(words: Slice<u8>, index: usize): void {
  words[index] = 1;
}
export function main(): void {
  const words: FixedArray<u8, 4> = [0, 0, 0, 0];
  store(words.slice(0, 2), 1);
  print(`${words[1]}`);
  store(words.slice(0, 2), 2);
  print(`${words[2]}`);
}
