// prelude/tree.ts against counts of keys, under random operations, with its invariants checked.
import { print } from "prelude/host.ts";
import { Tree, TreeNode } from "prelude/tree.ts";
class Item {
  readonly node = new TreeNode<Item>();
  key: u32 = 0;
  compare(other: Item): i32 {
    return i32(this.key) - i32(other.key);
  }
}
class Storage {
  readonly items!: FixedArray<Item, 200>;
  readonly counts!: FixedArray<u32, 100>;
}
const storage = new Storage();
const tree = new Tree<Item>();
let seed: u64 = 1234567890123;
function random(limit: u64): u64 {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed % limit;
}
/** The height of a subtree, whose links and heights are checked. */
function heightOf(item: Item | null, parent: Item | null): u32 {
  if (item === null) return 0;
  assert(item.node.parent === parent, "a parent is wrong");
  const left = heightOf(item.node.left, item);
  const right = heightOf(item.node.right, item);
  assert(left <= right + 1 && right <= left + 1, "the tree is out of balance");
  assert(item.node.height === maximum(left, right) + 1, "a height is wrong");
  return item.node.height;
}
function checkOrder(size: u32): void {
  let count: u32 = 0;
  let key: u32 = 0;
  let ofKey: u32 = 0;
  for (let item: Item | null = tree.first; item !== null; item = tree.next(item)) {
    assert(item.key >= key, "the order is wrong");
    if (item.key !== key) {
      assert(storage.counts[key] === ofKey, "a key has another number of elements");
      ofKey = 0;
      key = item.key;
    }
    ofKey++;
    count++;
  }
  assert(count === size, "the number of elements is wrong");
  for (let item = tree.last(); item !== null; item = tree.previous(item)) count--;
  assert(count === 0, "the number of elements backwards is wrong");
}
function checkSearch(wanted: u32): void {
  let below: u32 = 1000;
  let above: u32 = 1000;
  for (let key: u32 = 0; key < 100; key++) {
    if (storage.counts[key] === 0) continue;
    if (key <= wanted) below = key;
    if (key >= wanted && above === 1000) above = key;
  }
  const floor = tree.floor((item) => item.key <= wanted);
  const bound = tree.lowerBound((item) => item.key < wanted);
  assert((floor === null ? 1000 : floor.key) === below, "floor is wrong");
  assert((bound === null ? 1000 : bound.key) === above, "lowerBound is wrong");
  const found = tree.find((item) => i32(item.key) - i32(wanted));
  assert((found !== null) === (storage.counts[wanted] !== 0), "find is wrong");
}
export function main(): void {
  let size: u32 = 0;
  let largest: u32 = 0;
  for (let round: u32 = 0; round < 6000; round++) {
    const item = storage.items[random(200)];
    if (item.node.height !== 0) {
      tree.remove(item);
      storage.counts[item.key]--;
      size--;
    } else if (random(3) !== 0 || round < 1000) {
      item.key = u32(random(100));
      tree.insert(item);
      storage.counts[item.key]++;
      size++;
    }
    if (size > largest) largest = size;
    heightOf(tree.root, null);
    checkSearch(u32(random(100)));
    if (round % 16 === 0) checkOrder(size);
  }
  for (const item of storage.items) if (item.node.height !== 0) tree.remove(item);
  print(`${largest > 80} ${tree.isEmpty()} ${tree.first === null}`);
}
