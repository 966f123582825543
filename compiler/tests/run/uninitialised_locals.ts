// A local variable without initialiser starts as zero.
import { print } from "prelude/host.ts";
export function main(): void {
  let count: u32;
  let text: string;
  const words: FixedArray<u16, 3> = [];
  count = 4;
  text = "set";
  print(`${count} ${text} ${words[0]} ${words[2]} ${words.length}`);
}
