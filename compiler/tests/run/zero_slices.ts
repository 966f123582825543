// A string and a slice that start as zero are empty: they compare, copy, fill, slice and print.
import { print } from "prelude/host.ts";
class View {
  text!: string;
  part!: Slice<u8>;
  words!: Slice<u64>;
}
export function main(): void {
  const view = new View();
  const other = new View();
  print(`${view.text === ""} ${"" === view.text} ${view.text === other.text} ${view.text === "a"} [${view.text}]`);
  view.part.copyFrom(other.part);
  view.words.copyFrom(other.words.slice(0, 0));
  view.part.fill(3);
  print(`${view.part.slice(0).length} ${bytes(view.text).length} ${view.words.slice(0, 0).length}`);
  for (const byte of view.part) print(`${byte}`);
  for (const byte of view.text) print(`${byte}`);
  switch (view.text) {
    case "x":
      print("x");
      break;
    case "":
      print("empty");
      break;
  }
}
