// madvise, mincore, msync, and the mlock family.
// Linux 6.1: mm/madvise.c, mm/mincore.c, mm/msync.c, mm/mlock.c; include/uapi/asm-generic/mman-common.h.
//
// Nothing is ever paged out and files are memory, so locking changes nothing but what /proc tells, and msync has nothing to write.

import { Errno, errorCode } from "../lib/errno.ts";
import { roundUp } from "../mm/address_space.ts";
import {
  checkAnonymous,
  discardRange,
  flagEverything,
  flagRange,
  isAnyLocked,
  isMapped,
  isResident,
  populateRange,
  removeContent,
  touchRange,
} from "../mm/advice.ts";
import { AreaFlag, PAGE_SIZE, Protection } from "../mm/area.ts";
import { FaultReason } from "../mm/fault.ts";
import { APPLICATION_END, type UserPointer, writeUser8 } from "../mm/user_memory.ts";

/** The advice of madvise(2). */
const enum Advice {
  Normal = 0,
  Random = 1,
  Sequential = 2,
  WillNeed = 3,
  DontNeed = 4,
  Free = 8,
  Remove = 9,
  DontFork = 10,
  DoFork = 11,
  Mergeable = 12,
  Unmergeable = 13,
  HugePage = 14,
  NoHugePage = 15,
  DontDump = 16,
  DoDump = 17,
  WipeOnFork = 18,
  KeepOnFork = 19,
  Cold = 20,
  PageOut = 21,
  PopulateRead = 22,
  PopulateWrite = 23,
  DontNeedLocked = 24,
  Collapse = 25,
}

const MS_ASYNC = 1;
const MS_INVALIDATE = 2;
const MS_SYNC = 4;

const MLOCK_ONFAULT = 1;
const MCL_CURRENT = 1;
const MCL_FUTURE = 2;
const MCL_ONFAULT = 4;
const MCL_ALL = 7;

/** madvise(2) */
export function sysMadvise(address: u64, length: u64, advice: u64): i64 {
  const kind = u32(advice);
  if (kind > Advice.Collapse || (kind > Advice.DontNeed && kind < Advice.Free)) return errorCode(Errno.INVAL);
  if (address % PAGE_SIZE !== 0) return errorCode(Errno.INVAL);
  const rounded = roundUp(length);
  const end = address + rounded;
  if ((length !== 0 && rounded === 0) || end < address) return errorCode(Errno.INVAL);
  if (end === address) return 0;
  return errorCode(advise(address, end, kind));
}

function advise(start: u64, end: u64, advice: u32): Errno {
  switch (advice) {
    case Advice.DontNeed:
      return discardRange(start, end, false);
    case Advice.DontNeedLocked:
      return discardRange(start, end, true);
    case Advice.Free: {
      const error = checkAnonymous(start, end);
      return error === Errno.NONE ? discardRange(start, end, false) : error;
    }
    case Advice.WipeOnFork:
      return checkAnonymous(start, end);
    case Advice.Remove:
      return removeContent(start, end);
    case Advice.HugePage:
      return flagRange(start, end, AreaFlag.Huge, AreaFlag.NoHuge);
    case Advice.NoHugePage:
      return flagRange(start, end, AreaFlag.NoHuge, AreaFlag.Huge);
    case Advice.PopulateRead:
      return populated(touchRange(start, end, u32(Protection.Read)));
    case Advice.PopulateWrite:
      return populated(touchRange(start, end, u32(Protection.Write)));
    case Advice.Collapse:
      // Pages that are there are not copied together.
      return Errno.INVAL;
    default:
      // A hint that changes nothing here, or about fork and core files, which do not exist.
      return isMapped(start, end) ? Errno.NONE : Errno.NOMEM;
  }
}

/** The errors of MADV_POPULATE_READ and MADV_POPULATE_WRITE. */
function populated(reason: FaultReason): Errno {
  switch (reason) {
    case FaultReason.None:
      return Errno.NONE;
    case FaultReason.Protection:
      return Errno.INVAL;
    case FaultReason.BeyondEnd:
      return Errno.FAULT;
    default:
      return Errno.NOMEM;
  }
}

