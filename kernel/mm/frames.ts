// Physical frames for the whole kernel: the buddy allocator (buddy.ts) behind a lock, and a small cache of single frames
// for each CPU in front of it.
//
//   allocateFrame ─▶ this CPU's cache ─▶ 16 at a time ─▶ buddy lists ─▶ untouched memory
//
// Invariants: a frame in a cache, or just allocated, has one reference; the last owner to release a frame frees it; frames
// that were never given to initializeFrames are never counted and never freed.
// A cache has a lock of its own, almost always free, so that a CPU without memory can take what others keep.
// Any context may call these functions, interrupt handlers included. Locks: a cache's, then the buddy's.

import { isChecked } from "flavour";
import { cpuCount, currentCpu, MAXIMUM_CPUS } from "../arch/x86_64/cpu.ts";
import { PHYSICAL_MAP_BASE, type PhysicalAddress, physicalToVirtual } from "../arch/x86_64/paging.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { Buddy, type FrameRange } from "./buddy.ts";
import type { Corruption } from "./corruption.ts";
import { FRAME_SHIFT, type Frame, FrameState } from "./frame_table.ts";
import { copyPage, zeroPage } from "./page_memory.ts";

export { FrameRange } from "./buddy.ts";
export { FRAME_SIZE } from "./frame_table.ts";

/** Frames in a block of 2 MiB are 2^this. */
export const HUGE_ORDER = 9;

const CACHE_CAPACITY = 64;
/** Frames that move between a cache and the buddy's lists at once: a block of this order, when there is one. */
const REFILL_ORDER = 4;
const CACHE_REFILL = 16;
/** From this many frames on (2 MiB), memory is short. */
const LITTLE_LEFT = 512;
/** Below this many frames (64 MiB) no memory is ever plenty. */
const PLENTY_TOTAL = 16384;

class FrameCache {
  readonly lock = new SpinLock();
  count: u32 = 0;
  readonly frames!: FixedArray<u32, 64>;
}

class FrameCaches {
  readonly of!: FixedArray<FrameCache, 64>;
}

const lock = new SpinLock(LockOrder.Frames);
const buddy = new Buddy();
const caches = new FrameCaches();

/** Gives the allocator the free RAM of the machine. Called once, by boot, before anything else of memory management. */
export function initializeFrames(ranges: Slice<FrameRange>): void {
  if (isChecked()) {
    for (const cache of caches.of) cache.lock.classify(LockOrder.FrameCache);
  }
  using _ = lock.acquire();
  buddy.initialize(ranges, PHYSICAL_MAP_BASE);
}

/** One frame with one reference, its content unknown; 0 when there is none. */
export function allocateFrame(): PhysicalAddress {
  const cache = ownCache();
  using _ = cache.lock.acquire();
  if (cache.count === 0 && !refill(cache)) return 0 as PhysicalAddress;
  cache.count--;
  const frame = frameAddress(u64(cache.frames[cache.count]));
  if (isChecked()) markUsed(frame);
  return frame;
}

/** One frame of zeros with one reference; 0 when there is none. */
export function allocateZeroedFrame(): PhysicalAddress {
  const frame = allocateFrame();
  if (u64(frame) !== 0) zeroFrame(frame);
  return frame;
}

/** 2^order frames (order 0 to 9), aligned to their size, content unknown, as one block with one reference; 0 when there is none. */
export function allocateFrames(order: u32): PhysicalAddress {
  using _ = lock.acquire();
  return frameAddress(buddy.allocate(order));
}

/** Frees a frame whose only owner is the caller. */
export function freeFrame(frame: PhysicalAddress): void {
  const cache = ownCache();
  using _ = cache.lock.acquire();
  if (isChecked()) markUnused(frame);
  if (cache.count === CACHE_CAPACITY) drain(cache, CACHE_REFILL);
  cache.frames[cache.count] = u32(frameNumberOf(frame));
  cache.count++;
}

/** Frees a block that allocateFrames gave, of the same order. */
export function freeFrames(frame: PhysicalAddress, order: u32): void {
  using _ = lock.acquire();
  buddy.free(frameNumberOf(frame), order);
}

