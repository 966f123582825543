// The index of a string is checked.
import { print } from "prelude/host.ts";
function at(text: string, index: usize): u8 {
  return text[index];
}
export function main(): void {
  print(`${at("abc", 2)}`);
  print(`${at("abc", 3)}`);
}
