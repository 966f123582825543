// for…of over objects gives pointers to each.
import { print } from "prelude/host.ts";
class Item {
  value: u32 = 0;
}
class Storage {
  readonly items!: FixedArray<Item, 3>;
}
const storage = new Storage();
export function main(): void {
  let next: u32 = 5;
  for (const item of storage.items) item.value = next++;
  for (const item of storage.items.slice(1)) item.value *= 10;
  print(`${storage.items[0].value} ${storage.items[1].value} ${storage.items[2].value}`);
}
