// madvise, and what else is said of a range that is mapped already: huge pages or none, locked, populated, which pages are there.

import { Errno } from "../lib/errno.ts";
import { announceChange, RemovedAreas, space, zap } from "./address_space.ts";
import { type Area, AreaFlag, PAGE_SIZE, Protection } from "./area.ts";
import { FaultReason, resolveFault } from "./fault.ts";
import { releaseFrame } from "./frames.ts";
import { PagePurpose, type PageSource } from "./page_source.ts";
import { leafFor } from "./page_table.ts";
import { isolate, joinNeighbours } from "./protect.ts";

/** Whether areas cover all of [start, end). The answer is that of now. */
export function isMapped(start: u64, end: u64): boolean {
  using _ = space.lock.acquire();
  let at = start;
  while (at < end) {
    const area = space.areas.holding(at);
    if (area === null) return false;
    at = area.end;
  }
  return true;
}

/**
 * Throws the pages of [start, end) away: private memory shows zeros (or its file) when it is touched again, shared memory its file.
 * INVAL for locked memory (unless it is forced), NOMEM for a hole, which does not keep the rest from going.
 */
export function discardRange(start: u64, end: u64, isForced: boolean): Errno {
  using _ = space.mutation.acquire();
  let error: Errno = Errno.NONE;
  let at = start;
  while (at < end) {
    const area = space.areas.endingAbove(at);
    if (area === null || area.start >= end) return Errno.NOMEM;
    if (area.start > at) error = Errno.NOMEM;
    if ((area.flags & AreaFlag.Locked) !== 0 && !isForced) return Errno.INVAL;
    const from = maximum(at, area.start);
    at = minimum(end, area.end);
    announceChange(area, from, at);
    zap(from, at, false);
  }
  return error;
}

/**
 * Frees the content of files behind the shared mappings of [start, end). INVAL for memory that has no file or is locked, ACCES for
 * mappings that are private or may never be written, NOMEM for a hole.
 */
export function removeContent(start: u64, end: u64): Errno {
  let at = start;
  while (at < end) {
    using piece = new SharedPiece();
    const error = piece.find(at, end);
    if (error !== Errno.NONE) return error;
    const punched = piece.source!.punchSource(piece.offset, piece.end - at);
    if (punched !== Errno.NONE) return punched;
    at = piece.end;
  }
  return Errno.NONE;
}

/** A part of a range that one shared file is mapped in; holds a reference to the file. */
class SharedPiece {
  source: PageSource | null = null;
  offset: u64 = 0;
  end: u64 = 0;

  find(start: u64, end: u64): Errno {
    using _ = space.lock.acquire();
    const area = space.areas.holding(start);
    if (area === null) return Errno.NOMEM;
    const source = area.source;
    if (source === null || (area.flags & AreaFlag.Locked) !== 0) return Errno.INVAL;
    if ((area.flags & AreaFlag.Shared) === 0 || (area.flags & AreaFlag.WriteDenied) !== 0) return Errno.ACCES;
    source.retainSource();
    this.source = source;
    this.offset = area.offset + (start - area.start);
    this.end = minimum(end, area.end);
    return Errno.NONE;
  }

  [Symbol.dispose](): void {
    const source = this.source;
    if (source !== null) source.releaseSource();
  }
}

/** Whether all areas of [start, end) are private memory without a file: INVAL when not, NOMEM for a hole at the start. */
export function checkAnonymous(start: u64, end: u64): Errno {
  using _ = space.lock.acquire();
  let area = space.areas.endingAbove(start);
  if (area === null || area.start >= end) return Errno.NOMEM;
  while (area !== null && area.start < end) {
    if (area.source !== null || (area.flags & AreaFlag.Shared) !== 0) return Errno.INVAL;
    area = area.next;
  }
  return Errno.NONE;
}

/** Whether a part of [start, end) is locked. */
export function isAnyLocked(start: u64, end: u64): boolean {
  using _ = space.lock.acquire();
  let area = space.areas.endingAbove(start);
  while (area !== null && area.start < end) {
    if ((area.flags & AreaFlag.Locked) !== 0) return true;
    area = area.next;
  }
  return false;
}

