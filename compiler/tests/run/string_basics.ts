// A string has its length in bytes of UTF-8, and bytes.
import { print } from "prelude/host.ts";
export function main(): void {
  const text = "héllo";
  print(`${text.length} ${text[0]} ${text[1]} ${text[2]}`);
  print(`${"".length} ${"€".length} ${"😀".length}`);
}
