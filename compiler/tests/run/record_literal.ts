// A record is made by an object literal, in any order of its fields, and with the shorthand.
import { print } from "prelude/host.ts";
type Range = { readonly start: u64; readonly length: u32; readonly name: string };
function make(start: u64, name: string): Range {
  const length: u32 = 7;
  return { name, length, start };
}
export function main(): void {
  const range = make(100, "text");
  print(`${range.start} ${range.length} ${range.name}`);
  const other: Range = { start: range.start + 1, length: 9, name: "other" };
  print(`${other.start} ${other.length} ${other.name}`);
}