/** `count` frames side by side (1 to 512), content unknown, with one reference for all; 0 when there are none. */
export function allocateFrameRun(count: u64): PhysicalAddress {
  using _ = lock.acquire();
  return frameAddress(buddy.allocateRun(count));
}

/** Frees what allocateFrameRun gave. */
export function freeFrameRun(frame: PhysicalAddress, count: u64): void {
  using _ = lock.acquire();
  buddy.freeRun(frameNumberOf(frame), count);
}

/** Makes 2^order single frames, each with one reference, of a block with one owner. */
export function splitFrames(frame: PhysicalAddress, order: u32): void {
  using _ = lock.acquire();
  buddy.split(frameNumberOf(frame), order);
}

/** Adds an owner to a frame that the caller owns or that cannot go meanwhile. */
export function retainFrame(frame: PhysicalAddress): void {
  const entry = counted(frame);
  if (entry !== null) entry.references.add(1);
}

/** Whether a frame has owners that are counted, so that it may be freed. */
export function isCounted(frame: PhysicalAddress): boolean {
  return counted(frame) !== null;
}

/** Takes an owner from a frame; the last one frees it. */
export function releaseFrame(frame: PhysicalAddress): void {
  const entry = counted(frame);
  if (entry === null) return;
  // A sole owner cannot be joined by another one: the count stays 1, as it must be in a cache.
  if (entry.references.load() !== 1) {
    if (entry.references.subtract(1) !== 1) return;
    entry.references.store(1);
  }
  freeFrame(frame);
}

/** The table's entry for a frame, for those who keep pages of their own kind (heap.ts); null when it is not managed. */
export function frameEntry(frame: PhysicalAddress): Frame | null {
  return buddy.table.find(frameNumberOf(frame));
}

/** Fills a frame with zeros. */
export function zeroFrame(frame: PhysicalAddress): void {
  zeroPage(physicalToVirtual(frame), 1);
}

/** Fills 2^order frames with zeros. */
export function zeroFrames(frame: PhysicalAddress, order: u32): void {
  zeroPage(physicalToVirtual(frame), u64(1) << order);
}

/** Copies the content of a frame. */
export function copyFrame(to: PhysicalAddress, from: PhysicalAddress): void {
  copyPage(physicalToVirtual(to), physicalToVirtual(from));
}

/** Bytes of memory that nobody uses; frames in the caches of CPUs count as free. */
export function freeMemory(): u64 {
  let frames: u64 = 0;
  for (let i: u32 = 0; i < cpuCount(); i++) frames += u64(caches.of[i].count);
  return (frames + buddy.freeFrames + buddy.untouchedFrames) << FRAME_SHIFT;
}

/** Bytes of memory that initializeFrames was given. */
export function totalMemory(): u64 {
  return buddy.totalFrames << FRAME_SHIFT;
}

/**
 * The cache of this CPU; of another one when the thread has just moved, which the lock makes harmless.
 * @inline
 */
function ownCache(): FrameCache {
  return caches.of[currentCpu().index % MAXIMUM_CPUS];
}

/**
 * Whether less than one part in so many of the memory is free, and less than so many frames: who can do without leaves the rest to others.
 * An old answer will do: no lock.
 */
export function memoryIsBelow(parts: u64, frames: u64): boolean {
  const free = buddy.freeFrames + buddy.untouchedFrames;
  return free < frames && free * parts < buddy.totalFrames;
}

/** Whether so much memory is free that 2 MiB may be spent where 4 KiB were asked for. An old answer will do: no lock. */
export function memoryIsPlenty(): boolean {
  return buddy.totalFrames >= PLENTY_TOTAL && (buddy.freeFrames + buddy.untouchedFrames) * 4 > buddy.totalFrames;
}

/** @inline */
function frameAddress(frameNumber: u64): PhysicalAddress {
  return (frameNumber << FRAME_SHIFT) as PhysicalAddress;
}

