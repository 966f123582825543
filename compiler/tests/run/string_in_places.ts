// Strings as fields, results, elements, and in variables that change.
import { print } from "prelude/host.ts";
class Named {
  name: string = "nobody";
}
function choose(first: boolean): string {
  return first ? "first" : "second";
}
export function main(): void {
  const named = new Named();
  print(named.name);
  named.name = choose(true);
  print(named.name);
  let current = choose(false);
  print(`${current} ${current.length}`);
  current = named.name;
  print(`${current === "first"}`);
}
