// From the submission queue to requests: entries are copied once, checked, made into chains, and begun or deferred.
// The ring's lock is held.

import { addressOf, copyBytes } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import type { Ring } from "./uring.ts";
import { failChain, issue } from "./uring_execution.ts";
import { ENTRY_FLAGS, EntryFlag, OPERATIONS, Operation, SetupFlag, SubmissionEntry } from "./uring_layout.ts";
import { OperationFlag, operationOf } from "./uring_operations.ts";
import { Request } from "./uring_request.ts";

/** A chain while its entries come in. */
class Chain {
  head: Request | null = null;
  last: Request | null = null;

  add(request: Request): void {
    const last = this.last;
    if (last === null) this.head = request;
    else last.next = request;
    this.last = request;
  }

  /** Ends it. @returns its first request */
  take(): Request | null {
    const head = this.head;
    this.head = null;
    this.last = null;
    return head;
  }
}

/**
 * Takes up to `limit` entries.
 * @returns how many were taken; AGAIN when there was no memory for the first
 */
export function submit(ring: Ring, limit: u32): i64 {
  const wanted = minimum(limit, ring.submissions());
  const chain = new Chain();
  let done: i64 = 0;
  while (done < i64(wanted)) {
    const request = create(Request);
    if (request === null) {
      if (done === 0) done = errorCode(Errno.AGAIN);
      break;
    }
    const address = ring.takeEntry();
    if (address === 0) {
      destroy(request);
      break;
    }
    done++;
    if (!add(ring, chain, request, address) && !ring.has(SetupFlag.SubmitAll)) break;
  }
  const rest = chain.take();
  if (rest !== null) begin(ring, rest);
  ring.publishHead();
  return done;
}

/** Makes a request of an entry, and begins its chain when it is whole. @returns false when the entry was wrong, and ends the submission */
function add(ring: Ring, chain: Chain, request: Request, address: u64): boolean {
  // Safe: an entry's bytes, of which every pattern is a value. They may change meanwhile: what counts is this copy.
  copyBytes(addressOf(request.entry), address, sizeOf<SubmissionEntry>());
  request.ring = ring;
  ring.live++;
  const error = check(ring, chain, request);
  if (error !== Errno.NONE) {
    request.failed = true;
    request.result = errorCode(error);
    // A chain with a wrong entry fails as a whole: its first request is not begun.
    const head = chain.head;
    if (head !== null && !head.failed) {
      head.failed = true;
      head.result = errorCode(Errno.CANCELED);
    }
  }
  chain.add(request);
  if (request.isLinked() && (error === Errno.NONE || u32(request.entry.operation) < OPERATIONS)) return true;
  begin(ring, chain.take()!);
  return error === Errno.NONE;
}

function check(ring: Ring, chain: Chain, request: Request): Errno {
  const entry = request.entry;
  const number = u32(entry.operation);
  if (number >= OPERATIONS) {
    entry.operation = 0;
    return Errno.INVAL;
  }
  const flags = u32(entry.flags);
  if ((flags & ~u32(ENTRY_FLAGS)) !== 0) return Errno.INVAL;
  const operation = operationOf(number as Operation);
  if ((flags & EntryFlag.SelectBuffer) !== 0 && (operation.flags & OperationFlag.SelectsBuffer) === 0) return Errno.OPNOTSUPP;
  if ((flags & EntryFlag.SkipSuccess) !== 0) ring.skipsCompletions = true;
  if ((flags & EntryFlag.Drain) !== 0 && ring.skipsCompletions) return Errno.OPNOTSUPP;
  if (!ring.restrictions.permitsEntry(number, flags)) return Errno.ACCES;
  if (entry.priority !== 0 && (operation.flags & OperationFlag.Priority) === 0) return Errno.INVAL;
  if (ring.has(SetupFlag.PollDevices) && (operation.flags & OperationFlag.PollsDevices) === 0) return Errno.INVAL;
  if (entry.personality !== 0 && !ring.hasPersonality(u32(entry.personality))) return Errno.INVAL;
  if (number === Operation.LinkTimeout) {
    const last = chain.last;
    if (last === null || last.isLinkTimeout()) return Errno.INVAL;
  }
  return operation.prepare(ring, request);
}

/** Begins a chain, or defers it: when it is drained and others are under way, or when others are deferred. */
function begin(ring: Ring, head: Request): void {
  if (head.failed) {
    failChain(ring, head);
    return;
  }
  const length = lengthOf(head);
  const mustWait = !ring.deferred.isEmpty() || (isDrained(head) && ring.live !== length);
  if (!mustWait) {
    issue(ring, head);
    return;
  }
  ring.deferred.append(head);
  ring.deferredCount += length;
}

/** Begins what was deferred and need not be any more. */
export function beginDeferred(ring: Ring): void {
  for (;;) {
    const head = ring.deferred.first;
    if (head === null || (isDrained(head) && ring.live !== ring.deferredCount)) return;
    ring.deferred.remove(head);
    ring.deferredCount -= lengthOf(head);
    issue(ring, head);
  }
}

function lengthOf(head: Request): u32 {
  let count: u32 = 0;
  for (let request: Request | null = head; request !== null; request = request.next) count++;
  return count;
}

function isDrained(head: Request): boolean {
  for (let request: Request | null = head; request !== null; request = request.next) {
    if (request.has(EntryFlag.Drain)) return true;
  }
  return false;
}
