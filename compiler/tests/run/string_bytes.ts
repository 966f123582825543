// bytes() is the slice of a string's bytes.
import { print } from "prelude/host.ts";
export function main(): void {
  const view = bytes("hello");
  let sum: u32 = 0;
  for (const byte of view) sum += u32(byte);
  print(`${view.length} ${sum} ${view.slice(1, 3).length} ${view[4]}`);
}
