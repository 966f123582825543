// The application's address space: its areas, and the page tables behind them.
//
//   mutation lock   one change of areas at a time; interrupts on          (mutation_lock.ts)
//   └─ lock         the tree and the page tables; a spin lock, short      (page faults take only this one)
//
// Who holds the mutation lock may read the tree without the other lock: only holders change it. Every change of the tree or
// of a page-table entry takes `lock`. Sources are released after all locks, since the last release may free a file.
// There is one address space and it lives for ever, so it is a module variable, not an object that is passed around.

import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { Area, AreaFlag, HUGE_PAGE_SIZE, PAGE_SIZE, Protection } from "./area.ts";
import { AreaTree } from "./area_tree.ts";
import { Gather } from "./flush.ts";
import { totalMemory } from "./frames.ts";
import { mayAdd } from "./memory_limits.ts";
import { MutationLock } from "./mutation_lock.ts";
import { zapRange } from "./page_range.ts";
import type { PageSource } from "./page_source.ts";
import { APPLICATION_END } from "./user_memory.ts";

/** Nothing is mapped below: a null pointer with an offset must fault. Linux's default of vm.mmap_min_addr. */
export const APPLICATION_START = 0x1_0000;
/**
 * Areas without an address of their own go below this one. The 2 GiB above it are for the stack, and for stubs that system-call
 * sites of libraries jump to (system_call_sites.ts): from there a jump reaches up to 1.2 GiB further.
 */
export const PLACEMENT_END = 0x7fff_7fff_f000;
/** Linux's default of vm.max_map_count. */
const MAXIMUM_AREAS = 65530;

export class AddressSpace {
  readonly mutation = new MutationLock();
  readonly lock = new SpinLock(LockOrder.AddressSpace);
  readonly areas = new AreaTree();
  /** Frames on their way out; guarded by the mutation lock. */
  readonly gather = new Gather();
  /** Bytes of all areas. */
  mappedBytes: u64 = 0;
  /** The most that there was when some were removed. */
  mostMappedBytes: u64 = 0;
}

export const space = new AddressSpace();

let codeHandler: Static<(start: u64, end: u64) => void> | null = null;

/**
 * Has `handler` called with the mutation lock held, before anything happens to executable areas in a range, while areas and
 * pages are still there.
 */
export function setCodeHandler(handler: Static<(start: u64, end: u64) => void>): void {
  codeHandler = handler;
}

/** Says that the code in [start, end), a whole area, is read as data: it must look as the program made it. No lock is held. */
export function keepCode(start: u64, end: u64): void {
  const handler = codeHandler;
  using _ = space.mutation.acquire();
  if (handler !== null) handler(start, end);
}

/** Says that something is about to happen to [start, end), a part of an area. The mutation lock is held. */
export function announceChange(area: Area, start: u64, end: u64): void {
  if ((area.protection & Protection.Execute) === 0) return;
  const handler = codeHandler;
  if (handler !== null) handler(start, end);
}

/** Areas that are out of the tree, until their sources can be released. */
export class RemovedAreas {
  private first: Area | null = null;

  add(area: Area): void {
    area.next = this.first;
    this.first = area;
  }

  /** Releases the sources and frees the areas. No lock is held. */
  [Symbol.dispose](): void {
    let area = this.first;
    while (area !== null) {
      const next = area.next;
      const source = area.source;
      if (source !== null) source.releaseSource();
      destroy(area);
      area = next;
    }
    this.first = null;
  }
}

/**
 * Adds an area.
 * @param address where (AreaFlag.Fixed: exactly there; else a wish; 0: no wish); a multiple of 4,096 when it is fixed
 * @param length in bytes, rounded up to pages
 * @param flags a union of AreaFlag
 * @param source where pages come from, retained here; null: zeros
 * @param offset of the area in its source, a multiple of 4,096
 * @returns the address; NOMEM, EXIST (FixedNoReplace), INVAL, PERM (below the lowest address)
 */
export function mapArea(
  address: u64,
  length: u64,
  protection: u32,
  flags: u32,
  source: PageSource | null,
  offset: u64,
): Result<u64> {
  if (length === 0) return failure<u64>(Errno.INVAL);
  if (length > APPLICATION_END) return failure<u64>(Errno.NOMEM);
  const wanted = new Area();
  wanted.protection = protection;
  wanted.flags = flags & AreaFlag.Kept;
  wanted.source = source;
  wanted.offset = offset;
  using removed = new RemovedAreas();
  using _ = space.mutation.acquire();
  return mapLocked(wanted, address, roundUp(length), flags, removed);
}