/** mincore(2) */
export function sysMincore(address: u64, length: u64, vector: u64): i64 {
  if (address % PAGE_SIZE !== 0) return errorCode(Errno.INVAL);
  if (length > APPLICATION_END || address > APPLICATION_END - length) return errorCode(Errno.NOMEM);
  const pages = roundUp(length) / PAGE_SIZE;
  if (vector > APPLICATION_END - pages) return errorCode(Errno.FAULT);
  for (let page: u64 = 0; page < pages; page++) {
    const place = address + page * PAGE_SIZE;
    if (!isMapped(place, place + PAGE_SIZE)) return errorCode(Errno.NOMEM);
    const error = writeUser8((vector + page) as UserPointer, isResident(place) ? 1 : 0);
    if (error !== Errno.NONE) return errorCode(error);
  }
  return 0;
}

/** msync(2) */
export function sysMsync(address: u64, length: u64, flagBits: u64): i64 {
  const flags = u32(flagBits);
  if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0 || address % PAGE_SIZE !== 0) return errorCode(Errno.INVAL);
  if ((flags & (MS_ASYNC | MS_SYNC)) === (MS_ASYNC | MS_SYNC)) return errorCode(Errno.INVAL);
  const end = address + roundUp(length);
  if (end < address) return errorCode(Errno.NOMEM);
  if (end === address) return 0;
  if ((flags & MS_INVALIDATE) !== 0 && isAnyLocked(address, end)) return errorCode(Errno.BUSY);
  return isMapped(address, end) ? 0 : errorCode(Errno.NOMEM);
}

/** mlock(2) */
export function sysMlock(address: u64, length: u64): i64 {
  return lock(address, length, true);
}

/** mlock2(2) */
export function sysMlock2(address: u64, length: u64, flags: u64): i64 {
  if ((u32(flags) & ~MLOCK_ONFAULT) !== 0) return errorCode(Errno.INVAL);
  return lock(address, length, u32(flags) === 0);
}

/** munlock(2) */
export function sysMunlock(address: u64, length: u64): i64 {
  const start = address & ~u64(PAGE_SIZE - 1);
  const end = start + roundUp(length + (address - start));
  if (end < start) return errorCode(Errno.INVAL);
  return end === start ? 0 : errorCode(flagRange(start, end, 0, AreaFlag.Locked));
}

/** Whether memory that is mapped from now on is locked: MCL_FUTURE. */
let futureFlags: u32 = 0;

/** The AreaFlags that memory gets when it is mapped, for mlockall(2). */
export function flagsOfFuture(): u32 {
  return futureFlags;
}

/** mlockall(2) */
export function sysMlockall(flagBits: u64): i64 {
  const flags = u32(flagBits);
  if (flags === 0 || (flags & ~MCL_ALL) !== 0 || flags === MCL_ONFAULT) return errorCode(Errno.INVAL);
  if ((flags & MCL_CURRENT) !== 0) flagEverything(AreaFlag.Locked, 0);
  futureFlags = 0;
  if ((flags & MCL_FUTURE) === 0) return 0;
  futureFlags = u32(AreaFlag.Locked);
  if ((flags & MCL_ONFAULT) === 0) futureFlags |= AreaFlag.Populate;
  return 0;
}

/** munlockall(2) */
export function sysMunlockall(): i64 {
  futureFlags = 0;
  flagEverything(0, AreaFlag.Locked);
  return 0;
}

function lock(address: u64, length: u64, populate: boolean): i64 {
  const start = address & ~u64(PAGE_SIZE - 1);
  const end = start + roundUp(length + (address - start));
  if (end < start) return errorCode(Errno.INVAL);
  if (end === start) return 0;
  const error = flagRange(start, end, AreaFlag.Locked, 0);
  if (error !== Errno.NONE || !populate) return errorCode(error);
  switch (populateRange(start, end, false)) {
    case FaultReason.None:
      return 0;
    case FaultReason.NoMemory:
      return errorCode(Errno.AGAIN);
    default:
      return errorCode(Errno.NOMEM);
  }
}
