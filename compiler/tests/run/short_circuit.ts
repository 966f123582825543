// && and || evaluate the right side only when it decides.
import { print } from "prelude/host.ts";
let calls: u32 = 0;
function say(value: boolean): boolean {
  calls++;
  return value;
}
export function main(): void {
  print(`${say(false) && say(true)} ${calls}`);
  print(`${say(true) || say(false)} ${calls}`);
  print(`${say(true) && say(false)} ${calls}`);
  print(`${(say(false) || say(true)) && (say(true) || say(true))} ${calls}`);
  if (say(false) || (say(true) && say(false))) print("no");
  else print(`else ${calls}`);
}
