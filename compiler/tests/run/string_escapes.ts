// Escape sequences in strings and templates.
import { print } from "prelude/host.ts";
export function main(): void {
  const text = "a\tb\n\\\"\0\x41\u00e9\u{1F600}";
  for (const byte of text) print(`${byte}`);
  print(`tab\tquote" dollar$ brace{ \`tick\` \\`);
}
