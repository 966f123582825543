// The buddy allocator: blocks of 2^order frames, each aligned to its size, order 0 (4 KiB) to 9 (2 MiB).
//
//   ranges of RAM   ┌ in use ── in free lists ┬────────── untouched ──────────┐
//                   start                     cursor (the watermark)          end
//
// Free memory begins as untouched: no table entry, no list. It comes into the free lists a block of 2 MiB at a time, when
// they cannot serve, so a start costs the same with 4 MiB and with 64 GiB.
// Invariants: two free buddies of one order never both exist (they have become one block of the next order); bit n of
// `nonEmpty` is set exactly when list n has a block; freeFrames counts the frames of all lists.
// Why buddies: huge pages need aligned 2 MiB blocks to come back together. Pure, and without a lock: its owner locks.

import { addressOf, fillBytes, objectAt } from "unsafe";
import type { Corruption } from "./corruption.ts";
import {
  BLOCK_FRAMES,
  BLOCK_ORDER,
  BLOCK_TABLE_SIZE,
  FRAME_SHIFT,
  FRAME_SIZE,
  Frame,
  FrameState,
  FrameTable,
  MAXIMUM_PHYSICAL,
  NO_BLOCK,
} from "./frame_table.ts";

const MAXIMUM_RANGES = 32;

/** Physical memory that may be used, in bytes; the end is exclusive. */
export class FrameRange {
  start!: u64;
  end!: u64;
}

export class Buddy {
  readonly table = new FrameTable();
  /** Frames in the free lists. */
  freeFrames: u64 = 0;
  /** Frames that no list has seen yet. */
  untouchedFrames: u64 = 0;
  /** All frames that were given to the allocator. */
  totalFrames: u64 = 0;
  private readonly ranges!: FixedArray<FrameRange, 32>;
  private rangeCount: usize = 0;
  private rangeIndex: usize = 0;
  private readonly lists!: FixedArray<u32, 10>;
  private nonEmpty: u32 = 0;
  /** Frames that are set aside for the table. */
  private reserveNext: u64 = 0;
  private reserveEnd: u64 = 0;
  /** What is added to a physical address to reach it. */
  private mapBase: u64 = 0;

  /** Adds memory. `mapBase + p` must be the address of physical byte p. More ranges than there is room for are ignored. */
  initialize(ranges: Slice<FrameRange>, mapBase: u64): void {
    this.mapBase = mapBase;
    for (const range of ranges) {
      const start = (range.start + (FRAME_SIZE - 1)) >> FRAME_SHIFT;
      const end = minimum(range.end, MAXIMUM_PHYSICAL) >> FRAME_SHIFT;
      if (start >= end || this.rangeCount === MAXIMUM_RANGES) continue;
      const own = this.ranges[this.rangeCount];
      // Frame numbers from here on. Frame 0 stands for "none" in the lists.
      own.start = maximum(start, 1);
      own.end = end;
      this.rangeCount++;
      this.untouchedFrames += own.end - own.start;
    }
    this.totalFrames = this.untouchedFrames;
  }

  /** A block of 2^order frames with one reference: its first frame's number, or 0. */
  allocate(order: u32): u64 {
    while (this.nonEmpty >> order === 0) {
      if (!this.grow()) return 0;
    }
    return this.takeFromLists(order);
  }

  /** Gives a block back. Its first frame must be Allocated; its order is the caller's. */
  free(frameNumber: u64, order: u32): void {
    const frame = this.table.at(frameNumber);
    assert(frame.state === FrameState.Allocated, `frame ${hex(frameNumber)} is freed and is not allocated`);
    frame.state = FrameState.None;
    this.add(frameNumber, order);
  }

  /** Makes 2^order single frames, each with one reference, of an allocated block. */
  split(frameNumber: u64, order: u32): void {
    // The frames of a block of at most 2 MiB lie side by side in the table.
    const first = addressOf(this.table.at(frameNumber));
    const count = u64(1) << order;
    for (let i: u64 = 0; i < count; i++) {
      const frame = objectAt<Frame>(first + i * sizeOf<Frame>());
      frame.state = FrameState.Allocated;
      frame.order = 0;
      frame.references.storeRelaxed(1);
    }
  }

  /** `count` frames side by side (at most BLOCK_FRAMES): the first one's number, or 0. */
  allocateRun(count: u64): u64 {
    let order: u32 = 0;
    while (u64(1) << order < count) order++;
    if (order > BLOCK_ORDER) return 0;
    const first = this.allocate(order);
    if (first !== 0) this.addRange(first + count, first + (u64(1) << order));
    return first;
  }

