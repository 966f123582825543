// The kernel's own mappings, from KERNEL_MAP_BASE on: registers of devices, and the stacks of threads.
//
//   0xffff_d000_0000_0000  devices, one after the other, never unmapped
//   0xffff_d080_0000_0000  stacks: slots of 32 KiB, each 16 KiB of nothing (the guard) and 16 KiB of stack
//
// A stack that runs over faults in its guard, and does not write into other memory. A freed stack waits, still mapped, for the next
// thread, which so starts without page tables, frames or flushes. Beyond FREE_STACKS of them the frames go back. The slot of
// such a stack is never used again: some processor may still have its translations, and nobody uses them. When all 64 slots of a page
// table are gone, so does the table. There are 16 million slots; when half of them are gone, stacks are kept.

import { isChecked } from "flavour";
import { pointer } from "unsafe";
import { KERNEL_STACK_SIZE } from "../arch/x86_64/context.ts";
import { forgetLocks } from "../arch/x86_64/lock_check.ts";
import { KERNEL_MAP_BASE, PageFlag, type PhysicalAddress } from "../arch/x86_64/paging.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { HUGE_PAGE_SIZE, PAGE_SIZE } from "./area.ts";
import { StaleRange } from "./flush.ts";
import { allocateFrame, freeFrame } from "./frames.ts";
import { memoryCounts } from "./memory_counts.ts";
import { frameOf, loadEntry, storeEntry } from "./page_entry.ts";
import {
  addDirectoryEntry,
  addPageEntry,
  directoryEntry,
  leaveEntry,
  pageEntry,
  removeKernelTable,
  useEntry,
} from "./page_table.ts";

const STACKS_BASE = 0xffff_d080_0000_0000;
const STACK_SLOT = 0x8000;
const STACK_PAGES = 4;
/** Free stacks that stay mapped: 4 MiB. */
const FREE_STACKS = 256;
/** Half of the slots. */
const LAST_UNMAPPED = 0xffff_d0c0_0000_0000;

class KernelMap {
  readonly lock = new SpinLock(LockOrder.KernelMap);
  devicesEnd: u64 = KERNEL_MAP_BASE;
  stacksEnd: u64 = STACKS_BASE;
  /** Top of the first free stack; the word below the top holds the next one's. 0 when there is none. */
  freeStack: u64 = 0;
  freeStacks: u64 = 0;
}

const map = new KernelMap();

/** Frames for one stack. */
class StackFrames {
  readonly frames!: FixedArray<u64, 4>;
}

/**
 * Maps `length` bytes of a device's registers, uncached.
 * @returns the address of the first byte; 0 when there is no memory for tables
 */
export function mapDevice(physical: PhysicalAddress, length: u64): u64 {
  using _ = map.lock.acquire();
  const offset = u64(physical) % PAGE_SIZE;
  const start = map.devicesEnd;
  let address = start;
  for (let page = u64(physical) - offset; page < u64(physical) + length; page += PAGE_SIZE) {
    const flags = u64(PageFlag.Present) | PageFlag.Writable | PageFlag.User | PageFlag.Uncached | PageFlag.NoExecute;
    if (!mapKernelPage(address, page | flags)) return 0;
    address += PAGE_SIZE;
  }
  map.devicesEnd = address;
  return start + offset;
}

/** A kernel stack: its top, a multiple of 32 KiB; 0 when there is no memory. Any context. */
export function allocateKernelStack(): u64 {
  using _ = map.lock.acquire();
  const top = map.freeStack;
  if (top !== 0) {
    // The word was written by freeKernelStack, and nobody has had the stack since.
    map.freeStack = pointer<u64>(top - 8)[0];
    map.freeStacks--;
    return top;
  }
  return addStack();
}

/** Gives a kernel stack back. Nobody may run on it any more. Any context. */
export function freeKernelStack(top: u64): void {
  const table = keepOrRemove(top);
  if (u64(table) === 0) return;
  // Processors keep entries of upper tables as well, and may walk from such a one without being asked to.
  const stale = new StaleRange();
  stale.include(top - KERNEL_STACK_SIZE, top);
  stale.flush();
  freeFrame(table);
}

/** Puts a stack on the free list, or unmaps it. @returns the frame of a page table that has become empty, or 0 */
function keepOrRemove(top: u64): PhysicalAddress {
  using _ = map.lock.acquire();
  if (map.freeStacks >= FREE_STACKS && map.stacksEnd < LAST_UNMAPPED) return removeStack(top);
  map.freeStacks++;
  // The stack is the free list's now.
  pointer<u64>(top - 8)[0] = map.freeStack;
  map.freeStack = top;
  return 0 as PhysicalAddress;
}

/** Unmaps a stack and gives its frames back. The lock is held. @returns as keepOrRemove */
function removeStack(top: u64): PhysicalAddress {
  const bottom = top - KERNEL_STACK_SIZE;
  const directory = directoryEntry(bottom);
  let left: u16 = 0;
  for (let address = bottom; address < top; address += PAGE_SIZE) {
    const place = pageEntry(directory, address);
    const frame = frameOf(loadEntry(place));
    storeEntry(place, 0);
    left = leaveEntry(place);
    freeFrame(frame);
  }
  memoryCounts.stacks.subtract(STACK_PAGES);
  // The slots that are still to come need the table.
  const tableEnd = (bottom & ~u64(HUGE_PAGE_SIZE - 1)) + HUGE_PAGE_SIZE;
  return left === 0 && map.stacksEnd >= tableEnd ? removeKernelTable(directory) : (0 as PhysicalAddress);
}

/** Maps a new stack. The lock is held. */
function addStack(): u64 {
  const memory = new StackFrames();
  const top = map.stacksEnd + STACK_SLOT;
  const bottom = top - KERNEL_STACK_SIZE;
  for (let i: u64 = 0; i < STACK_PAGES; i++) {
    const frame = allocateFrame();
    memory.frames[i] = u64(frame);
    if (u64(frame) === 0) return abandonStack(memory, i);
  }
  const flags =
    u64(PageFlag.Present) | PageFlag.Writable | PageFlag.User | PageFlag.Accessed | PageFlag.Dirty | PageFlag.NoExecute;
  for (let i: u64 = 0; i < STACK_PAGES; i++) {
    // The slot is taken up again by the next try: what is mapped already is then replaced, and was never used.
    if (!mapKernelPage(bottom + i * PAGE_SIZE, memory.frames[i] | flags)) return abandonStack(memory, STACK_PAGES);
  }
  if (isChecked()) forgetLocks(top);
  map.stacksEnd = top;
  memoryCounts.stacks.add(STACK_PAGES);
  return top;
}

/** Frees the frames of a stack that cannot be had. */
function abandonStack(memory: StackFrames, count: u64): u64 {
  for (let i: u64 = 0; i < count; i++) freeFrame(memory.frames[i] as PhysicalAddress);
  return 0;
}

function mapKernelPage(address: u64, entry: u64): boolean {
  const directory = addDirectoryEntry(address);
  if (directory === 0) return false;
  const place = addPageEntry(directory, address);
  if (place === 0) return false;
  if (loadEntry(place) === 0) useEntry(place);
  storeEntry(place, entry);
  return true;
}
