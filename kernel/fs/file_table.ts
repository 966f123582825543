// Descriptors: small numbers for open files. There is one table, as there is one process, and all threads share it.
//
// Each slot is one word: the address of the OpenFile, with bit 0 for close-on-exec. Slots lie in blocks that are added as
// needed and never freed, so a lookup is two loads, an increment, and a second look at the slot:
//
//   1. read the slot  2. raise the open file's references, unless they are zero  3. read the slot again
//
// If both reads agree, the open file was in the table while its count was raised, and stays while it is used. Its memory
// never becomes anything else (open_file.ts), so step 2 is safe whatever happened since step 1.
// Changes take a spin lock. The lowest free descriptor is found by a bitmap in each block.

import { addressOf, objectAt } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { failure, type Result, success } from "../lib/result.ts";
import type { OpenFile } from "./open_file.ts";

const BLOCK_SHIFT = 9;
const BLOCK_SIZE = 512;
const BLOCK_COUNT = 2048;
const CLOSE_ON_EXEC = 1;

/** No descriptor is ever this high (Linux's fs.nr_open). */
export const DESCRIPTORS_MAX = 1048576;

class Block {
  readonly slots!: FixedArray<Atomic<u64>, 512>;
  /** A bit is set where the slot is taken, or promised to an open that is under way. */
  readonly taken!: FixedArray<u64, 8>;
}

class Blocks {
  readonly of!: FixedArray<Ref<Block> | null, 2048>;
}

const lock = new SpinLock(LockOrder.Descriptors);
const blocks = new Blocks();
/** No descriptor below this one is free. */
let lowestFree: u32 = 0;

function slotOf(descriptor: u32): Atomic<u64> | null {
  if (descriptor >= DESCRIPTORS_MAX) return null;
  const block = blocks.of[descriptor >> BLOCK_SHIFT];
  return block === null ? null : block.slots[descriptor % BLOCK_SIZE];
}

/** The open file of a descriptor, with a reference for the caller; null: EBADF. Any context that may sleep later. */
export function acquireFile(descriptor: u32): OpenFile | null {
  const slot = slotOf(descriptor);
  if (slot === null) return null;
  for (;;) {
    const value = slot.load();
    if (value === 0) return null;
    // Safe: what a slot holds is an OpenFile, now or freed, and its memory stays one.
    const open = objectAt<OpenFile>(value & ~u64(CLOSE_ON_EXEC));
    const references = open.references.loadRelaxed();
    if (references === 0 || !open.references.compareExchange(references, references + 1)) continue;
    if (((slot.load() ^ value) & ~u64(CLOSE_ON_EXEC)) === 0) return open;
    open.release();
  }
}

/**
 * The same as {@link acquireFile}, in place, for the calls whose every instruction counts.
 * @inline
 */
export function acquireFileInPlace(descriptor: u32): OpenFile | null {
  const block = descriptor < DESCRIPTORS_MAX ? blocks.of[descriptor >> BLOCK_SHIFT] : null;
  if (block === null) return null;
  const slot = block.slots[descriptor % BLOCK_SIZE];
  const value = slot.load();
  if (value === 0) return null;
  const open = objectAt<OpenFile>(value & ~u64(CLOSE_ON_EXEC));
  const references = open.references.loadRelaxed();
  if (references === 0 || !open.references.compareExchange(references, references + 1)) return acquireFile(descriptor);
  if (((slot.load() ^ value) & ~u64(CLOSE_ON_EXEC)) === 0) return open;
  open.release();
  return acquireFile(descriptor);
}

/**
 * Promises the lowest free descriptor that is not below `from`, for {@link installFile}.
 * @param limit the soft limit of RLIMIT_NOFILE: no descriptor is given out at or above it
 * @returns MFILE when there is none below the limit, NOMEM when the table cannot grow
 */
export function reserveDescriptor(from: u32, limit: u64): Result<u32> {
  for (;;) {
    const descriptor = tryReserve(from, minimum(limit, DESCRIPTORS_MAX));
    if (descriptor.ok || descriptor.error !== Errno.NOMEM) return descriptor;
    // A block is missing: make one without the lock, and look again.
    const block = create(Block);
    if (block === null) return failure<u32>(Errno.NOMEM);
    addBlock(block, from);
  }
}

function tryReserve(from: u32, limit: u64): Result<u32> {
  using _ = lock.acquire();
  let descriptor = maximum(from, lowestFree);
  while (u64(descriptor) < limit) {
    const block = blocks.of[descriptor >> BLOCK_SHIFT];
    if (block === null) return failure<u32>(Errno.NOMEM);
    const index = descriptor % BLOCK_SIZE;
    const free = ~block.taken[index / 64] >> (index % 64);
    if (free === 0) {
      descriptor = (descriptor & ~u32(63)) + 64;
      continue;
    }
    descriptor += countTrailingZeros(free);
    if (u64(descriptor) >= limit) break;
    block.taken[(descriptor % BLOCK_SIZE) / 64] |= u64(1) << (descriptor % 64);
    if (from <= lowestFree) lowestFree = descriptor + 1;
    return success(descriptor);
  }
  return failure<u32>(Errno.MFILE);
}

