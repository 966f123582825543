// mprotect: a range gets other rights.
//
// As on Linux, the areas up to the first hole are changed, and then the hole is reported.

import { Errno } from "../lib/errno.ts";
import { announceChange, isAffordable, RemovedAreas, roundUp, space, splitOff } from "./address_space.ts";
import { type Area, AreaFlag, PAGE_SIZE, Protection } from "./area.ts";
import { StaleRange } from "./flush.ts";
import { mayBecomeData } from "./memory_limits.ts";
import { protectPages } from "./page_range.ts";
import { APPLICATION_END } from "./user_memory.ts";

/** Where the area that holds an address begins, if it grows downwards: what PROT_GROWSDOWN means. 0: it does not. */
export function growingStart(address: u64): u64 {
  using _ = space.lock.acquire();
  const area = space.areas.holding(address);
  return area === null || (area.flags & AreaFlag.GrowsDown) === 0 ? 0 : area.start;
}

/**
 * Gives [address, address + length) a protection (a union of Protection).
 * INVAL: the address begins no page. NOMEM: a part is not mapped, or no memory. ACCES: a shared file that is not open for writing.
 */
export function protectRange(address: u64, length: u64, protection: u32): Errno {
  if (address % PAGE_SIZE !== 0) return Errno.INVAL;
  if (length === 0) return Errno.NONE;
  if (length > APPLICATION_END || address > APPLICATION_END - roundUp(length)) return Errno.NOMEM;
  const end = address + roundUp(length);
  using removed = new RemovedAreas();
  using _ = space.mutation.acquire();
  let area = space.areas.holding(address);
  if (area === null) return Errno.NOMEM;
  let at = address;
  while (at < end) {
    if (area === null || area.start > at) return Errno.NOMEM;
    const stop = minimum(end, area.end);
    const error = protectArea(area, at, stop, protection, removed);
    if (error !== Errno.NONE) return error;
    at = stop;
    area = space.areas.endingAbove(at);
  }
  return Errno.NONE;
}

/** The same for the part [start, end) of one area, which may become one with its neighbours. The mutation lock is held. */
function protectArea(area: Area, start: u64, end: u64, protection: u32, removed: RemovedAreas): Errno {
  if (area.protection === protection) return Errno.NONE;
  if ((protection & Protection.Write) !== 0) {
    if ((area.flags & AreaFlag.WriteDenied) !== 0) return Errno.ACCES;
    if ((area.protection & Protection.Write) === 0) {
      if (!isAffordable(end - start, protection, area.flags) || !mayBecomeData(end - start, area.flags)) return Errno.NOMEM;
    }
  }
  announceChange(area, start, end);
  const part = isolate(area, start, end);
  if (part === null) return Errno.NOMEM;
  setProtection(part, protection);
  joinNeighbours(part, removed);
  const stale = new StaleRange();
  let at = start;
  while (at < end) {
    at = protectStep(at, end, protection, stale);
    stale.flush();
  }
  return Errno.NONE;
}

/** Makes [start, end), a part of an area, an area of its own. Null when there is no memory. The mutation lock is held. */
export function isolate(area: Area, start: u64, end: u64): Area | null {
  if (area.end > end && splitOff(area, end) === null) return null;
  return area.start < start ? splitOff(area, start) : area;
}

/** Joins an area with those around it, when they are alike. The mutation lock is held. */
export function joinNeighbours(area: Area, removed: RemovedAreas): void {
  using _ = space.lock.acquire();
  const next = area.next;
  if (next !== null && area.joins(next)) {
    space.areas.remove(next);
    removed.add(next);
    space.areas.resize(area, area.start, next.end);
  }
  const previous = area.previous;
  if (previous !== null && previous.joins(area)) {
    space.areas.remove(area);
    removed.add(area);
    space.areas.resize(previous, previous.start, area.end);
  }
}

function setProtection(area: Area, protection: u32): void {
  using _ = space.lock.acquire();
  area.protection = protection;
}

function protectStep(start: u64, end: u64, protection: u32, stale: StaleRange): u64 {
  using _ = space.lock.acquire();
  return protectPages(start, end, protection, stale);
}
