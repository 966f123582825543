// prelude/list.ts: each operation, and the order that it leaves.
import { print } from "prelude/host.ts";
import { Link, List, ListEntry } from "prelude/list.ts";
class Item {
  readonly link = new Link<Item>();
  readonly other = new ListEntry<Item>();
  id: u32 = 0;
}
class Storage {
  readonly items!: FixedArray<Item, 10>;
}
const storage = new Storage();
const list = new List<Item>();
function show(): void {
  let forwards: u64 = 0;
  let backwards: u64 = 0;
  for (let item: Item | null = list.first; item !== null; item = list.next(item)) forwards = forwards * 10 + u64(item.id);
  for (let item: Item | null = list.last; item !== null; item = list.previous(item)) backwards = backwards * 10 + u64(item.id);
  print(`${forwards} ${backwards} ${list.count()} ${list.isEmpty()}`);
}
export function main(): void {
  const items = storage.items;
  for (let i: u32 = 0; i < 10; i++) items[i].id = i;
  show();
  list.append(items[3]);
  list.append(items[4]);
  list.prepend(items[2]);
  show();
  list.insertBefore(items[1], items[2]);
  list.insertBefore(items[7], items[4]);
  list.insertAfter(items[8], items[4]);
  list.insertAfter(items[9], items[1]);
  show();
  list.remove(items[7]);
  list.remove(items[1]);
  list.remove(items[8]);
  show();
  const first = list.takeFirst();
  const last = list.takeLast();
  print(`${first === items[9]} ${last === items[4]} ${items[9].link.linked} ${items[2].link.linked}`);
  const more = new List<Item>();
  list.appendAll(more);
  more.append(items[5]);
  more.append(items[6]);
  list.appendAll(more);
  print(`${more.isEmpty()}`);
  show();
  const entries = new List<ListEntry<Item>>();
  for (const item of items) {
    item.other.owner = item;
    entries.prepend(item.other);
  }
  let number: u64 = 0;
  for (let entry: ListEntry<Item> | null = entries.first; entry !== null; entry = entries.next(entry)) number = number * 10 + u64(entry.owner!.id);
  print(`${number}`);
  while (!list.isEmpty()) list.takeFirst();
  print(`${list.takeLast() === null} ${list.takeFirst() === null}`);
  list.append(items[0]);
  list.append(items[0]);
}
