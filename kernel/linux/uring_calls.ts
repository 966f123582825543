// io_uring_setup(2) and io_uring_enter(2).

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { OpenFlag } from "../fs/abi.ts";
import { anonymousRingDentry } from "../fs/anonymous.ts";
import { acquireFile } from "../fs/file_table.ts";
import { allocateOpenFile, type OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { readUser64, type UserPointer } from "../mm/user_memory.ts";
import { currentThread } from "../sched/thread.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { installNew } from "./open.ts";
import { resumeSignalMask, suspendSignalMask } from "./signals.ts";
import { readTimespec } from "./timespec.ts";
import { asRing, becomeRing, Ring } from "./uring.ts";
import { runQueued } from "./uring_execution.ts";
import { EnterFlag, FEATURES, RingParameters, SETUP_FLAGS, SetupFlag, WaitArgument } from "./uring_layout.ts";
import { beginDeferred, submit } from "./uring_submission.ts";
import { startWorker, work } from "./uring_worker.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

const ENTRIES_MAX = 32768;
const MILLISECOND = 1_000_000;
/** How long a ring's thread looks for submissions when it is not told. */
const DEFAULT_IDLE = 1000;
const SIGNAL_SET_SIZE = 8;

// ---- setup ------------------------------------------------------------------------------------------------------------

/** io_uring_setup(2) */
export function sysIoUringSetup(entries: u64, address: u64): i64 {
  const parameters = new RingParameters();
  let error = readUserObject(parameters, address);
  if (error === Errno.NONE) error = checkParameters(parameters, u32(entries));
  if (error !== Errno.NONE) return errorCode(error);
  const ring = create(Ring);
  if (ring === null) return errorCode(Errno.NOMEM);
  error = ring.begin(parameters);
  ring.idle = u64(parameters.idle === 0 ? DEFAULT_IDLE : parameters.idle) * MILLISECOND;
  parameters.features = FEATURES;
  // Told before there is a descriptor, which could not be taken back.
  if (error === Errno.NONE) error = writeUserObject(address, parameters);
  if (error === Errno.NONE && !startWorker(ring)) error = Errno.NOMEM;
  if (error !== Errno.NONE) {
    ring.releaseSource();
    return errorCode(error);
  }
  const isSingle = ring.has(SetupFlag.SingleIssuer) && !ring.has(SetupFlag.Disabled);
  if (isSingle) ring.issuer = currentThread().id;
  const dentry = anonymousRingDentry();
  const open = allocateOpenFile(dentry, u32(OpenFlag.ReadWrite));
  if (open === null) {
    dentry.release();
    ring.endUse();
    return errorCode(Errno.NFILE);
  }
  becomeRing(open, ring);
  return installNew(open, true);
}

/** Checks what a ring is to be, and makes its sizes powers of two. */
function checkParameters(parameters: RingParameters, entries: u32): Errno {
  for (const word of parameters.reserved) {
    if (word !== 0) return Errno.INVAL;
  }
  const flags = parameters.flags;
  if ((flags & ~u32(SETUP_FLAGS)) !== 0 || !goTogether(flags)) return Errno.INVAL;
  if ((flags & SetupFlag.Attach) !== 0) {
    const error = checkAttached(parameters.attached);
    if (error !== Errno.NONE) return error;
  }
  const clamps = (flags & SetupFlag.Clamp) !== 0;
  if (entries === 0 || (entries > ENTRIES_MAX && !clamps)) return Errno.INVAL;
  parameters.submissionEntries = powerOfTwo(minimum(entries, ENTRIES_MAX));
  if ((flags & SetupFlag.CompletionSize) === 0) {
    parameters.completionEntries = parameters.submissionEntries * 2;
    return Errno.NONE;
  }
  const wanted = parameters.completionEntries;
  if (wanted === 0 || (wanted > ENTRIES_MAX * 2 && !clamps)) return Errno.INVAL;
  parameters.completionEntries = powerOfTwo(minimum(wanted, ENTRIES_MAX * 2));
  return parameters.completionEntries < parameters.submissionEntries ? Errno.INVAL : Errno.NONE;
}

function goTogether(flags: u32): boolean {
  const polls = (flags & SetupFlag.PollSubmissions) !== 0;
  if ((flags & SetupFlag.Affinity) !== 0 && !polls) return false;
  if (polls && (flags & (SetupFlag.Cooperative | SetupFlag.TaskFlag | SetupFlag.DeferTasks)) !== 0) return false;
  const asksForTasks = (flags & (SetupFlag.Cooperative | SetupFlag.DeferTasks)) !== 0;
  if ((flags & SetupFlag.TaskFlag) !== 0 && !asksForTasks) return false;
  return (flags & SetupFlag.DeferTasks) === 0 || (flags & SetupFlag.SingleIssuer) !== 0;
}

/** A ring whose threads are to be shared must be one. Each has its own here: nothing is shared, and nothing waits for another. */
function checkAttached(descriptor: u32): Errno {
  const open = acquireFile(descriptor);
  if (open === null) return Errno.NXIO;
  const isRing = asRing(open) !== null;
  open.release();
  return isRing ? Errno.NONE : Errno.INVAL;
}

function powerOfTwo(value: u32): u32 {
  let power: u32 = 1;
  while (power < value) power *= 2;
  return power;
}

// ---- enter ------------------------------------------------------------------------------------------------------------

const KNOWN_FLAGS = 31;

/** io_uring_enter(2) */
export function sysIoUringEnter(descriptor: u64, count: u64, wanted: u64, flagBits: u64, argument: u64, size: u64): i64 {
  const flags = u32(flagBits);
  if ((flags & ~u32(KNOWN_FLAGS)) !== 0) return errorCode(Errno.INVAL);
  // No thread has registered a ring's descriptor.
  if ((flags & EnterFlag.RegisteredRing) !== 0) return errorCode(Errno.INVAL);
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const ring = asRing(open);
  let result = errorCode(Errno.OPNOTSUPP);
  if (ring !== null && ring.has(SetupFlag.Disabled)) result = errorCode(Errno.BADFD);
  else if (ring !== null) result = enter(ring, u32(count), u32(wanted), flags, argument, size);
  open.release();
  return result;
}

function enter(ring: Ring, count: u32, wanted: u32, flags: u32, argument: u64, size: u64): i64 {
  let submitted: i64 = 0;
  if (ring.has(SetupFlag.PollSubmissions)) {
    if ((flags & EnterFlag.WakeUp) !== 0) {
      ring.wakeRequested.store(true);
      ring.workerQueue.wakeAll();
    }
    if ((flags & EnterFlag.WaitForRoom) !== 0) {
      const reason = ring.enterQueue.wait(() => ring.submissions() < ring.submissionEntries);
      if (reason !== WakeReason.Woken) return errorCode(Errno.INTR);
    }
    submitted = i64(count);
  } else if (count !== 0) {
    if (ring.issuer !== 0 && ring.issuer !== currentThread().id) return errorCode(Errno.EXIST);
    using _ = ring.lock.acquire();
    submitted = submit(ring, count);
    runQueued(ring);
    beginDeferred(ring);
    ring.announce(false);
    if (submitted !== i64(count)) return submitted;
  }
  if ((flags & EnterFlag.GetEvents) === 0) return submitted;
  const error = waitForCompletions(ring, wanted, flags, argument, size);
  return error === Errno.NONE || submitted > 0 ? submitted : errorCode(error);
}

/** Reads how long and under which mask to wait, and waits. TIME, INTR, or what is wrong with the arguments. */
function waitForCompletions(ring: Ring, wanted: u32, flags: u32, argument: u64, size: u64): Errno {
  const how = new WaitArgument();
  if ((flags & EnterFlag.ExtendedArgument) !== 0) {
    if (size !== sizeOf<WaitArgument>()) return Errno.INVAL;
    const error = readUserObject(how, argument);
    if (error !== Errno.NONE) return error;
  } else {
    how.mask = argument;
    how.maskSize = u32(size);
  }
  if (ring.issuer !== 0 && ring.has(SetupFlag.DeferTasks) && ring.issuer !== currentThread().id) return Errno.EXIST;
  let deadline: u64 = 0;
  if (how.time !== 0) {
    const time = readTimespec(how.time);
    if (!time.ok) return time.error;
    // A time of nothing at all is over at once: no deadline would be for ever.
    deadline = maximum(monotonicNanoseconds() + time.value, 1);
  }
  if (how.mask !== 0) {
    if (how.maskSize !== SIGNAL_SET_SIZE) return Errno.INVAL;
    const mask = readUser64(how.mask as UserPointer);
    if (!mask.ok) return mask.error;
    suspendSignalMask(mask.value);
  }
  const error = collect(ring, minimum(wanted, ring.completionEntries), deadline);
  if (how.mask !== 0 && error !== Errno.INTR) resumeSignalMask();
  return error;
}

/** Waits until there are as many completions, or a timeout has fired, and works meanwhile. */
function collect(ring: Ring, wanted: u32, deadline: u64): Errno {
  const expirations = ring.expirations.load();
  refresh(ring);
  if (ring.completions() >= wanted) return Errno.NONE;
  let error = Errno.NONE;
  ring.countWaiting(1);
  for (;;) {
    const reason = ring.enterQueue.wait(() => ring.hasQueued() || isEnough(ring, wanted, expirations), deadline);
    if (ring.hasQueued()) refresh(ring);
    if (isEnough(ring, wanted, expirations)) break;
    if (reason === WakeReason.Woken) continue;
    error = reason === WakeReason.TimedOut ? Errno.TIME : Errno.INTR;
    break;
  }
  // What was woken while this thread was counted as one that works is its to do.
  if (ring.countWaiting(-1)) work(ring);
  return error;
}

function isEnough(ring: Ring, wanted: u32, expirations: u32): boolean {
  return ring.completions() >= wanted || ring.expirations.load() !== expirations;
}

/** Tries again what was woken, and gives completions that were kept their places. */
function refresh(ring: Ring): void {
  using _ = ring.lock.acquire();
  ring.flushOverflow();
  runQueued(ring);
  beginDeferred(ring);
  ring.announce(false);
}

/** What an open file of a ring lets map: the ring, when a part of it begins at the offset; else null. */
export function ringMapping(open: OpenFile, offset: u64): Ring | null {
  const ring = asRing(open);
  return ring !== null && ring.isPart(offset) ? ring : null;
}