/** Bytes of locked areas. */
export function lockedBytes(): u64 {
  using _ = space.mutation.acquire();
  let bytes: u64 = 0;
  for (let area = space.areas.first; area !== null; area = area.next) {
    if ((area.flags & AreaFlag.Locked) !== 0) bytes += area.length();
  }
  return bytes;
}

/** Sets and clears AreaFlags of what is mapped in [start, end). NOMEM for a hole, after all else is done, or for want of memory. */
export function flagRange(start: u64, end: u64, set: u32, clear: u32): Errno {
  using removed = new RemovedAreas();
  using _ = space.mutation.acquire();
  let error: Errno = Errno.NONE;
  let at = start;
  while (at < end) {
    const area = space.areas.endingAbove(at);
    if (area === null || area.start >= end) return Errno.NOMEM;
    if (area.start > at) error = Errno.NOMEM;
    const from = maximum(at, area.start);
    at = minimum(end, area.end);
    if (((area.flags & ~clear) | set) === area.flags) continue;
    const part = isolate(area, from, at);
    if (part === null) return Errno.NOMEM;
    setFlags(part, (part.flags & ~clear) | set);
    joinNeighbours(part, removed);
  }
  return error;
}

/** Sets and clears AreaFlags of all areas. */
export function flagEverything(set: u32, clear: u32): void {
  using _ = space.mutation.acquire();
  for (let area = space.areas.first; area !== null; area = area.next) setFlags(area, (area.flags & ~clear) | set);
}

/**
 * Touches every page of [start, end) as its area allows: written where it is private and writable, else read.
 * NotMapped at a hole; other reasons as for a fault. The range may change meanwhile.
 */
export function populateRange(start: u64, end: u64, skipsHidden: boolean = true): FaultReason {
  for (let at = start; at < end; at += PAGE_SIZE) {
    const protection = protectionAt(at);
    if (protection === Protection.None) {
      if (skipsHidden) continue;
      return FaultReason.Protection;
    }
    const access = accessFor(protection);
    const reason = resolveFault(at, access);
    if (reason !== FaultReason.None) return reason;
  }
  return FaultReason.None;
}

/** How memory is touched for the sake of having it. Code is not read: a read would say that the program looks at it (fault.ts). */
function accessFor(protection: u32): u32 {
  if ((protection & Protection.Write) !== 0) return u32(Protection.Write);
  return u32((protection & Protection.Execute) !== 0 ? Protection.Execute : Protection.Read);
}

/** Touches every page of [start, end) with one kind of access. */
export function touchRange(start: u64, end: u64, access: u32): FaultReason {
  for (let at = start; at < end; at += PAGE_SIZE) {
    const reason = resolveFault(at, access);
    if (reason !== FaultReason.None) return reason;
  }
  return FaultReason.None;
}

/** Whether the page at an address could be read without bringing it in. The address is mapped; the answer is that of now. */
export function isResident(address: u64): boolean {
  using sight = new Sight();
  if (sight.look(address)) return true;
  const source = sight.source;
  if (source === null) return false;
  const frame = source.pageAt(sight.page, PagePurpose.IfPresent);
  if (u64(frame) === 0) return false;
  releaseFrame(frame);
  return true;
}

/** What isResident sees under the lock: the source to ask without it. */
class Sight {
  source: PageSource | null = null;
  page: u64 = 0;

  /** Whether the page tables have the page. */
  look(address: u64): boolean {
    using _ = space.lock.acquire();
    if (leafFor(address) !== 0) return true;
    const area = space.areas.holding(address);
    if (area === null) return false;
    const source = area.source;
    if (source === null) return false;
    source.retainSource();
    this.source = source;
    this.page = (area.offset + (address - area.start)) / PAGE_SIZE;
    return false;
  }

  [Symbol.dispose](): void {
    const source = this.source;
    if (source !== null) source.releaseSource();
  }
}

/** The protection of the area at an address; an access that no area allows fails by itself. */
function protectionAt(address: u64): u32 {
  using _ = space.lock.acquire();
  const area = space.areas.holding(address);
  return area === null ? u32(Protection.Read) : area.protection;
}

function setFlags(area: Area, flags: u32): void {
  using _ = space.lock.acquire();
  area.flags = flags;
}
