// prelude/hash_table.ts: elements of equal hash, and the walk over all.
import { print } from "prelude/host.ts";
import { HashEntry, HashTable, hashBytes, mixHash } from "prelude/hash_table.ts";
class Item {
  readonly entry = new HashEntry<Item>();
  key: u64 = 0;
  mark: u32 = 0;
  hash(): u64 {
    return this.key;
  }
}
class Storage {
  readonly items!: FixedArray<Item, 6>;
}
const storage = new Storage();
const table = new HashTable<Item, 4>();
export function main(): void {
  const items = storage.items;
  const keys: FixedArray<u64, 6> = [1, 5, 9, 5, 2, 0xffffffffffffffff];
  for (let i: u32 = 0; i < 6; i++) {
    items[i].key = keys[i];
    items[i].mark = i;
    table.insert(items[i]);
  }
  let marks: u32 = 0;
  for (let item = table.firstWithHash(5); item !== null; item = table.nextWithHash(item)) marks = marks * 10 + item.mark;
  print(`${table.count} ${marks} ${table.firstWithHash(13) === null} ${table.firstWithHash(0) === null}`);
  const found = table.find(5, (item) => item.mark === 1);
  print(`${found === items[1]} ${table.find(5, (item) => item.mark === 0) === null}`);
  let walked: u32 = 0;
  let sum: u32 = 0;
  for (let item = table.first(); item !== null; item = table.next(item)) {
    walked++;
    sum += item.mark;
  }
  print(`${walked} ${sum}`);
  table.remove(items[1]);
  table.remove(items[2]);
  print(`${table.count} ${table.firstWithHash(5) === items[3]} ${table.firstWithHash(9) === null} ${items[1].entry.linked}`);
  for (const item of items) if (item.entry.linked) table.remove(item);
  print(`${table.count} ${table.first() === null}`);
  print(`${hex(mixHash(1))} ${hashBytes(bytes("a")) === mixHash(0xaf63dc4c8601ec8c)} ${hashBytes(bytes("")) === mixHash(0xcbf29ce484222325)}`);
  table.remove(items[0]);
}
