// An interface of another module, implemented here.
import { print } from "prelude/host.ts";
import type { Printable } from "./parts/shapes.ts";
class Word implements Printable {
  text(): string {
    return "word";
  }
}
function show(value: Printable): void {
  print(value.text());
}
export function main(): void {
  const word = new Word();
  show(word);
}
