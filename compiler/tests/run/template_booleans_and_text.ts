// Booleans as words, strings as they are.
import { print } from "prelude/host.ts";
export function main(): void {
  const text = "a%db";
  const one: u32 = 1;
  print(`${true} ${one === 2} ${text} ${text === "a%db"}`);
  print("");
  print(`${""}|${"€"}`);
}
