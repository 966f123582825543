// Requests at work: tried, armed, tried again, completed, cancelled; and chains, of which each begins when the one before is done.
// All of this happens under the ring's lock.

import { addressOf, objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { PollEvent } from "../fs/abi.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { cancelTimer, startTimer } from "../sched/timers.ts";
import type { Waiter } from "../sched/wait_queue.ts";
import type { Ring } from "./uring.ts";
import { BUFFER_SHIFT, CompletionFlag, EntryFlag, Operation, SetupFlag } from "./uring_layout.ts";
import { isFailure, OperationFlag, operationOf } from "./uring_operations.ts";
import { dropResource } from "./uring_register.ts";
import { Request, RequestState } from "./uring_request.ts";
import { deadlineOf, expire, satisfyTimeouts } from "./uring_timeouts.ts";
import { mustNotWait } from "./uring_transfers.ts";

/** What a file may say at any time. */
const ALWAYS = PollEvent.Error | PollEvent.HangUp;
/** How often a request is tried at once when its file says that it is ready, and then is not. */
export const TRIES = 4;
/** And when it is tried again then, in nanoseconds. */
const RETRY_AFTER = 5_000_000;

/** An operation's answer: it waits, and has been put where it will be woken. No errno. */
export const WAITS: i64 = -5000;

/** Begins a chain, and goes on with it as far as it gets. */
export function issue(ring: Ring, head: Request): void {
  let request: Request | null = head;
  while (request !== null) {
    limitByNext(request);
    const result = attempt(ring, request);
    if (result === WAITS) {
      startLimit(request);
      return;
    }
    request = complete(ring, request, result);
  }
}

/** Takes a timeout that stands behind a request in its chain: it limits this one. */
function limitByNext(request: Request): void {
  const next = request.next;
  if (next === null || request.limit !== null || !next.isLinkTimeout() || next.failed) return;
  request.next = next.next;
  next.next = null;
  request.limit = next;
  next.limited = request;
}

function startLimit(request: Request): void {
  const limit = request.limit;
  if (limit === null || limit.state.load() !== RequestState.Held) return;
  armTimer(limit);
}

/** One try of an operation, or several while its file says that it is ready. */
function attempt(ring: Ring, request: Request): i64 {
  if (request.cancelled) return errorCode(Errno.CANCELED);
  if (request.failed) return request.result;
  const operation = operationOf(request.operation());
  const flags = operation.flags;
  if ((flags & OperationFlag.NeedsFile) !== 0 && request.open === null) {
    const open = findFile(ring, request);
    if (open === null) return errorCode(Errno.BADF);
    request.open = open;
    if (ring.has(SetupFlag.PollDevices)) return errorCode(Errno.OPNOTSUPP);
  }
  for (let tries: u32 = 0; ; tries++) {
    const result = operation.attempt(ring, request);
    if (result === errorCode(Errno.RESTARTSYS)) return errorCode(Errno.INTR);
    if (result !== errorCode(Errno.AGAIN) || !waitsForFile(request, flags)) return result;
    putBackBuffer(ring, request);
    if (armFile(ring, request)) return WAITS;
    if (tries >= TRIES) return retryLater(ring, request);
  }
}

/** Has a request tried again a little later, or when there is news: its file says in vain that it is ready. */
export function retryLater(ring: Ring, request: Request): i64 {
  armUnseen(ring, request);
  request.timer.callback = noteTime;
  request.timer.argument = addressOf(request);
  startTimer(request.timer, monotonicNanoseconds() + RETRY_AFTER);
  return WAITS;
}

/** Whether a request whose file is not ready is to wait for it. Sets for what. */
function waitsForFile(request: Request, flags: u32): boolean {
  const open = request.open;
  if (open === null || (flags & (OperationFlag.Reads | OperationFlag.Writes)) === 0) return false;
  if (mustNotWait(request)) return false;
  request.events = u32(
    (flags & OperationFlag.Reads) !== 0 ? PollEvent.Readable | PollEvent.ReadNormal : PollEvent.Writable | PollEvent.WriteNormal,
  );
  return open.file.waitQueue(open) !== null;
}

/** The open file that an entry names, with a reference; null: EBADF. */
function findFile(ring: Ring, request: Request): OpenFile | null {
  const descriptor = u32(request.entry.descriptor);
  if (!request.has(EntryFlag.FixedFile)) return acquireFile(descriptor);
  const resource = ring.files.at(descriptor);
  if (resource === null) return null;
  const open = resource.open!;
  open.retain();
  return open;
}

// ---- waiting ----------------------------------------------------------------------------------------------------------

/** Runs under the file's wait queue lock, perhaps in an interrupt. */
function noteReady(waiter: Waiter, key: u64): boolean {
  // Safe: the argument is the request that embeds the waiter, which is taken off its queue before the request goes.
  const request = objectAt<Request>(waiter.argument);
  if (key !== 0 && (u32(key) & (request.events | ALWAYS)) === 0) return false;
  request.ring.wake(request);
  return true;
}

/** Puts a request on the wait queue of its file. @returns false when the file is ready meanwhile: the request does not wait then */
export function armFile(ring: Ring, request: Request): boolean {
  return armOn(ring, request, request.open!);
}

/** The same with another file than the request's own, which the request keeps by other means. */
export function armOn(ring: Ring, request: Request, open: OpenFile): boolean {
  if (!join(ring, request, open)) return true;
  if ((open.file.ready(open) & (request.events | ALWAYS)) === 0) return true;
  // Woken already, it is on the list of those that are tried again, and stays there.
  return !disarm(ring, request);
}

/** Puts a request on the wait queue of its file, without a look at the file after it. */
export function armUnseen(ring: Ring, request: Request): void {
  join(ring, request, request.open!);
}

/** @returns whether there is a wait queue */
function join(ring: Ring, request: Request, open: OpenFile): boolean {
  const waiter = request.waiter;
  waiter.callback = noteReady;
  waiter.argument = addressOf(request);
  request.state.store(RequestState.Armed);
  ring.armed.append(request);
  const queue = open.file.waitQueue(open);
  if (queue !== null) queue.add(waiter);
  return queue !== null;
}

/** Runs in the timer interrupt. */
function noteTime(argument: u64): void {
  // Safe: the argument is the request that embeds the timer, which is cancelled before the request goes.
  const request = objectAt<Request>(argument);
  request.ring.wake(request);
}

/** Starts the timer of a timeout. */
export function armTimer(request: Request): void {
  request.timer.callback = noteTime;
  request.timer.argument = addressOf(request);
  request.state.store(RequestState.Armed);
  request.ring.armed.append(request);
  startTimer(request.timer, deadlineOf(request));
}

/** Ends a request's waiting. @returns false when it was woken before, and is still to be looked at */
export function disarm(ring: Ring, request: Request): boolean {
  if (!request.state.compareExchange(RequestState.Armed, RequestState.Held)) return false;
  leave(ring, request);
  return true;
}

/** Takes a request off whatever could wake it. */
function leave(ring: Ring, request: Request): void {
  const queue = request.waiter.queue;
  if (queue !== null) queue.remove(request.waiter);
  cancelTimer(request.timer);
  if (request.link.linked) ring.armed.remove(request);
}

/** Tries again all that was woken. */
export function runQueued(ring: Ring): void {
  for (;;) {
    const request = ring.takeQueued();
    if (request === null) return;
    leave(ring, request);
    request.state.store(RequestState.Held);
    if (!request.cancelled && isTimeout(request)) {
      expire(ring, request);
      continue;
    }
    issue(ring, request);
  }
}

function isTimeout(request: Request): boolean {
  return request.operation() === Operation.Timeout || request.operation() === Operation.LinkTimeout;
}

/**
 * Cancels a request that waits.
 * @returns NONE; ALREADY when it was woken before, and ends as cancelled a moment later
 */
export function cancel(ring: Ring, request: Request): Errno {
  if (!disarm(ring, request)) {
    request.cancelled = true;
    return Errno.ALREADY;
  }
  finish(ring, request, errorCode(Errno.CANCELED));
  return Errno.NONE;
}

// ---- completion -------------------------------------------------------------------------------------------------------

/** Completes a request, and goes on with its chain. */
export function finish(ring: Ring, request: Request, result: i64): void {
  const next = complete(ring, request, result);
  if (next !== null) issue(ring, next);
}

/** Completes a request and frees it. @returns what of its chain is to be done next */
function complete(ring: Ring, request: Request, result: i64): Request | null {
  const isBad = isFailure(request, result);
  tell(ring, request, result);
  const limit = request.limit;
  if (limit !== null) releaseLimit(ring, limit);
  const next = request.next;
  const breaksChain = isBad && !(request.has(EntryFlag.HardLink) && !request.failed);
  free(ring, request);
  if (next === null || !breaksChain) return next;
  failChain(ring, next);
  return null;
}

/** The completion of a request, and what it is counted as. */
function tell(ring: Ring, request: Request, result: i64): void {
  const buffer = request.buffer;
  let flags = request.completionFlags;
  if (buffer !== null && result >= 0) {
    flags |= CompletionFlag.Buffer | (u32(buffer.id) << BUFFER_SHIFT);
    destroy(buffer);
    request.buffer = null;
  }
  if (result >= 0 && request.has(EntryFlag.SkipSuccess)) return;
  ring.post(request.entry.userData, i32(result), flags);
  if (!isTimeout(request)) {
    ring.completed++;
    satisfyTimeouts(ring);
  }
}

/** A timeout whose request is done is cancelled; one that has fired and is still to be looked at ends by itself. */
function releaseLimit(ring: Ring, limit: Request): void {
  limit.limited = null;
  if (limit.state.load() !== RequestState.Held && !disarm(ring, limit)) return;
  finish(ring, limit, errorCode(Errno.CANCELED));
}

/** Completes the rest of a chain that has failed. */
export function failChain(ring: Ring, first: Request): void {
  let request: Request | null = first;
  while (request !== null) {
    const next: Request | null = request.next;
    tell(ring, request, request.failed ? request.result : errorCode(Errno.CANCELED));
    free(ring, request);
    request = next;
  }
}

function putBackBuffer(ring: Ring, request: Request): void {
  const buffer = request.buffer;
  if (buffer === null) return;
  request.buffer = null;
  ring.groups.putBack(buffer);
}

function free(ring: Ring, request: Request): void {
  putBackBuffer(ring, request);
  const open = request.open;
  if (open !== null) open.release();
  const vectors = request.vectors;
  if (vectors !== null) {
    vectors[Symbol.dispose]();
    destroy(vectors);
  }
  const resource = request.resource;
  if (resource !== null) dropResource(ring, resource);
  const input = request.input;
  if (input !== null) input.release();
  if (request.counts) ring.counting--;
  ring.live--;
  destroy(request);
}