/** Puts a block at the first gap at or after a descriptor. */
function addBlock(block: Block, from: u32): void {
  let spare: Block | null = block;
  {
    using _ = lock.acquire();
    let index = from >> BLOCK_SHIFT;
    while (index < BLOCK_COUNT && blocks.of[index] !== null) index++;
    if (index < BLOCK_COUNT) {
      blocks.of[index] = block;
      spare = null;
    }
  }
  if (spare !== null) destroy(spare);
}

/** Puts an open file behind a promised descriptor. The caller's reference becomes the table's. */
export function installFile(descriptor: u32, open: OpenFile, closeOnExec: boolean): void {
  slotOf(descriptor)!.store(addressOf(open) | (closeOnExec ? CLOSE_ON_EXEC : 0));
}

/** Gives a promised descriptor back, unused. */
export function cancelDescriptor(descriptor: u32): void {
  using _ = lock.acquire();
  markFree(descriptor);
}

/** The lock is held. */
function markFree(descriptor: u32): void {
  const block = blocks.of[descriptor >> BLOCK_SHIFT]!;
  block.taken[(descriptor % BLOCK_SIZE) / 64] &= ~(u64(1) << (descriptor % 64));
  if (descriptor < lowestFree) lowestFree = descriptor;
}

/** Takes a descriptor out of the table. @returns its open file, with the table's reference; null: EBADF */
export function removeFile(descriptor: u32): OpenFile | null {
  const slot = slotOf(descriptor);
  if (slot === null) return null;
  using _ = lock.acquire();
  const value = slot.exchange(0);
  if (value === 0) return null;
  markFree(descriptor);
  return objectAt<OpenFile>(value & ~u64(CLOSE_ON_EXEC));
}

/**
 * Puts an open file behind this very descriptor, whatever was there (dup2). The caller's reference becomes the table's.
 * @returns what was there before, with a reference; BUSY when an open is about to take this descriptor; BADF beyond the limit
 */
export function replaceFile(descriptor: u32, open: OpenFile, closeOnExec: boolean, limit: u64): Result<Replaced> {
  if (u64(descriptor) >= minimum(limit, DESCRIPTORS_MAX)) return failure<Replaced>(Errno.BADF);
  while (slotOf(descriptor) === null) {
    const missing = create(Block);
    if (missing === null) return failure<Replaced>(Errno.NOMEM);
    addBlockAt(missing, descriptor >> BLOCK_SHIFT);
  }
  const slot = slotOf(descriptor)!;
  using _ = lock.acquire();
  const block = blocks.of[descriptor >> BLOCK_SHIFT]!;
  const bit = u64(1) << (descriptor % 64);
  const word = (descriptor % BLOCK_SIZE) / 64;
  const before = slot.load();
  if (before === 0 && (block.taken[word] & bit) !== 0) return failure<Replaced>(Errno.BUSY);
  block.taken[word] |= bit;
  slot.store(addressOf(open) | (closeOnExec ? CLOSE_ON_EXEC : 0));
  return success({ address: before & ~u64(CLOSE_ON_EXEC) });
}

/** What {@link replaceFile} found: the address of an OpenFile, or 0. */
export type Replaced = { readonly address: u64 };

function addBlockAt(block: Block, index: u32): void {
  let spare: Block | null = block;
  {
    using _ = lock.acquire();
    if (blocks.of[index] === null) {
      blocks.of[index] = block;
      spare = null;
    }
  }
  if (spare !== null) destroy(spare);
}

/** Whether close-on-exec is set; the descriptor is open. */
export function closesOnExec(descriptor: u32): boolean {
  const slot = slotOf(descriptor);
  return slot !== null && (slot.load() & CLOSE_ON_EXEC) !== 0;
}

/** Sets or clears close-on-exec. @returns false when the descriptor is not open */
export function setCloseOnExec(descriptor: u32, closeOnExec: boolean): boolean {
  const slot = slotOf(descriptor);
  if (slot === null) return false;
  using _ = lock.acquire();
  const value = slot.load();
  if (value === 0) return false;
  slot.store((value & ~u64(CLOSE_ON_EXEC)) | (closeOnExec ? CLOSE_ON_EXEC : 0));
  return true;
}

/** The first open descriptor at or after one; DESCRIPTORS_MAX when there is none. */
export function nextOpenDescriptor(from: u32): u32 {
  let descriptor = from;
  while (descriptor < DESCRIPTORS_MAX) {
    const block = blocks.of[descriptor >> BLOCK_SHIFT];
    if (block === null) {
      descriptor = ((descriptor >> BLOCK_SHIFT) + 1) << BLOCK_SHIFT;
      continue;
    }
    if (block.slots[descriptor % BLOCK_SIZE].load() !== 0) return descriptor;
    descriptor++;
  }
  return DESCRIPTORS_MAX;
}
