// Which memory the machine has, and which of it is free: the hypervisor's map without what lies in it already.
//
// Taken out: the first 64 KiB (firmware data, and the page where secondary CPUs start), the kernel's image with the tables made
// for the direct map behind it, the initial image and the layers, whose files are mapped where they lie and so stay for ever.

import { addressOf, fillBytes } from "unsafe";
import { extendDirectMap, KERNEL_IMAGE_BASE, PHYSICAL_MAP_BASE } from "../arch/x86_64/paging.ts";
import { MemoryKind, type MemoryMapEntry } from "../arch/x86_64/start_information.ts";
import { FrameRange, initializeFrames } from "../mm/frames.ts";

const PAGE: u64 = 4096;
const LOW_END: u64 = 0x1_0000;
const IMAGE_START: u64 = 0x10_0000;
const MAXIMUM_RANGES = 32;

/** @extern __image_end */
declare function imageEnd(): void;

/** A part of memory that is taken. Ends on a page. */
class Taken {
  start: u64 = 0;
  end: u64 = 0;
}

class BootMemory {
  readonly free!: FixedArray<FrameRange, 32>;
  freeCount: usize = 0;
  readonly taken!: FixedArray<Taken, 12>;
  takenCount: usize = 0;
  /** Physical address of the next page behind the image for tables of the direct map. */
  nextTable: u64 = 0;
}

const memory = new BootMemory();

/**
 * Extends the direct map to all memory.
 * @returns the end of the highest memory
 */
export function mapMemory(map: Slice<MemoryMapEntry>): u64 {
  let end: u64 = 0;
  for (const entry of map) {
    if (entry.kind === MemoryKind.Usable) end = maximum(end, entry.address + entry.size);
  }
  memory.nextTable = addressOf(imageEnd) - KERNEL_IMAGE_BASE;
  extendDirectMap(end, allocateTable);
  take(0, LOW_END);
  take(IMAGE_START, memory.nextTable);
  return end;
}

/** Keeps a range of physical memory out of what is free: all pages that have a part of it. Before {@link giveMemory}, ten times at most. */
export function takeMemory(start: u64, length: u64): void {
  take(start & ~(PAGE - 1), (start + length + PAGE - 1) & ~(PAGE - 1));
}

/** Gives what is left to the frame allocator. */
export function giveMemory(map: Slice<MemoryMapEntry>): void {
  for (const entry of map) {
    if (entry.kind === MemoryKind.Usable) addFree(entry.address, entry.address + entry.size);
  }
  initializeFrames(memory.free.slice(0, memory.freeCount));
}

function take(start: u64, end: u64): void {
  const taken = memory.taken[memory.takenCount];
  taken.start = start;
  taken.end = end;
  memory.takenCount++;
}

/** A zeroed page behind the image. The image ends below 8 MiB, so there is memory behind it on any machine that needs a table. */
function allocateTable(): u64 {
  const table = memory.nextTable;
  memory.nextTable += PAGE;
  // Safe: nothing is given to the frame allocator yet, so the memory behind the image is ours.
  fillBytes(table + PHYSICAL_MAP_BASE, 0, PAGE);
  return table;
}

/** Adds a range of usable memory without what is taken in it. */
function addFree(from: u64, to: u64): void {
  let start = from;
  while (start < to) {
    let end = to;
    let next = to;
    for (const taken of memory.taken.slice(0, memory.takenCount)) {
      if (taken.end <= start || taken.start >= end) continue;
      end = maximum(taken.start, start);
      next = taken.end;
    }
    if (start < end && memory.freeCount < MAXIMUM_RANGES) {
      const range = memory.free[memory.freeCount];
      range.start = start;
      range.end = end;
      memory.freeCount++;
    }
    start = next;
  }
}
