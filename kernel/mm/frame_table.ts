// What is known of each physical frame: 16 bytes, found in a table of two levels that is filled as memory comes into use.
//
//   frame number   [ … | 9 bits: page of the table | 9 bits: block of 2 MiB | 9 bits: frame in the block ]
//                          roots[i] ───────────────▶ 512 addresses ─────────▶ 512 Frames (two pages)
//
// Invariants: an address in the table is either 0 or that of zeroed memory that became the table's own for ever; a frame
// without an entry, or whose state is None, is not managed: nobody counts or frees it (the kernel image, the archive, the
// inside of a larger block).
// Why not one array for all memory: 64 GiB would take 256 MiB and their zeroing at the start. Here a start touches
// three pages. Rejected: an array in virtual memory that is mapped bit by bit, which saves a load on each look-up, and
// asks for page tables before there are frames.
// Pure: addresses of the table come from outside, so tests run it in a Linux program.

import { objectAt, pointer } from "unsafe";

export const FRAME_SHIFT = 12;
export const FRAME_SIZE = 4096;
/** Frames in a block of 2 MiB, the largest unit of allocation. */
export const BLOCK_FRAMES = 512;
/** log2(BLOCK_FRAMES). */
export const BLOCK_ORDER = 9;
/** Bytes of the table that describe one block. */
export const BLOCK_TABLE_SIZE = 8192;
/** Physical memory that the table can describe: 1 TiB. */
export const MAXIMUM_PHYSICAL = 0x100_0000_0000;

/** No frame's number. */
export const NO_BLOCK: u64 = 0xffff_ffff_ffff_ffff;

const ROOTS = 1024;
const ROOT_SHIFT = 18;

/** @repr u8 */
export const enum FrameState {
  /** Not managed, or inside a larger block. */
  None = 0,
  /** First frame of a free block of 2^order frames. */
  Free = 1,
  /** First frame of an allocated block. */
  Allocated = 2,
  /** A page of small objects (heap.ts). */
  Slab = 3,
}

/** One frame of physical memory. @size 16 */
export class Frame {
  state!: FrameState;
  order!: u8;
  /** Slab: objects that are free in this page. Page table: entries that are in use. */
  count!: u16;
  /** Allocated: owners. Slab: index of the first free object's place, plus one. */
  readonly references = new Atomic<u32>(0);
  /** Frame numbers of the neighbours on a free list (or a list of slabs); 0 ends the list. */
  next!: u32;
  previous!: u32;
}

/** The table. Its owner locks changes; look-ups need no lock, since an entry never moves or goes. */
export class FrameTable {
  private readonly roots!: FixedArray<u64, 1024>;

  /** What is known of a frame; null when it is not managed at all. */
  find(frameNumber: u64): Frame | null {
    const rootIndex = frameNumber >> ROOT_SHIFT;
    if (rootIndex >= ROOTS) return null;
    const root = this.roots[rootIndex];
    if (root === 0) return null;
    // A root is a page of 512 addresses, and an address is that of 512 Frames: see the invariants.
    const block = pointer<u64>(root)[(frameNumber >> BLOCK_ORDER) & (BLOCK_FRAMES - 1)];
    if (block === 0) return null;
    return objectAt<Frame>(block + (frameNumber & (BLOCK_FRAMES - 1)) * sizeOf<Frame>());
  }

  /** The entry of a frame that is managed. */
  at(frameNumber: u64): Frame {
    const frame = this.find(frameNumber);
    assert(frame !== null, `frame ${hex(frameNumber)} is not managed`);
    return frame;
  }

  /** The first frame, at or after one, of a block of BLOCK_FRAMES that has entries; NO_BLOCK when there is none. */
  nextBlock(frameNumber: u64): u64 {
    let candidate = frameNumber;
    while (candidate >> ROOT_SHIFT < ROOTS) {
      if (this.roots[candidate >> ROOT_SHIFT] === 0) {
        candidate = ((candidate >> ROOT_SHIFT) + 1) << ROOT_SHIFT;
        continue;
      }
      if (this.find(candidate) !== null) return candidate;
      candidate = ((candidate >> BLOCK_ORDER) + 1) << BLOCK_ORDER;
    }
    return NO_BLOCK;
  }

  /** Whether the page of the table above a block's entries is there. */
  hasRoot(frameNumber: u64): boolean {
    return this.roots[frameNumber >> ROOT_SHIFT] !== 0;
  }

  /** Gives the table a zeroed page for the addresses of 512 blocks. */
  addRoot(frameNumber: u64, page: u64): void {
    this.roots[frameNumber >> ROOT_SHIFT] = page;
  }

  /** Gives the table BLOCK_TABLE_SIZE zeroed bytes for the frames of one block; its root is there. */
  addBlock(frameNumber: u64, memory: u64): void {
    // Roots are pages of 512 addresses.
    pointer<u64>(this.roots[frameNumber >> ROOT_SHIFT])[(frameNumber >> BLOCK_ORDER) & (BLOCK_FRAMES - 1)] = memory;
  }
}
