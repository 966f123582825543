// Operations of a ring on other requests: waiting for a file to become ready (IORING_OP_POLL_ADD) until told otherwise, and cancelling.

import { PollEvent } from "../fs/abi.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import type { Ring } from "./uring.ts";
import { armFile, armUnseen, cancel, disarm, issue, WAITS } from "./uring_execution.ts";
import { CompletionFlag, EntryFlag, Operation } from "./uring_layout.ts";
import type { Request } from "./uring_request.ts";

const ALWAYS = PollEvent.Error | PollEvent.HangUp;
/** EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE and their kin: they are not events of a file. */
const EVENT_MASK = 0xffff;

/** IORING_POLL_*. */
const enum PollFlag {
  Multiple = 1,
  UpdateEvents = 2,
  UpdateUserData = 4,
  Level = 8,
}

/** IORING_ASYNC_CANCEL_*. */
const enum CancelFlag {
  All = 1,
  Descriptor = 2,
  Any = 4,
  FixedDescriptor = 8,
}

// ---- poll -------------------------------------------------------------------------------------------------------------

export function preparePoll(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.bufferIndex !== 0 || entry.offset !== 0 || entry.address !== 0) return Errno.INVAL;
  if ((entry.length & ~u32(PollFlag.Multiple | PollFlag.Level)) !== 0) return Errno.INVAL;
  const repeats = (entry.length & PollFlag.Multiple) !== 0;
  if (repeats && request.has(EntryFlag.SkipSuccess)) return Errno.INVAL;
  request.events = entry.operationFlags & EVENT_MASK;
  return Errno.NONE;
}

/** Answers with the events that are there, or waits for them. One that repeats answers each time, and goes on. */
export function attemptPoll(ring: Ring, request: Request): i64 {
  const open = request.open!;
  const wanted = request.events | ALWAYS;
  if ((request.entry.length & PollFlag.Multiple) === 0) {
    for (;;) {
      const found = open.file.ready(open) & wanted;
      if (found !== 0) return i64(found);
      if (armFile(ring, request)) return WAITS;
    }
  }
  // Armed before it is asked: what happens from now on is an answer of its own.
  armUnseen(ring, request);
  const found = open.file.ready(open) & wanted;
  if (found !== 0) ring.post(request.entry.userData, i32(found), CompletionFlag.More);
  return WAITS;
}

export function preparePollRemove(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.bufferIndex !== 0 || entry.fileIndex !== 0) return Errno.INVAL;
  const flags = entry.length;
  if ((flags & ~u32(PollFlag.Multiple | PollFlag.UpdateEvents | PollFlag.UpdateUserData)) !== 0) return Errno.INVAL;
  if (flags === u32(PollFlag.Multiple)) return Errno.INVAL;
  if ((flags & PollFlag.UpdateUserData) === 0 && entry.offset !== 0) return Errno.INVAL;
  return (flags & PollFlag.UpdateEvents) === 0 && entry.operationFlags !== 0 ? Errno.INVAL : Errno.NONE;
}

/** IORING_OP_POLL_REMOVE: cancels a poll by its user data, or changes what it waits for and is called. */
export function attemptPollRemove(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  const found = findPoll(ring, entry.address);
  if (found === null) return errorCode(Errno.NOENT);
  const flags = entry.length;
  if ((flags & (PollFlag.UpdateEvents | PollFlag.UpdateUserData)) === 0) return errorCode(cancel(ring, found));
  if (!disarm(ring, found)) return errorCode(Errno.ALREADY);
  if ((flags & PollFlag.UpdateEvents) !== 0) {
    found.events = entry.operationFlags & EVENT_MASK;
    found.entry.length = flags & PollFlag.Multiple;
  }
  if ((flags & PollFlag.UpdateUserData) !== 0) found.entry.userData = entry.offset;
  issue(ring, found);
  return 0;
}

function findPoll(ring: Ring, userData: u64): Request | null {
  for (let request = ring.armed.first; request !== null; request = ring.armed.next(request)) {
    if (request.operation() === Operation.PollAdd && request.entry.userData === userData) return request;
  }
  return null;
}

// ---- cancel -----------------------------------------------------------------------------------------------------------

export function prepareCancel(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.offset !== 0 || entry.length !== 0 || entry.fileIndex !== 0) return Errno.INVAL;
  return checkCancelFlags(entry.operationFlags);
}

/** What the flags of a cancellation are: NONE or INVAL. */
export function checkCancelFlags(flags: u32): Errno {
  const known = CancelFlag.All | CancelFlag.Descriptor | CancelFlag.Any | CancelFlag.FixedDescriptor;
  if ((flags & ~u32(known)) !== 0) return Errno.INVAL;
  const both = u32(CancelFlag.Descriptor | CancelFlag.Any);
  return (flags & both) === both ? Errno.INVAL : Errno.NONE;
}

/** IORING_OP_ASYNC_CANCEL */
export function attemptCancel(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  const isFixed = request.has(EntryFlag.FixedFile);
  return cancelMatching(ring, entry.operationFlags, entry.address, u32(entry.descriptor), isFixed);
}

/**
 * Cancels requests by their user data, or their file.
 * @returns 0, -ENOENT, -EALREADY; with All or Any how many there were
 */
export function cancelMatching(ring: Ring, flags: u32, userData: u64, descriptor: u32, isFixed: boolean): i64 {
  let open: OpenFile | null = null;
  if ((flags & CancelFlag.Descriptor) !== 0) {
    if (!isFixed && (flags & CancelFlag.FixedDescriptor) === 0) {
      open = acquireFile(descriptor);
    } else {
      const resource = ring.files.at(descriptor);
      open = resource === null ? null : resource.open;
      if (open !== null) open.retain();
    }
    if (open === null) return errorCode(Errno.BADF);
  }
  const all = (flags & (CancelFlag.All | CancelFlag.Any)) !== 0;
  let count: i64 = 0;
  let result = errorCode(Errno.NOENT);
  for (;;) {
    const found = findMatch(ring, flags, userData, open);
    if (found === null) break;
    result = errorCode(cancel(ring, found));
    count++;
    if (!all) break;
  }
  if (open !== null) open.release();
  return all ? count : result;
}

/** A request that waits and matches, and that was not cancelled already. */
function findMatch(ring: Ring, flags: u32, userData: u64, open: OpenFile | null): Request | null {
  for (let request = ring.armed.first; request !== null; request = ring.armed.next(request)) {
    if (request.cancelled || request.isLinkTimeout()) continue;
    if ((flags & CancelFlag.Any) !== 0) return request;
    if (open !== null ? request.open === open : request.entry.userData === userData) return request;
  }
  return null;
}
