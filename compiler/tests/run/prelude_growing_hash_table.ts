// prelude/growing_hash_table.ts against a plain search, from few elements to many, under random operations.
import { GrowingHashTable } from "prelude/growing_hash_table.ts";
import { HashEntry, mixHash } from "prelude/hash_table.ts";
import { print } from "prelude/host.ts";
class Item {
  readonly entry = new HashEntry<Item>();
  key: u64 = 0;
  hash(): u64 {
    return mixHash(this.key);
  }
}
class Storage {
  readonly items!: FixedArray<Item, 1000>;
}
const storage = new Storage();
const table = new GrowingHashTable<Item>();
let seed: u64 = 42424242424242;
function random(limit: u64): u64 {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed % limit;
}
function countInTable(key: u64): u32 {
  const hash = mixHash(key);
  let count: u32 = 0;
  for (let item = table.firstWithHash(hash); item !== null; item = table.nextWithHash(item)) if (item.key === key) count++;
  return count;
}
function countInStorage(key: u64): u32 {
  let count: u32 = 0;
  for (const item of storage.items) if (item.entry.linked && item.key === key) count++;
  return count;
}
export function main(): void {
  let size: usize = 0;
  for (let round: u32 = 0; round < 20000; round++) {
    const item = storage.items[random(1000)];
    if (item.entry.linked) {
      table.remove(item);
      size--;
    } else {
      item.key = random(600);
      table.insert(item);
      size++;
    }
    assert(table.count === size, "the count is wrong");
    const key = random(600);
    assert(countInTable(key) === countInStorage(key), "a key has another number of elements");
  }
  let walked: usize = 0;
  for (let item = table.first(); item !== null; item = table.next(item)) walked++;
  print(`${walked === size} ${size > 200}`);
  for (let item = table.first(); item !== null; ) {
    const next = table.next(item);
    table.remove(item);
    item = next;
  }
  table.dispose();
  // It begins again as it was.
  table.insert(storage.items[0]);
  print(`${table.count} ${table.firstWithHash(storage.items[0].hash()) === storage.items[0]}`);
  table.remove(storage.items[0]);
}
