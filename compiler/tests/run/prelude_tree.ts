// prelude/tree.ts: order, neighbours, searches.
import { print } from "prelude/host.ts";
import { Tree, TreeNode } from "prelude/tree.ts";
class Area {
  readonly node = new TreeNode<Area>();
  start: u64 = 0;
  mark: u32 = 0;
  compare(other: Area): i32 {
    return this.start < other.start ? -1 : this.start > other.start ? 1 : 0;
  }
}
class Storage {
  readonly areas!: FixedArray<Area, 8>;
}
const storage = new Storage();
const tree = new Tree<Area>();
function startOf(area: Area | null): u64 {
  return area === null ? 999 : area.start;
}
export function main(): void {
  const areas = storage.areas;
  const starts: FixedArray<u64, 8> = [50, 20, 70, 10, 30, 60, 80, 30];
  print(`${tree.isEmpty()} ${startOf(tree.first)} ${startOf(tree.last())} ${startOf(tree.floor((a) => a.start <= 5))}`);
  for (let i: u32 = 0; i < 8; i++) {
    areas[i].start = starts[i];
    areas[i].mark = i;
    tree.insert(areas[i]);
  }
  for (let area: Area | null = tree.first; area !== null; area = tree.next(area)) print(`${area.start} ${area.mark}`);
  let backwards: u64 = 0;
  for (let area = tree.last(); area !== null; area = tree.previous(area)) backwards = backwards * 10 + area.start / 10;
  print(`${backwards}`);
  let key: u64 = 45;
  print(`${startOf(tree.lowerBound((a) => a.start < key))} ${startOf(tree.floor((a) => a.start <= key))}`);
  key = 30;
  print(`${startOf(tree.lowerBound((a) => a.start < key))} ${startOf(tree.floor((a) => a.start <= key))} ${startOf(tree.floor((a) => a.start < key))}`);
  key = 81;
  print(`${startOf(tree.lowerBound((a) => a.start < key))} ${startOf(tree.floor((a) => a.start <= key))}`);
  key = 9;
  print(`${startOf(tree.lowerBound((a) => a.start < key))} ${startOf(tree.floor((a) => a.start <= key))}`);
  const found = tree.find((a) => (a.start < 60 ? -1 : a.start > 60 ? 1 : 0));
  print(`${startOf(found)} ${tree.find((a) => (a.start < 61 ? -1 : 1)) === null}`);
  tree.remove(areas[3]);
  print(`${startOf(tree.first)} ${areas[3].node.height}`);
  tree.remove(areas[3]);
}
