// === compares the bytes of two strings.
import { print } from "prelude/host.ts";
function same(a: string, b: string): boolean {
  return a === b;
}
export function main(): void {
  print(`${same("abc", "abc")} ${same("abc", "abd")} ${same("abc", "ab")} ${same("", "")} ${same("a", "")}`);
  const text: FixedArray<u8, 3> = [97, 98, 99];
  print(`${text[0] === "abc"[0]} ${"abc" !== "abc"}`);
}
