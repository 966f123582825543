// Strings and booleans as elements.
import { print } from "prelude/host.ts";
const names: FixedArray<string, 3> = ["zero", "one", "two"];
const primes: FixedArray<boolean, 4> = [false, false, true, true];
export function main(): void {
  for (const name of names) print(name);
  names[1] = "eins";
  print(`${names[1]} ${primes[1]} ${primes[2]}`);
}