  /** Gives back what allocateRun gave. */
  freeRun(first: u64, count: u64): void {
    const frame = this.table.at(first);
    assert(frame.state === FrameState.Allocated, `frame ${hex(first)} is freed and is not allocated`);
    frame.state = FrameState.None;
    this.addRange(first, first + count);
  }

  /**
   * Walks all lists and the whole table: whether the invariants above hold, no frame lies in two free blocks, and none that is
   * free is on no list. @returns false when something is wrong, which is noted
   */
  verify(corruption: Corruption): boolean {
    let frames: u64 = 0;
    let blocks: u64 = 0;
    for (let order: u32 = 0; order <= BLOCK_ORDER; order++) {
      const hasBit = (this.nonEmpty >> order) & 1;
      if ((this.lists[order] !== 0) !== (hasBit === 1))
        return corruption.note("the bit of a list of free blocks is wrong", u64(order));
      let previous: u32 = 0;
      let frameNumber = this.lists[order];
      while (frameNumber !== 0) {
        if (!this.verifyFree(u64(frameNumber), order, previous, corruption)) return false;
        frames += u64(1) << order;
        blocks++;
        // A list that comes back to itself passes each block twice.
        if (frames > this.freeFrames) return corruption.note("more frames are on the lists than are free", u64(frameNumber));
        previous = frameNumber;
        frameNumber = this.table.at(u64(frameNumber)).next;
      }
    }
    if (frames !== this.freeFrames) return corruption.note("fewer frames are on the lists than are free", frames);
    return this.verifyTable(blocks, corruption);
  }

  /** One block on a list. */
  private verifyFree(frameNumber: u64, order: u32, previous: u32, corruption: Corruption): boolean {
    const frame = this.table.find(frameNumber);
    if (frame === null) return corruption.note("a list of free blocks leads to a frame that is not managed", frameNumber);
    if (frame.state !== FrameState.Free) return corruption.note("a frame on a list of free blocks is not free", frameNumber);
    if (u32(frame.order) !== order) return corruption.note("a free block is on the list of another size", frameNumber);
    if (frame.previous !== previous) return corruption.note("a free block does not know the one before it", frameNumber);
    if ((frameNumber & ((u64(1) << order) - 1)) !== 0) return corruption.note("a free block begins at an odd place", frameNumber);
    if (order === BLOCK_ORDER) return true;
    const other = this.table.find(frameNumber ^ (u64(1) << order));
    const isSplit = other !== null && other.state === FrameState.Free && u32(other.order) === order;
    return isSplit ? corruption.note("two free buddies are not one block", frameNumber) : true;
  }

  /** All entries, in their order: free blocks do not overlap, and are as many as the lists have. */
  private verifyTable(listed: u64, corruption: Corruption): boolean {
    let blocks: u64 = 0;
    /** The end of the last free block. */
    let inside: u64 = 0;
    for (let block = this.table.nextBlock(0); block !== NO_BLOCK; block = this.table.nextBlock(block + BLOCK_FRAMES)) {
      for (let i: u64 = 0; i < BLOCK_FRAMES; i++) {
        const frame = this.table.at(block + i);
        const state = u32(frame.state);
        if (state > u32(FrameState.Slab)) return corruption.note("a frame is in no state that there is", block + i);
        if (block + i < inside) {
          if (state !== u32(FrameState.None)) return corruption.note("a frame in a free block is in use", block + i);
          continue;
        }
        if (state !== u32(FrameState.Free)) continue;
        if (u32(frame.order) > BLOCK_ORDER) return corruption.note("a free block has an impossible size", block + i);
        inside = block + i + (u64(1) << u32(frame.order));
        blocks++;
      }
    }
    return blocks === listed ? true : corruption.note("blocks are free that are on no list", blocks);
  }

  /** Takes the smallest free block that is large enough, and gives what is too much of it back. There is one. */
  private takeFromLists(order: u32): u64 {
    let found = order + countTrailingZeros(this.nonEmpty >> order);
    const frameNumber = u64(this.lists[found]);
    const frame = this.table.at(frameNumber);
    this.unlink(frame, found);
    while (found > order) {
      found--;
      this.link(frameNumber + (u64(1) << found), found);
    }
    frame.state = FrameState.Allocated;
    frame.order = u8(order);
    frame.references.storeRelaxed(1);
    this.freeFrames -= u64(1) << order;
    return frameNumber;
  }

  /** Puts a block into the lists, as one with its free buddies. */
  private add(frameNumber: u64, order: u32): void {
    this.freeFrames += u64(1) << order;
    let first = frameNumber;
    let size = order;
    while (size < BLOCK_ORDER) {
      const buddy = this.table.find(first ^ (u64(1) << size));
      if (buddy === null || buddy.state !== FrameState.Free || u32(buddy.order) !== size) break;
      this.unlink(buddy, size);
      buddy.state = FrameState.None;
      first &= ~(u64(1) << size);
      size++;
    }
    this.link(first, size);
  }