/** @inline */
function frameNumberOf(frame: PhysicalAddress): u64 {
  return u64(frame) >> FRAME_SHIFT;
}

/** @inline */
function counted(frame: PhysicalAddress): Frame | null {
  const entry = buddy.table.find(frameNumberOf(frame));
  return entry !== null && entry.state === FrameState.Allocated ? entry : null;
}

/** Brings frames into a cache that is empty and locked; false when no memory is left anywhere. */
function refill(cache: FrameCache): boolean {
  using _ = lock.acquire();
  // With little memory left, one at a time: what one CPU keeps, another cannot use.
  const order: u32 = buddy.freeFrames + buddy.untouchedFrames > LITTLE_LEFT ? REFILL_ORDER : 0;
  let frameNumber = buddy.allocate(order);
  if (frameNumber !== 0) {
    buddy.split(frameNumber, order);
    const count = u32(1) << order;
    // The last one is taken first.
    for (let i: u32 = 0; i < count; i++) cache.frames[count - 1 - i] = u32(frameNumber) + i;
    if (isChecked()) for (let i: u32 = 0; i < count; i++) markUnused(frameAddress(frameNumber + u64(i)));
    cache.count = count;
    return true;
  }
  frameNumber = order === 0 ? 0 : buddy.allocate(0);
  if (frameNumber === 0) return steal(cache);
  cache.frames[0] = u32(frameNumber);
  cache.count = 1;
  if (isChecked()) markUnused(frameAddress(frameNumber));
  return true;
}

/** Takes one frame from any other CPU's cache. A cache that is busy is passed over: no two caches are ever waited for. */
function steal(cache: FrameCache): boolean {
  for (let i: u32 = 0; i < cpuCount(); i++) {
    const other = caches.of[i % MAXIMUM_CPUS];
    if (other === cache || !other.lock.tryAcquire()) continue;
    if (other.count !== 0) {
      other.count--;
      cache.frames[0] = other.frames[other.count];
      cache.count = 1;
    }
    other.lock.release();
    if (cache.count !== 0) return true;
  }
  return false;
}

/** In the checked build a frame in a cache has no owner, so that one that is freed twice is found. */
function markUnused(frame: PhysicalAddress): void {
  const entry = buddy.table.at(frameNumberOf(frame));
  if (entry.state !== FrameState.Allocated) panic(`frame ${hex(frameNumberOf(frame))} is freed and is not allocated`);
  if (entry.references.exchange(0) !== 1) panic(`frame ${hex(frameNumberOf(frame))} is freed twice, or has another owner`);
}

function markUsed(frame: PhysicalAddress): void {
  const entry = buddy.table.at(frameNumberOf(frame));
  if (entry.references.exchange(1) !== 0) panic(`frame ${hex(frameNumberOf(frame))} is free and was given an owner`);
}

/** Walks the free lists, the table and all caches. @returns false when something is wrong, which is noted */
export function verifyFrames(corruption: Corruption): boolean {
  for (let i: u32 = 0; i < cpuCount(); i++) {
    const cache = caches.of[i % MAXIMUM_CPUS];
    using _ = cache.lock.acquire();
    for (let j: u32 = 0; j < cache.count; j++) {
      const entry = buddy.table.find(u64(cache.frames[j]));
      const isAllocated = entry !== null && entry.state === FrameState.Allocated;
      if (!isAllocated) return corruption.note("a frame in a CPU's cache is not allocated", u64(cache.frames[j]));
      for (let k: u32 = 0; k < j; k++) {
        if (cache.frames[k] === cache.frames[j]) return corruption.note("a frame is free twice", u64(cache.frames[j]));
      }
    }
  }
  using _ = lock.acquire();
  return buddy.verify(corruption);
}

/** Gives frames of a locked cache back to the lists, the ones that came first. */
function drain(cache: FrameCache, count: u32): void {
  using _ = lock.acquire();
  for (let i: u32 = 0; i < count; i++) buddy.free(u64(cache.frames[i]), 0);
  for (let i: u32 = count; i < cache.count; i++) cache.frames[i - count] = cache.frames[i];
  cache.count -= count;
}
