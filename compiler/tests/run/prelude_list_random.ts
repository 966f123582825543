// prelude/list.ts against a plain array, under random operations.
import { print } from "prelude/host.ts";
import { Link, List } from "prelude/list.ts";
class Item {
  readonly link = new Link<Item>();
  id: u32 = 0;
}
class Storage {
  readonly items!: FixedArray<Item, 40>;
  readonly order!: FixedArray<u32, 40>;
}
const storage = new Storage();
const list = new List<Item>();
let length: usize = 0;
let seed: u64 = 88172645463325252;
function random(limit: u64): u64 {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed % limit;
}
function insertModel(position: usize, id: u32): void {
  for (let i = length; i > position; i--) storage.order[i] = storage.order[i - 1];
  storage.order[position] = id;
  length++;
}
function removeModel(position: usize): void {
  length--;
  for (let i = position; i < length; i++) storage.order[i] = storage.order[i + 1];
}
function check(): void {
  let position: usize = 0;
  for (let item: Item | null = list.first; item !== null; item = list.next(item)) {
    assert(position < length, "more elements than expected");
    assert(storage.order[position] === item.id, "another element than expected");
    position++;
  }
  assert(position === length, "fewer elements than expected");
  for (let item: Item | null = list.last; item !== null; item = list.previous(item)) {
    position--;
    assert(storage.order[position] === item.id, "another element backwards");
  }
  assert(position === 0, "fewer elements backwards");
}
export function main(): void {
  const items = storage.items;
  for (let i: u32 = 0; i < 40; i++) items[i].id = i;
  let inserted: u32 = 0;
  for (let round: u32 = 0; round < 3000; round++) {
    const id = random(40);
    const item = items[id];
    if (item.link.linked) {
      let position: usize = 0;
      while (storage.order[position] !== item.id) position++;
      list.remove(item);
      removeModel(position);
    } else {
      inserted++;
      const position = random(length + 1);
      const way = random(2);
      if (length === 0 || (position === length && way === 0)) list.append(item);
      else if (position === 0 && way === 0) list.prepend(item);
      else if (position === length) list.insertAfter(item, items[storage.order[position - 1]]);
      else list.insertBefore(item, items[storage.order[position]]);
      insertModel(position, item.id);
    }
    check();
  }
  print(`${inserted > 1000}`);
}