/** Removes whatever is mapped in [address, address + length). INVAL for an address that no page begins at, NOMEM. */
export function unmapRange(address: u64, length: u64): Errno {
  if (address % PAGE_SIZE !== 0 || length === 0 || length > APPLICATION_END || address > APPLICATION_END) return Errno.INVAL;
  const end = address + roundUp(length);
  if (end > APPLICATION_END) return Errno.INVAL;
  using removed = new RemovedAreas();
  using _ = space.mutation.acquire();
  return removeRange(address, end, removed);
}

/**
 * A source tells that pages `first` to `first + count` have moved to other frames, or are gone: nothing may map the old ones.
 * What lies beyond its length now is gone for private copies too, as after Linux's truncation.
 */
export function forgetSourcePages(source: PageSource, first: u64, count: u64): void {
  const length = source.sourceLength();
  using _ = space.mutation.acquire();
  for (let area = space.areas.first; area !== null; area = area.next) {
    if (area.source !== source) continue;
    const areaFirst = area.offset / PAGE_SIZE;
    const areaEnd = areaFirst + area.length() / PAGE_SIZE;
    const from = maximum(first, areaFirst);
    // The sum may wrap when everything from a page on is meant.
    const to = first + count < first ? areaEnd : minimum(first + count, areaEnd);
    if (from >= to) continue;
    const start = area.start + (from - areaFirst) * PAGE_SIZE;
    const end = area.start + (to - areaFirst) * PAGE_SIZE;
    const present = area.start + (roundUp(length) - minimum(roundUp(length), area.offset));
    const isPrivate = (area.flags & AreaFlag.Shared) === 0;
    zap(start, minimum(end, present), isPrivate);
    if (end > present) announceChange(area, maximum(start, present), end);
    zap(maximum(start, present), end, false);
  }
}

/** mapArea with the mutation lock held. */
function mapLocked(wanted: Area, address: u64, length: u64, flags: u32, removed: RemovedAreas): Result<u64> {
  if (!isAffordable(length, wanted.protection, wanted.flags)) return failure<u64>(Errno.NOMEM);
  const replaces = (flags & AreaFlag.Fixed) !== 0;
  if (!mayAdd(address, length, wanted.protection, wanted.flags, replaces)) return failure<u64>(Errno.NOMEM);
  let start = address;
  if ((flags & (AreaFlag.Fixed | AreaFlag.FixedNoReplace)) !== 0) {
    if (address % PAGE_SIZE !== 0) return failure<u64>(Errno.INVAL);
    if (address > APPLICATION_END - length) return failure<u64>(Errno.NOMEM);
    if (address < APPLICATION_START) return failure<u64>(Errno.PERM);
    if ((flags & AreaFlag.FixedNoReplace) !== 0) {
      if (!isFree(address, address + length)) return failure<u64>(Errno.EXIST);
    } else {
      const error = removeRange(address, address + length, removed);
      if (error !== Errno.NONE) return failure<u64>(error);
    }
  } else {
    start = (flags & AreaFlag.Low) !== 0 ? choosePlaceLow(length) : choosePlace(roundUp(address), length, prefersHuge(wanted));
    if (start === 0) return failure<u64>(Errno.NOMEM);
  }
  wanted.start = start;
  wanted.end = start + length;
  return addArea(wanted, removed) ? success(start) : failure<u64>(Errno.NOMEM);
}

/**
 * Puts an area into the tree, as part of its neighbours where they join. The description is copied, its source retained.
 * The mutation lock is held, nothing is mapped there. False when there is no memory.
 */
export function addArea(wanted: Area, removed: RemovedAreas): boolean {
  const areas = space.areas;
  const next = areas.endingAbove(wanted.start);
  const previous = next !== null ? next.previous : areas.last();
  const length = wanted.length();
  if (previous !== null && previous.joins(wanted)) {
    using _ = space.lock.acquire();
    space.mappedBytes += length;
    if (next !== null && wanted.joins(next)) {
      areas.remove(next);
      removed.add(next);
      areas.resize(previous, previous.start, next.end);
    } else {
      areas.resize(previous, previous.start, wanted.end);
    }
    return true;
  }
  if (next !== null && wanted.joins(next)) {
    using _ = space.lock.acquire();
    space.mappedBytes += length;
    next.offset = wanted.offset;
    areas.resize(next, wanted.start, next.end);
    return true;
  }
  if (areas.count >= MAXIMUM_AREAS) return false;
  const area = create(Area);
  if (area === null) return false;
  area.becomePart(wanted, wanted.start, wanted.end);
  const source = area.source;
  if (source !== null) source.retainSource();
  using _ = space.lock.acquire();
  space.mappedBytes += length;
  areas.insert(area);
  return true;
}

/** Removes areas and pages of [start, end). The mutation lock is held. NOMEM when an area would have to be split. */
export function removeRange(start: u64, end: u64, removed: RemovedAreas): Errno {
  const error = removeAreas(start, end, removed);
  if (error === Errno.NONE) zap(start, end, false);
  return error;
}

