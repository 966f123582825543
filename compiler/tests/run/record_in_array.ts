// Arrays of records; the literal of a module variable.
import { print } from "prelude/host.ts";
type Entry = { readonly name: string; readonly value: u16 };
const table: FixedArray<Entry, 3> = [
  { name: "one", value: 1 },
  { name: "two", value: 2 },
  { value: 3, name: "three" },
];
export function main(): void {
  for (const entry of table) print(`${entry.name} ${entry.value}`);
  table[1] = { name: "TWO", value: 22 };
  print(`${table[1].name} ${table[1].value} ${table.length}`);
}
