// Priority inheritance: who holds a lock that a higher priority waits for runs by that priority until it lets go.
//
// The one lock here is held over everything that changes who waits to own what (futex_ownership.ts, futex_requeue.ts), when a
// lock is contended: such moments are rare, and what a thread inherits depends on all words at once. So a thread's inherited
// priority is always the highest of those who wait for it, through any number of locks.
// Lock order: this lock → buckets → priorities (sched/priority.ts) → a CPU's scheduler.

import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { inheritPriority } from "../sched/priority.ts";
import type { Thread } from "../sched/thread.ts";
import { findThread } from "../sched/thread_table.ts";
import { BUCKETS, bucketAt, type FutexBucket } from "./futex_table.ts";

const lock = new SpinLock(LockOrder.FutexInheritance);

/** Locks that wait for each other, at most: a longer chain is cut. */
const LONGEST_CHAIN = 64;

/** The lock over all ownership that is contended. */
export function inheritanceLock(): SpinLock {
  return lock;
}

/** Whether a thread that waits for `owner` would wait for itself in the end. The lock is held. */
export function wouldDeadlock(waiting: Thread, owner: u32): boolean {
  let next = owner;
  for (let step: u32 = 0; step < LONGEST_CHAIN; step++) {
    if (next === waiting.id) return true;
    next = ownerWaitsFor(next);
    if (next === 0) return false;
  }
  return false;
}

/** Gives the owner of a word, and those that it waits for in turn, at least a priority. The lock is held. */
export function boost(owner: u32, priority: u32): void {
  let next = owner;
  for (let step: u32 = 0; step < LONGEST_CHAIN && next !== 0 && priority !== 0; step++) {
    const thread = findThread(next);
    if (thread === null) return;
    const isHigh = thread.run.priority >= priority;
    if (!isHigh) inheritPriority(thread, priority);
    releaseThread(thread);
    if (isHigh) return;
    next = ownerWaitsFor(next);
  }
}

/** Has a thread inherit what those who still wait for it have, after it let something go or one gave up. The lock is held, no bucket. */
export function settleInheritance(owner: u32): void {
  const thread = findThread(owner);
  if (thread === null) return;
  if (thread.inheritedPriority !== 0) inheritPriority(thread, highestWaiting(owner));
  releaseThread(thread);
}

/** Whom a thread waits for; 0 for nobody. */
function ownerWaitsFor(id: u32): u32 {
  const thread = findThread(id);
  if (thread === null) return 0;
  const waiter = thread.futex;
  const owner = waiter.link.linked && waiter.wantsOwnership ? waiter.owner : 0;
  releaseThread(thread);
  return owner;
}

/** The highest priority of those who wait for a thread. */
function highestWaiting(owner: u32): u32 {
  let highest: u32 = 0;
  for (let index: usize = 0; index < BUCKETS; index++) highest = maximum(highest, highestIn(bucketAt(index), owner));
  return highest;
}

function highestIn(bucket: FutexBucket, owner: u32): u32 {
  using _ = bucket.lock.acquire();
  let highest: u32 = 0;
  for (let waiter = bucket.waiters.first; waiter !== null; waiter = bucket.waiters.next(waiter)) {
    if (waiter.wantsOwnership && waiter.owner === owner) highest = maximum(highest, waiter.thread.run.priority);
  }
  return highest;
}