/** Removes areas, or parts of them, and leaves their pages to the caller. The mutation lock is held. */
export function removeAreas(start: u64, end: u64, removed: RemovedAreas): Errno {
  const areas = space.areas;
  let area = areas.endingAbove(start);
  if (area === null || area.start >= end) return Errno.NONE;
  for (let touched: Area | null = area; touched !== null && touched.start < end; touched = touched.next) {
    announceChange(touched, maximum(start, touched.start), minimum(end, touched.end));
  }
  if (area.start < start && area.end > end) {
    const rest = splitOff(area, end);
    if (rest === null) return Errno.NOMEM;
  }
  using _ = space.lock.acquire();
  space.mostMappedBytes = maximum(space.mostMappedBytes, space.mappedBytes);
  while (area !== null && area.start < end) {
    const next: Area | null = area.next;
    const areaEnd = area.end;
    if (area.start < start) {
      space.mappedBytes -= areaEnd - start;
      areas.resize(area, area.start, start);
    } else if (areaEnd > end) {
      space.mappedBytes -= end - area.start;
      if (area.source !== null) area.offset += end - area.start;
      areas.resize(area, end, areaEnd);
    } else {
      space.mappedBytes -= area.length();
      areas.remove(area);
      removed.add(area);
    }
    area = next;
  }
  return Errno.NONE;
}

/** Makes two areas of one, the second beginning at an address inside: gives the second, or null. The mutation lock is held. */
export function splitOff(area: Area, at: u64): Area | null {
  if (space.areas.count >= MAXIMUM_AREAS) return null;
  const rest = create(Area);
  if (rest === null) return null;
  rest.becomePart(area, at, area.end);
  const source = rest.source;
  if (source !== null) source.retainSource();
  using _ = space.lock.acquire();
  space.areas.resize(area, area.start, at);
  space.areas.insert(rest);
  return rest;
}

/** Takes the pages of [start, end) out and frees them, some hundred at a time. The mutation lock is held. */
export function zap(start: u64, end: u64, keepOwn: boolean): void {
  let address = start;
  while (address < end) {
    address = zapStep(address, end, keepOwn);
    space.gather.finish();
  }
}

function zapStep(start: u64, end: u64, keepOwn: boolean): u64 {
  using _ = space.lock.acquire();
  return zapRange(start, end, space.gather, keepOwn);
}

/** Whether no area lies in [start, end). The mutation lock is held. */
export function isFree(start: u64, end: u64): boolean {
  const area = space.areas.endingAbove(start);
  return area === null || area.start >= end;
}

/** Whether an area may have huge pages, and so is best placed at a multiple of 2 MiB. */
export function prefersHuge(area: Area): boolean {
  return area.source === null && (area.flags & AreaFlag.NoHuge) === 0 && area.protection !== Protection.None;
}

/** A free range between 1 and 2 GiB, where Linux puts MAP_32BIT; 0 when there is none. */
function choosePlaceLow(length: u64): u64 {
  return space.areas.highestFree(length, 0x4000_0000, 0x8000_0000);
}

/** A free range of `length` bytes: at a wish if it is free, else the highest one. 0 when there is none. The mutation lock is held. */
export function choosePlace(wish: u64, length: u64, huge: boolean): u64 {
  if (wish >= APPLICATION_START && wish <= APPLICATION_END - length && isFree(wish, wish + length)) return wish;
  if (huge && length >= HUGE_PAGE_SIZE) {
    // Aligned, so that huge pages fit.
    const found = space.areas.highestFree(length + HUGE_PAGE_SIZE - PAGE_SIZE, APPLICATION_START, PLACEMENT_END);
    if (found !== 0) return (found + HUGE_PAGE_SIZE - PAGE_SIZE) & ~(HUGE_PAGE_SIZE - 1);
  }
  return space.areas.highestFree(length, APPLICATION_START, PLACEMENT_END);
}

/** So much may be promised on any machine: the stack of a thread is 8 MiB, of which it touches a few pages. */
const ALWAYS_AFFORDABLE = 0x400_0000;

/**
 * Whether memory may be promised: as Linux's heuristic (vm.overcommit_memory = 0), which refuses only a single private writable
 * area that is larger than all memory.
 */
export function isAffordable(length: u64, protection: u32, flags: u32): boolean {
  if ((protection & Protection.Write) === 0 || (flags & (AreaFlag.NoReserve | AreaFlag.Shared)) !== 0) return true;
  return length <= maximum(totalMemory(), ALWAYS_AFFORDABLE);
}

/** @inline */
export function roundUp(length: u64): u64 {
  return (length + (PAGE_SIZE - 1)) & ~(PAGE_SIZE - 1);
}
