// Which memory the machine has, and which of it is free: the hypervisor's map without what lies in it already.
//
// Taken out: the first 64 KiB (firmware data, and the page where secondary CPUs start), the kernel's image with the tables made
// for the direct map behind it, and the initial image, whose files are mapped where they lie and so stay for ever.

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
  readonly taken!: FixedArray<Taken, 3>;
  /** Physical address of the next page behind the image for tables of the direct map. */
  nextTable: u64 = 0;
}

const memory = new BootMemory();

/**
 * Extends the direct map to all memory, and gives what is free to the frame allocator.
 * @param imageStart the initial image's physical address and size
 */
export function initializeMemory(map: Slice<MemoryMapEntry>, imageStart: u64, imageSize: u64): void {
  let end: u64 = 0;
  for (const entry of map) {
    if (entry.kind === MemoryKind.Usable) end = maximum(end, entry.address + entry.size);
  }
  memory.nextTable = addressOf(imageEnd) - KERNEL_IMAGE_BASE;
  extendDirectMap(end, allocateTable);

  memory.taken[0].end = LOW_END;
  memory.taken[1].start = IMAGE_START;
  memory.taken[1].end = memory.nextTable;
  memory.taken[2].start = imageStart & ~(PAGE - 1);
  memory.taken[2].end = (imageStart + imageSize + PAGE - 1) & ~(PAGE - 1);
  for (const entry of map) {
    if (entry.kind === MemoryKind.Usable) addFree(entry.address, entry.address + entry.size);
  }
  initializeFrames(memory.free.slice(0, memory.freeCount));
}

/** A zeroed page behind the image. The image ends below 2 MiB, so there is memory behind it on any machine that needs a table. */
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
    for (const taken of memory.taken) {
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
