// The areas of an address space in the order of their addresses: an AVL tree that also knows where the gaps are.
//
// Each node keeps the free space in front of its area and the largest such gap below it, so that the highest gap that
// holds a new area is found in the tree's height, with a hundred thousand areas as with ten. A doubly linked list through
// the areas gives the neighbours.
// Invariants: areas do not overlap; the heights of two siblings differ by one at most; gap = start - (previous area's
// end, or 0); largestGap = the maximum of the gaps in the subtree.
// Why not prelude/tree.ts: its nodes cannot keep a summary of what is below them. Pure; the owner locks.

import type { Area } from "./area.ts";

export class AreaTree {
  root: Area | null = null;
  first: Area | null = null;
  count: u64 = 0;

  /** The first area that ends above an address: the one that holds it, or else the next one. */
  endingAbove(address: u64): Area | null {
    let found: Area | null = null;
    let area = this.root;
    while (area !== null) {
      if (area.end > address) {
        found = area;
        if (area.start <= address) break;
        area = area.left;
      } else {
        area = area.right;
      }
    }
    return found;
  }

  /** The area that holds an address. */
  holding(address: u64): Area | null {
    const area = this.endingAbove(address);
    return area !== null && area.start <= address ? area : null;
  }

  /** The last area, in the order of addresses. */
  last(): Area | null {
    let area = this.root;
    if (area === null) return null;
    for (let right = area.right; right !== null; right = right.right) area = right;
    return area;
  }

  /** Adds an area that overlaps none. */
  insert(area: Area): void {
    const next = this.endingAbove(area.start);
    const previous = next !== null ? next.previous : this.last();
    area.left = null;
    area.right = null;
    area.next = next;
    area.previous = previous;
    if (previous !== null) previous.next = area;
    else this.first = area;
    this.measure(area);
    this.root = this.insertBelow(this.root, area);
    this.count++;
    if (next !== null) {
      next.previous = area;
      this.refresh(next);
    }
  }

  /** Takes an area out. */
  remove(area: Area): void {
    const next = area.next;
    const previous = area.previous;
    this.root = this.removeBelow(this.root, area);
    if (previous !== null) previous.next = next;
    else this.first = next;
    if (next !== null) {
      next.previous = previous;
      this.refresh(next);
    }
    area.next = null;
    area.previous = null;
    this.count--;
  }

  /** Changes where an area begins and ends. It must not come to overlap or pass a neighbour. */
  resize(area: Area, start: u64, end: u64): void {
    area.start = start;
    area.end = end;
    this.refresh(area);
    const next = area.next;
    if (next !== null) this.refresh(next);
  }

  /** The highest free range of `length` bytes that lies in [lowest, highest): its start, or 0 when there is none. */
  highestFree(length: u64, lowest: u64, highest: u64): u64 {
    // Above the last area there is a gap that no node tells of.
    const last = this.last();
    const top = last === null ? lowest : maximum(last.end, lowest);
    if (top < highest && highest - top >= length) return highest - length;
    return this.highestFreeBelow(this.root, length, lowest, highest);
  }

  /** Brings what the tree knows of an area's gap up to date, up to the root. */
  private refresh(area: Area): void {
    this.measure(area);
    this.refreshBelow(this.root, area);
  }

  private measure(area: Area): void {
    const previous = area.previous;
    area.gap = area.start - (previous === null ? 0 : previous.end);
  }

  private highestFreeBelow(place: Area | null, length: u64, lowest: u64, highest: u64): u64 {
    if (place === null || place.largestGap < length) return 0;
    // What is to the right begins above this area: of no use when that is too high already.
    if (place.end < highest) {
      const found = this.highestFreeBelow(place.right, length, lowest, highest);
      if (found !== 0) return found;
    }
    const gapStart = maximum(place.start - place.gap, lowest);
    const gapEnd = minimum(place.start, highest);
    if (gapEnd > gapStart && gapEnd - gapStart >= length) return gapEnd - length;
    if (place.start <= lowest) return 0;
    return this.highestFreeBelow(place.left, length, lowest, highest);
  }

  private refreshBelow(place: Area | null, area: Area): void {
    if (place === null) return;
    if (area.start < place.start) this.refreshBelow(place.left, area);
    else if (area.start > place.start) this.refreshBelow(place.right, area);
    summarise(place);
  }

  private insertBelow(place: Area | null, area: Area): Area {
    if (place === null) {
      summarise(area);
      return area;
    }
    if (area.start < place.start) place.left = this.insertBelow(place.left, area);
    else place.right = this.insertBelow(place.right, area);
    return balance(place);
  }

  private removeBelow(place: Area | null, area: Area): Area | null {
    if (place === null) panic("area tree: the area to remove is not there");
    if (area.start < place.start) {
      place.left = this.removeBelow(place.left, area);
      return balance(place);
    }
    if (area.start > place.start) {
      place.right = this.removeBelow(place.right, area);
      return balance(place);
    }
    const right = place.right;
    if (right === null) return place.left;
    // The next area, which is the leftmost on the right, takes the place.
    let successor = right;
    for (let left = successor.left; left !== null; left = left.left) successor = left;
    const remaining = this.removeBelow(right, successor);
    successor.right = remaining;
    successor.left = place.left;
    return balance(successor);
  }
}

function heightOf(area: Area | null): u32 {
  return area === null ? 0 : area.height;
}

/** Computes an area's height and largest gap from its children. */
function summarise(area: Area): void {
  const left = area.left;
  const right = area.right;
  let largest = area.gap;
  if (left !== null && left.largestGap > largest) largest = left.largestGap;
  if (right !== null && right.largestGap > largest) largest = right.largestGap;
  area.largestGap = largest;
  area.height = maximum(heightOf(left), heightOf(right)) + 1;
}

/** Restores the balance of a subtree whose children are balanced; gives its new top. */
function balance(area: Area): Area {
  const left = area.left;
  const right = area.right;
  if (left !== null && left.height > heightOf(right) + 1) {
    const inner = left.right;
    if (inner !== null && inner.height > heightOf(left.left)) area.left = rotateLeft(left, inner);
    return rotateRight(area, area.left!);
  }
  if (right !== null && right.height > heightOf(left) + 1) {
    const inner = right.left;
    if (inner !== null && inner.height > heightOf(right.right)) area.right = rotateRight(right, inner);
    return rotateLeft(area, area.right!);
  }
  summarise(area);
  return area;
}

/** Lifts the right child above an area; gives the child. */
function rotateLeft(area: Area, riser: Area): Area {
  area.right = riser.left;
  riser.left = area;
  summarise(area);
  summarise(riser);
  return riser;
}

/** Lifts the left child above an area; gives the child. */
function rotateRight(area: Area, riser: Area): Area {
  area.left = riser.right;
  riser.right = area;
  summarise(area);
  summarise(riser);
  return riser;
}
