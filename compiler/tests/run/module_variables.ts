// Module variables start with their constant values.
import { print } from "prelude/host.ts";
let counter: u64 = 1 << 40;
let text = "start";
let flag = true;
let missing: string = "";
const words: FixedArray<u16, 3> = [1, 2 + 3, 0xffff];
const origin: [i32, i32] = [-1, 1];
export function main(): void {
  print(`${counter} ${text} ${flag} ${missing.length} ${words[1]} ${words[2]} ${origin[0]} ${origin[1]}`);
  counter++;
  text = "changed";
  flag = !flag;
  print(`${counter} ${text} ${flag}`);
}
