// The names of a `let` pattern are variables.
import { print } from "prelude/host.ts";
function both(): [u32, string] {
  return [5, "five"];
}
export function main(): void {
  let [number, name] = both();
  number++;
  name = "six";
  print(`${number} ${name}`);
  const [first] = both();
  print(`${first}`);
}
