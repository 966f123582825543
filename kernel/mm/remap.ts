// mremap: an area becomes shorter or longer, where it is or elsewhere; its pages go with it and are not copied.

import { Errno } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";
import {
  APPLICATION_START,
  addArea,
  choosePlace,
  isAffordable,
  isFree,
  prefersHuge,
  RemovedAreas,
  removeAreas,
  removeRange,
  roundUp,
  space,
  zap,
} from "./address_space.ts";
import { Area, AreaFlag, PAGE_SIZE } from "./area.ts";
import { StaleRange } from "./flush.ts";
import { mayAdd } from "./memory_limits.ts";
import { movePages, prepareMove } from "./page_range.ts";
import { APPLICATION_END } from "./user_memory.ts";

/** How an area may be remapped: the flags of mremap(2). */
export const enum RemapFlag {
  MayMove = 1,
  /** To an address that is given, replacing what is there; needs MayMove. */
  Fixed = 2,
  /** Leaves the old range mapped, but empty; needs MayMove. */
  DontUnmap = 4,
}

const STEP = 0x400_0000;

/**
 * Changes the length of a mapping, or moves it.
 * @param address of the mapping, a multiple of 4,096
 * @param flags a union of RemapFlag
 * @param target where to, with RemapFlag.Fixed
 * @returns the new address; INVAL, FAULT (not all of it is mapped as one), NOMEM
 */
export function remapArea(address: u64, oldLength: u64, newLength: u64, flags: u32, target: u64): Result<u64> {
  if (address % PAGE_SIZE !== 0 || (flags & ~7) !== 0) return failure<u64>(Errno.INVAL);
  const mayMove = (flags & RemapFlag.MayMove) !== 0;
  const isFixed = (flags & RemapFlag.Fixed) !== 0;
  const keepsOld = (flags & RemapFlag.DontUnmap) !== 0;
  if ((isFixed || keepsOld) && !mayMove) return failure<u64>(Errno.INVAL);
  const from = roundUp(oldLength);
  const to = roundUp(newLength);
  if (keepsOld && from !== to) return failure<u64>(Errno.INVAL);
  if (to === 0 || newLength > APPLICATION_END || oldLength > APPLICATION_END) return failure<u64>(Errno.INVAL);
  if (isFixed) {
    if (target % PAGE_SIZE !== 0 || target > APPLICATION_END - to) return failure<u64>(Errno.INVAL);
    if (target < address + from && address < target + to) return failure<u64>(Errno.INVAL);
    if (target < APPLICATION_START) return failure<u64>(Errno.PERM);
  }
  using removed = new RemovedAreas();
  using _ = space.mutation.acquire();
  return remapLocked(address, from, to, flags, target, removed);
}

function remapLocked(address: u64, from: u64, to: u64, flags: u32, target: u64, removed: RemovedAreas): Result<u64> {
  const isFixed = (flags & RemapFlag.Fixed) !== 0;
  const keepsOld = (flags & RemapFlag.DontUnmap) !== 0;
  const area = space.areas.holding(address);
  if (area === null) return failure<u64>(Errno.FAULT);
  if (from === 0) return mapAgain(area, address, to, flags, target, removed);
  if (keepsOld && area.source !== null) return failure<u64>(Errno.INVAL);
  if (!isFixed && !keepsOld && to <= from) {
    if (to === from) return success(address);
    const error = removeRange(address + to, address + from, removed);
    return error === Errno.NONE ? success(address) : failure<u64>(error);
  }
  // Pages of several areas cannot move or grow together.
  if (from > area.end - address) return failure<u64>(Errno.FAULT);
  if (to > from) {
    if (!isAffordable(to - from, area.protection, area.flags)) return failure<u64>(Errno.NOMEM);
    if (!mayAdd(0, to - from, area.protection, area.flags, false)) return failure<u64>(Errno.NOMEM);
  }
  if (!isFixed && !keepsOld && address + from === area.end && growInPlace(area, address + to, removed)) return success(address);
  if ((flags & RemapFlag.MayMove) === 0) return failure<u64>(Errno.NOMEM);
  return move(area, address, from, to, flags, target, removed);
}