  /** Puts frames that belong to nobody into the lists, in blocks as large as their place allows. */
  private addRange(start: u64, end: u64): void {
    let first = start;
    while (first < end) {
      let order: u32 = minimum(countTrailingZeros(first), BLOCK_ORDER);
      while (first + (u64(1) << order) > end) order--;
      this.add(first, order);
      first += u64(1) << order;
    }
  }

  /** Brings the next part of untouched memory, up to the next 2 MiB boundary, into the lists; false when there is none. */
  private grow(): boolean {
    while (this.rangeIndex < this.rangeCount) {
      const range = this.ranges[this.rangeIndex];
      if (range.start >= range.end) {
        this.rangeIndex++;
        continue;
      }
      const end = minimum(range.end, (range.start | (BLOCK_FRAMES - 1)) + 1);
      const untouched = end - range.start;
      const described = this.describe(range, end);
      const start = range.start;
      range.start = end;
      this.untouchedFrames -= untouched;
      if (described) {
        this.addRange(start, end);
        return true;
      }
      // Too small to hold its own description: these few frames stay unused.
    }
    return false;
  }

  /** Sees to it that the table has entries for the part [range.start, end); takes memory for them, from the part itself at need. */
  private describe(range: FrameRange, end: u64): boolean {
    const frameNumber = range.start;
    if (this.table.find(frameNumber) !== null) return true;
    if (!this.table.hasRoot(frameNumber)) {
      const root = this.takeForTable(0, range, end);
      if (root === 0) return false;
      this.table.addRoot(frameNumber, root);
    }
    if (this.reserveNext === this.reserveEnd) this.fillReserve();
    let block: u64 = 0;
    if (this.reserveNext !== this.reserveEnd) {
      block = this.zeroed(this.reserveNext, BLOCK_TABLE_SIZE);
      this.reserveNext += BLOCK_TABLE_SIZE >> FRAME_SHIFT;
    } else {
      block = this.takeForTable(1, range, end);
      if (block === 0) return false;
    }
    this.table.addBlock(frameNumber, block);
    return true;
  }

  /** 2^order zeroed pages for the table (order 1 is BLOCK_TABLE_SIZE), as an address; 0 when there are none. */
  private takeForTable(order: u32, range: FrameRange, end: u64): u64 {
    let frameNumber: u64 = 0;
    if (this.nonEmpty >> order !== 0) {
      frameNumber = this.takeFromLists(order);
    } else if (range.start + (u64(1) << order) < end) {
      frameNumber = range.start;
      range.start += u64(1) << order;
    } else {
      return 0;
    }
    return this.zeroed(frameNumber, u64(FRAME_SIZE) << order);
  }

  /**
   * Sets frames aside for the entries of the next blocks, up to 16 of them: side by side, so that the table, which stays for
   * ever, keeps few blocks of 2 MiB from coming together.
   */
  private fillReserve(): void {
    const blocks = (this.untouchedFrames + (BLOCK_FRAMES - 1)) >> BLOCK_ORDER;
    let order: u32 = 1;
    while (order < 5 && u64(1) << order <= blocks) order++;
    if (this.nonEmpty >> order === 0) return;
    this.reserveNext = this.takeFromLists(order);
    this.reserveEnd = this.reserveNext + (u64(1) << order);
  }

  /** Fills frames with zeros, and gives their address. */
  private zeroed(frameNumber: u64, length: u64): u64 {
    const address = this.mapBase + (frameNumber << FRAME_SHIFT);
    // The frames are this allocator's, and now the table's alone.
    fillBytes(address, 0, length);
    return address;
  }

  private link(frameNumber: u64, order: u32): void {
    const frame = this.table.at(frameNumber);
    const head = this.lists[order];
    frame.state = FrameState.Free;
    frame.order = u8(order);
    frame.next = head;
    frame.previous = 0;
    if (head !== 0) this.table.at(u64(head)).previous = u32(frameNumber);
    this.lists[order] = u32(frameNumber);
    this.nonEmpty |= u32(1) << order;
  }

  private unlink(frame: Frame, order: u32): void {
    if (frame.previous !== 0) this.table.at(u64(frame.previous)).next = frame.next;
    else this.lists[order] = frame.next;
    if (frame.next !== 0) this.table.at(u64(frame.next)).previous = frame.previous;
    if (this.lists[order] === 0) this.nonEmpty &= ~(u32(1) << order);
  }
}
