// The tree of areas against a plain bitmap of pages: look-ups, gaps, and the invariants after every change.

import { exit, print } from "prelude/host.ts";
import { Area } from "../area.ts";
import { AreaTree } from "../area_tree.ts";

const PAGES = 1024;
const PAGE = 4096;
/** The bitmap's first page, so that a gap is never at address 0. */
const FIRST = 16;

class Random {
  state: u64 = 0x1234_5678_9abc_def1;

  next(bound: u64): u64 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 7;
    this.state ^= this.state << 17;
    return this.state % bound;
  }
}

class Pages {
  readonly taken!: FixedArray<boolean, 1024>;
}

const random = new Random();
const pages = new Pages();
const tree = new AreaTree();

function addressOfPage(page: u64): u64 {
  return (FIRST + page) * PAGE;
}

function isFree(start: u64, count: u64): boolean {
  for (let page = start; page < start + count; page++) if (pages.taken[page]) return false;
  return true;
}

function mark(start: u64, end: u64, taken: boolean): void {
  for (let page = start; page < end; page++) pages.taken[page] = taken;
}

/** Checks a subtree; gives its height. */
function checkBelow(area: Area | null, low: u64, high: u64): u32 {
  if (area === null) return 0;
  assert(area.start >= low && area.end <= high && area.start < area.end, "order");
  const left = checkBelow(area.left, low, area.start);
  const right = checkBelow(area.right, area.end, high);
  assert(left <= right + 1 && right <= left + 1, "balance");
  assert(area.height === maximum(left, right) + 1, "height");
  const previous = area.previous;
  assert(area.gap === area.start - (previous === null ? 0 : previous.end), "gap");
  let largest = area.gap;
  const leftArea = area.left;
  const rightArea = area.right;
  if (leftArea !== null) largest = maximum(largest, leftArea.largestGap);
  if (rightArea !== null) largest = maximum(largest, rightArea.largestGap);
  assert(area.largestGap === largest, "largest gap");
  return area.height;
}

function checkAll(): void {
  checkBelow(tree.root, 0, 0xffff_ffff_ffff_ffff);
  let count: u64 = 0;
  let end: u64 = 0;
  let last: Area | null = null;
  for (let area = tree.first; area !== null; area = area.next) {
    assert(area.previous === last, "list");
    assert(area.start >= end, "the list is ordered");
    end = area.end;
    last = area;
    count++;
  }
  assert(count === tree.count, "count");
  assert(tree.last() === last, "last");
}

function checkLookUp(page: u64): void {
  const address = addressOfPage(page) + random.next(PAGE);
  const area = tree.holding(address);
  assert((area !== null) === pages.taken[page], "holding");
  if (area !== null) assert(area.start <= address && address < area.end, "holds the address");
  const above = tree.endingAbove(address);
  let next = page;
  while (next < PAGES && !pages.taken[next]) next++;
  assert((above !== null) === next < PAGES, "endingAbove");
  if (above !== null) assert(above.end > address && above.start <= addressOfPage(next), "the first one above");
}

function checkHighestFree(): void {
  const count = 1 + random.next(40);
  const low = random.next(PAGES / 2);
  const high = low + 1 + random.next(PAGES - low);
  let expected: u64 = 0;
  for (let page = high; page >= low + count; page--) {
    if (isFree(page - count, count)) {
      expected = addressOfPage(page - count);
      break;
    }
  }
  const found = tree.highestFree(count * PAGE, addressOfPage(low), addressOfPage(high));
  assert(found === expected, `highest free: ${hex(found)}, expected ${hex(expected)}`);
}

function change(): void {
  const page = random.next(PAGES);
  const area = tree.holding(addressOfPage(page));
  if (area === null) {
    const count = minimum(1 + random.next(12), PAGES - page);
    if (!isFree(page, count)) return;
    const added = create(Area);
    assert(added !== null, "memory");
    added.start = addressOfPage(page);
    added.end = addressOfPage(page + count);
    tree.insert(added);
    mark(page, page + count, true);
    return;
  }
  const start = area.start / PAGE - FIRST;
  const end = area.end / PAGE - FIRST;
  if (end - start > 2 && random.next(3) === 0) {
    // Cut at either end.
    if (random.next(2) === 0) {
      tree.resize(area, addressOfPage(start + 1), area.end);
      mark(start, start + 1, false);
    } else {
      tree.resize(area, area.start, addressOfPage(end - 1));
      mark(end - 1, end, false);
    }
    return;
  }
  if (end < PAGES && !pages.taken[end] && random.next(3) === 0) {
    tree.resize(area, area.start, addressOfPage(end + 1));
    mark(end, end + 1, true);
    return;
  }
  tree.remove(area);
  destroy(area);
  mark(start, end, false);
}

/** @export main */
export function main(): i32 {
  let most: u64 = 0;
  for (let round: u32 = 0; round < 20000; round++) {
    change();
    most = maximum(most, tree.count);
    checkLookUp(random.next(PAGES));
    if (round % 16 === 0) {
      checkAll();
      checkHighestFree();
    }
  }
  for (let area = tree.first; area !== null; area = tree.first) {
    tree.remove(area);
    destroy(area);
    checkAll();
  }
  print(`20000 changes with up to ${most} areas`);
  exit(0);
}
