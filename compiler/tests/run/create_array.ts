// createArray gives zeroed elements, with their initialisers for classes.
import { print } from "prelude/host.ts";
class Item {
  value: u32 = 7;
}
export function main(): void {
  const count: usize = 5;
  const words = createArray<u64>(count);
  if (words === null) return;
  words[4] = 9;
  print(`${words.length} ${words[0]} ${words[4]}`);
  destroyArray(words);
  const items = createArray<Item>(3);
  if (items === null) return;
  items[1].value++;
  print(`${items.length} ${items[1].value - items[2].value}`);
  destroyArray(items);
  const none = createArray<u8>(0);
  print(`${none === null}`);
  if (none !== null) {
    print(`${none.length}`);
    destroyArray(none);
  }
}