/** An old length of 0 asks for a second mapping of shared pages; private ones have none. */
function mapAgain(area: Area, address: u64, length: u64, flags: u32, target: u64, removed: RemovedAreas): Result<u64> {
  if ((area.flags & AreaFlag.Shared) === 0 || area.source === null) return failure<u64>(Errno.INVAL);
  if ((flags & RemapFlag.MayMove) === 0) return failure<u64>(Errno.NOMEM);
  if (!mayAdd(0, length, area.protection, area.flags, false)) return failure<u64>(Errno.NOMEM);
  const wanted = new Area();
  wanted.becomePart(area, address, address + PAGE_SIZE);
  let destination = target;
  if ((flags & RemapFlag.Fixed) !== 0) {
    const source = wanted.source;
    // The target may hold the only mapping of the pages.
    if (source !== null) source.retainSource();
    const error = removeRange(target, target + length, removed);
    const isThere = error === Errno.NONE && place(wanted, target, length, removed);
    if (source !== null) source.releaseSource();
    if (error !== Errno.NONE) return failure<u64>(error);
    return isThere ? success(target) : failure<u64>(Errno.NOMEM);
  }
  destination = choosePlace(0, length, false);
  if (destination === 0 || !place(wanted, destination, length, removed)) return failure<u64>(Errno.NOMEM);
  return success(destination);
}

function place(wanted: Area, at: u64, length: u64, removed: RemovedAreas): boolean {
  wanted.start = at;
  wanted.end = at + length;
  return addArea(wanted, removed);
}

/** Makes an area end further up, if nothing is there. */
function growInPlace(area: Area, end: u64, removed: RemovedAreas): boolean {
  if (end > APPLICATION_END || !isFree(area.end, end)) return false;
  const more = new Area();
  more.becomePart(area, area.start, area.end);
  if (area.source !== null) more.offset = area.offset + area.length();
  more.start = area.end;
  more.end = end;
  return addArea(more, removed);
}

function move(area: Area, address: u64, from: u64, to: u64, flags: u32, target: u64, removed: RemovedAreas): Result<u64> {
  const wanted = new Area();
  wanted.becomePart(area, address, address + from);
  let destination = target;
  if ((flags & RemapFlag.Fixed) !== 0) {
    const error = removeRange(target, target + to, removed);
    if (error !== Errno.NONE) return failure<u64>(error);
  } else {
    destination = choosePlace(0, to, prefersHuge(wanted));
    if (destination === 0) return failure<u64>(Errno.NOMEM);
  }
  const moved = minimum(from, to);
  if (!prepare(address, destination, moved)) return failure<u64>(Errno.NOMEM);
  const source = wanted.source;
  if (source !== null) source.retainSource();
  // While the areas are out of the tree nobody can add pages: faults wait for the end of this change.
  const error = removeAreas(address, address + from, removed);
  if (error !== Errno.NONE) {
    if (source !== null) source.releaseSource();
    zap(destination, destination + to, false);
    return failure<u64>(error);
  }
  movePagesInSteps(address, destination, moved);
  // The tables, and the pages that a shorter length leaves behind.
  zap(address, address + from, false);
  const isBack = (flags & RemapFlag.DontUnmap) === 0 || addArea(wanted, removed);
  wanted.start = destination;
  wanted.end = destination + to;
  const isThere = addArea(wanted, removed);
  if (source !== null) source.releaseSource();
  if (isThere && isBack) return success(destination);
  if (!isThere) zap(destination, destination + to, false);
  return failure<u64>(Errno.NOMEM);
}

function prepare(from: u64, to: u64, length: u64): boolean {
  using _ = space.lock.acquire();
  return prepareMove(from, to, length);
}

function movePagesInSteps(from: u64, to: u64, length: u64): void {
  const stale = new StaleRange();
  for (let done: u64 = 0; done < length; done += STEP) {
    moveStep(from + done, to + done, minimum(STEP, length - done), stale);
    stale.flush();
  }
}

function moveStep(from: u64, to: u64, length: u64, stale: StaleRange): void {
  using _ = space.lock.acquire();
  movePages(from, to, length, stale);
}
