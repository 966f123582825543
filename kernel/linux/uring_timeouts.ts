// Timeouts of a ring: alone, or counting completions (IORING_OP_TIMEOUT), or limiting the request before them (LINK_TIMEOUT); and how
// they are changed and removed.

import { monotonicAtWallTime, monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { readTimespec } from "./timespec.ts";
import type { Ring } from "./uring.ts";
import { armTimer, cancel, disarm, finish, WAITS } from "./uring_execution.ts";
import { Operation } from "./uring_layout.ts";
import { type Request, RequestState } from "./uring_request.ts";

/** IORING_TIMEOUT_*. */
const enum TimeoutFlag {
  Absolute = 1,
  Update = 2,
  Boottime = 4,
  Realtime = 8,
  LinkUpdate = 16,
  SucceedsByTime = 32,
}
const CLOCKS = TimeoutFlag.Boottime | TimeoutFlag.Realtime;
const UPDATES = TimeoutFlag.Update | TimeoutFlag.LinkUpdate;

/** When a timeout fires, in monotonic nanoseconds. */
export function deadlineOf(request: Request): u64 {
  const flags = request.entry.operationFlags;
  if ((flags & TimeoutFlag.Absolute) === 0) return monotonicNanoseconds() + request.time;
  return (flags & TimeoutFlag.Realtime) !== 0 ? monotonicAtWallTime(request.time) : request.time;
}

/** Checks a new timeout, and reads its time, which need not outlive the submission. */
export function prepareTimeout(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.bufferIndex !== 0 || entry.length !== 1 || entry.fileIndex !== 0) return Errno.INVAL;
  if (request.isLinkTimeout() && entry.offset !== 0) return Errno.INVAL;
  const known = TimeoutFlag.Absolute | CLOCKS | TimeoutFlag.SucceedsByTime;
  if ((entry.operationFlags & ~u32(known)) !== 0) return Errno.INVAL;
  if ((entry.operationFlags & CLOCKS) === u32(CLOCKS)) return Errno.INVAL;
  const time = readTimespec(entry.address);
  if (!time.ok) return time.error;
  request.time = time.value;
  return Errno.NONE;
}

/** Begins a timeout. */
export function attemptTimeout(ring: Ring, request: Request): i64 {
  request.countedFrom = ring.completed;
  request.counts = request.entry.offset !== 0;
  if (request.counts) ring.counting++;
  armTimer(request);
  return WAITS;
}

/** A timeout that stands behind nothing. */
export function attemptLinkTimeout(ring: Ring, request: Request): i64 {
  return errorCode(Errno.CANCELED);
}

/** Whether a result is that of a timeout whose being over does not break its chain. */
export function isWantedExpiry(request: Request, result: i64): boolean {
  const isTimeout = request.operation() === Operation.Timeout && result === errorCode(Errno.TIME);
  return isTimeout && (request.entry.operationFlags & TimeoutFlag.SucceedsByTime) !== 0;
}

/** A timeout's time has come. */
export function expire(ring: Ring, request: Request): void {
  ring.expirations.add(1);
  const limited = request.limited;
  if (limited !== null) {
    limited.limit = null;
    request.limited = null;
    cancel(ring, limited);
  }
  finish(ring, request, errorCode(Errno.TIME));
}

/** Ends the timeouts that wait for as many completions as there are now. */
export function satisfyTimeouts(ring: Ring): void {
  if (ring.counting === 0) return;
  let request = ring.armed.first;
  while (request !== null) {
    const isDone =
      request.counts &&
      request.state.load() === RequestState.Armed &&
      u64(ring.completed - request.countedFrom) >= u64(u32(request.entry.offset));
    if (isDone) {
      if (disarm(ring, request)) finish(ring, request, 0);
      // The chain behind it may have changed the list.
      request = ring.armed.first;
      continue;
    }
    request = ring.armed.next(request);
  }
}

/** Checks a removal or change, and reads the new time. */
export function prepareTimeoutRemove(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.bufferIndex !== 0 || entry.length !== 0 || entry.fileIndex !== 0) return Errno.INVAL;
  const flags = entry.operationFlags;
  if ((flags & UPDATES) === 0) return flags === 0 ? Errno.NONE : Errno.INVAL;
  if ((flags & ~u32(UPDATES | TimeoutFlag.Absolute | CLOCKS)) !== 0) return Errno.INVAL;
  if ((flags & UPDATES) === u32(UPDATES) || (flags & CLOCKS) === u32(CLOCKS)) return Errno.INVAL;
  const time = readTimespec(entry.offset);
  if (!time.ok) return time.error;
  request.time = time.value;
  return Errno.NONE;
}

/** IORING_OP_TIMEOUT_REMOVE: cancels a timeout by its user data, or gives it another time. */
export function attemptTimeoutRemove(ring: Ring, request: Request): i64 {
  const flags = request.entry.operationFlags;
  const kind = (flags & TimeoutFlag.LinkUpdate) !== 0 ? Operation.LinkTimeout : Operation.Timeout;
  const found = findTimeout(ring, kind, request.entry.address);
  if (found === null) return errorCode(Errno.NOENT);
  if ((flags & UPDATES) === 0) return errorCode(cancel(ring, found));
  if (!disarm(ring, found)) return errorCode(Errno.ALREADY);
  found.time = request.time;
  found.entry.operationFlags = flags & ~u32(UPDATES);
  if (found.counts) ring.counting--;
  found.counts = false;
  armTimer(found);
  return 0;
}

function findTimeout(ring: Ring, kind: Operation, userData: u64): Request | null {
  for (let request = ring.armed.first; request !== null; request = ring.armed.next(request)) {
    if (request.operation() === kind && request.entry.userData === userData) return request;
  }
  return null;
}
