// The parts of a tuple have types of their own.
import { print } from "prelude/host.ts";
class Item {
  value: u32 = 5;
}
function search(items: Slice<Item>, value: u32): [boolean, Item | null, string] {
  for (const item of items) if (item.value === value) return [true, item, "found"];
  return [false, null, "missing"];
}
class Storage {
  readonly items!: FixedArray<Item, 2>;
}
const storage = new Storage();
export function main(): void {
  storage.items[1].value = 9;
  const [found, item, text] = search(storage.items.slice(), 9);
  print(`${found} ${item === storage.items[1]} ${text}`);
  const [other, none] = search(storage.items.slice(), 1);
  print(`${other} ${none === null}`);
}
