// A slice of a class: elements are inline, and slice[i] points to one.
import { print } from "prelude/host.ts";
class Item {
  key: u16 = 0;
  value: u16 = 0;
}
class Storage {
  readonly items!: FixedArray<Item, 4>;
}
const storage = new Storage();
function number(all: Slice<Item>): void {
  let i: u16 = 0;
  for (const item of all) {
    item.key = i;
    item.value = i * i;
    i++;
  }
}
export function main(): void {
  const items = storage.items;
  number(items.slice());
  const last = items.slice(2)[1];
  last.value += 100;
  print(`${items[1].value} ${items[3].key} ${items[3].value}`);
}
