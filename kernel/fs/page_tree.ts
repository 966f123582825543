// The pages of one file, found by their index: a radix tree of 64 ways.
//
//   height 0   the root is the frame of page 0
//   height 1   the root is a node of 64 frames: pages 0 to 63
//   height 2   a node of 64 nodes: pages 0 to 4095, and so on
//
// A word of 0 is a hole. The tree grows upwards when a page beyond its reach comes, and is never made lower again before it is
// empty. It holds one reference to each frame (mm/frames.ts). The owner locks; nothing here sleeps.

import { addressOf, objectAt } from "unsafe";
import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import { releaseFrame } from "../mm/frames.ts";
import { memoryCounts } from "../mm/memory_counts.ts";

const WAY_BITS = 6;
const WAYS = 64;

class PageNode {
  readonly slots!: FixedArray<u64, 64>;
}

export class PageTree {
  private root: u64 = 0;
  private height: u32 = 0;
  /** Frames in the tree. */
  count: u64 = 0;

  /** The frame of a page, 0 for a hole. No reference is taken. */
  get(index: u64): u64 {
    if (!this.reaches(index)) return 0;
    let word = this.root;
    for (let level = this.height; level > 0 && word !== 0; level--) {
      // Safe: above height 0 every word that is not 0 is the address of a node of this tree.
      word = objectAt<PageNode>(word).slots[slotAt(index, level)];
    }
    return word;
  }

  /** Fills a hole with a frame, whose reference becomes the tree's. @returns false when there is no memory for a node */
  insert(index: u64, frame: PhysicalAddress): boolean {
    while (!this.reaches(index)) {
      if (this.root !== 0) {
        const node = create(PageNode);
        if (node === null) return false;
        node.slots[0] = this.root;
        this.root = addressOf(node);
      }
      this.height++;
    }
    if (this.height === 0) {
      this.root = u64(frame);
      this.countFrame();
      return true;
    }
    if (this.root === 0) {
      const node = create(PageNode);
      if (node === null) return false;
      this.root = addressOf(node);
    }
    let node = objectAt<PageNode>(this.root);
    for (let level = this.height; level > 1; level--) {
      const slot = slotAt(index, level);
      if (node.slots[slot] === 0) {
        const below = create(PageNode);
        if (below === null) return false;
        node.slots[slot] = addressOf(below);
      }
      node = objectAt<PageNode>(node.slots[slot]);
    }
    node.slots[slotAt(index, 1)] = u64(frame);
    this.countFrame();
    return true;
  }

  /** Makes a hole of one page. The frame's reference becomes the caller's. @returns the frame, or 0 */
  take(index: u64): u64 {
    if (!this.reaches(index)) return 0;
    if (this.height === 0) {
      const frame = this.root;
      this.root = 0;
      if (frame !== 0) this.uncountFrame();
      return frame;
    }
    let word = this.root;
    for (let level = this.height; level > 1 && word !== 0; level--) {
      word = objectAt<PageNode>(word).slots[slotAt(index, level)];
    }
    if (word === 0) return 0;
    const node = objectAt<PageNode>(word);
    const slot = slotAt(index, 1);
    const frame = node.slots[slot];
    node.slots[slot] = 0;
    if (frame !== 0) this.uncountFrame();
    return frame;
  }

  /** The first page at or after `index` that is no hole; `limit` when there is none below it. */
  next(index: u64, limit: u64): u64 {
    let candidate = index;
    while (candidate < limit && this.reaches(candidate)) {
      let word = this.root;
      let level = this.height;
      while (level > 0 && word !== 0) {
        word = objectAt<PageNode>(word).slots[slotAt(candidate, level)];
        level--;
      }
      if (word !== 0) return candidate;
      // Nothing below this word: skip all that it covers.
      const covered = u64(1) << (level * WAY_BITS);
      const after = (candidate & ~(covered - 1)) + covered;
      if (after < candidate) return limit;
      candidate = after;
    }
    return limit;
  }

  /** Drops every page from `first` on, and the whole tree when `first` is 0. */
  truncate(first: u64): void {
    if (this.root === 0) return;
    if (first === 0) {
      this.free(this.root, this.height);
      this.root = 0;
      this.height = 0;
      return;
    }
    if (this.height > 0 && this.reaches(first)) this.trim(this.root, this.height, first);
  }

  private countFrame(): void {
    this.count++;
    memoryCounts.files.add(1);
  }

  private uncountFrame(): void {
    this.count--;
    memoryCounts.files.subtract(1);
  }

  /** Whether the tree is high enough for a page. */
  private reaches(index: u64): boolean {
    const bits = this.height * WAY_BITS;
    return bits >= 64 || index >> bits === 0;
  }

  /** Drops the pages from `first` (counted within this word) on, below a node that stays. */
  private trim(word: u64, level: u32, first: u64): void {
    const node = objectAt<PageNode>(word);
    const shift = (level - 1) * WAY_BITS;
    const start = u32((first >> shift) % WAYS);
    const inner = first & ((u64(1) << shift) - 1);
    for (let slot = start; slot < WAYS; slot++) {
      const below = node.slots[slot];
      if (below === 0) continue;
      if (slot === start && inner !== 0) {
        this.trim(below, level - 1, inner);
        continue;
      }
      this.free(below, level - 1);
      node.slots[slot] = 0;
    }
  }

  /** Frees a subtree. The depth is at most 11. */
  private free(word: u64, level: u32): void {
    if (level === 0) {
      releaseFrame(word as PhysicalAddress);
      this.uncountFrame();
      return;
    }
    const node = objectAt<PageNode>(word);
    for (let slot: u32 = 0; slot < WAYS; slot++) {
      if (node.slots[slot] !== 0) this.free(node.slots[slot], level - 1);
    }
    destroy(node);
  }
}

/** @inline */
function slotAt(index: u64, level: u32): u32 {
  return u32(index >> ((level - 1) * WAY_BITS)) % WAYS;
}
