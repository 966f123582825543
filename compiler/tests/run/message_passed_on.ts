// A message may be passed on; its values are those of the place where it was made.
import { print } from "prelude/host.ts";
function log(level: u32, message: Message): void {
  print(message);
  if (level > 1) twice(message);
}
function twice(message: Message): void {
  print(`again: ${message}`);
}
export function main(): void {
  const n: u32 = 5;
  log(1, `n is ${n}`);
  log(2, "plain");
  log(2, `n + 1 is ${n + 1}`);
}
