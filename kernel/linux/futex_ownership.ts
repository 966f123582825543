// Locks whose owner the kernel knows: FUTEX_LOCK_PI and its kin, under mutexes with the protocol PTHREAD_PRIO_INHERIT.
//
// The word says who owns the lock. To unlock one that others wait for, the owner asks the kernel, which makes the one of the
// highest priority the owner before it wakes it: nobody can come between. Who owns what others wait for inherits their
// priority (futex_inheritance.ts, whose lock is held here before a bucket's).

import { compareExchangeUser32, loadUser32 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import type { FutexWaiter } from "../sched/futex_waiter.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { currentThread, type Thread } from "../sched/thread.ts";
import { threadExists } from "../sched/thread_table.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { boost, inheritanceLock, settleInheritance, wouldDeadlock } from "./futex_inheritance.ts";
import type { FutexKey } from "./futex_key.ts";
import { BUCKETS, bucketAt, bucketOf, type FutexBucket, joinBucket, leaveBucket, waitsFor, wakeWaiter } from "./futex_table.ts";
import { OWNER_DIED, OWNER_MASK, touchWordForWrite, WAITERS } from "./futex_word.ts";

const ALL_BITS = 0xffff_ffff;

/** How a try under the bucket's lock ended. */
export const enum Attempt {
  Owned,
  /** The lock is another's; the word says that somebody waits. */
  Taken,
  /** The memory is not there just now. */
  Absent,
  /** It is the caller's already, or who has it waits for the caller. */
  Deadlock,
  /** The word names a thread that does not exist. */
  NoOwner,
}

/** Threads that wait to own something, or are about to: nobody need look for them when a thread ends. */
const ownershipWaiters = new Atomic<u32>(0);

/**
 * Makes the current thread the owner, waiting as long as it takes.
 * @param deadline monotonic nanoseconds; 0 for none
 */
export function lockOwnership(key: FutexKey, address: u64, deadline: u64): i64 {
  const bucket = bucketOf(key);
  const waiter = currentThread().futex;
  while (true) {
    const attempt = takeOrJoin(bucket, key, address, waiter);
    if (attempt === Attempt.Taken) return awaitOwnership(waiter, deadline);
    if (attempt !== Attempt.Absent) return resultOf(attempt);
    if (!touchWordForWrite(address)) return errorCode(Errno.FAULT);
  }
}

/** Taken: the waiter is in the bucket, and the owner runs by the priority of the current thread at least. */
function takeOrJoin(bucket: FutexBucket, key: FutexKey, address: u64, waiter: FutexWaiter): Attempt {
  const thread = currentThread();
  using _ = inheritanceLock().acquire();
  bucket.lock.acquire();
  const [attempt, owner] = takeOwnership(bucket, key, address, thread, true);
  if (attempt === Attempt.Taken) {
    joinBucket(bucket, waiter, key, ALL_BITS, true);
    waiter.address = address;
    waiter.owner = owner;
    countWaiter();
  }
  bucket.lock.release();
  if (attempt === Attempt.Taken) boost(owner, thread.run.priority);
  return attempt;
}

/** Counts one that begins to wait to own something. */
export function countWaiter(): void {
  ownershipWaiters.add(1);
}

function awaitOwnership(waiter: FutexWaiter, deadline: u64): i64 {
  while (true) {
    const reason = sleepCurrent(deadline, true);
    if (waiter.woken.load()) break;
    if (reason === WakeReason.Woken) continue;
    if (!giveUpOwnership(waiter)) break;
    return errorCode(reason === WakeReason.TimedOut ? Errno.TIMEDOUT : Errno.RESTARTNOINTR);
  }
  ownershipWaiters.subtract(1);
  return 0;
}

/** Ends a wait to own something. False when the wait has been ended by a wake-up: then the thread owns it. */
export function giveUpOwnership(waiter: FutexWaiter): boolean {
  using _ = inheritanceLock().acquire();
  if (!leaveBucket(waiter)) return false;
  ownershipWaiters.subtract(1);
  settleInheritance(waiter.owner);
  return true;
}

/** Says that a wait that countWaiter counted ended with the ownership. */
export function endOwnershipWait(): void {
  ownershipWaiters.subtract(1);
}

/** Makes the current thread the owner if the lock is free; AGAIN otherwise. */
export function tryLockOwnership(key: FutexKey, address: u64): i64 {
  const bucket = bucketOf(key);
  while (true) {
    bucket.lock.acquire();
    const [attempt] = takeOwnership(bucket, key, address, currentThread(), false);
    bucket.lock.release();
    if (attempt !== Attempt.Absent) return resultOf(attempt);
    if (!touchWordForWrite(address)) return errorCode(Errno.FAULT);
  }
}

/** Gives the lock to the first thread that waits for it, or frees it. PERM when the current thread does not own it. */
export function unlockOwnership(key: FutexKey, address: u64): i64 {
  while (true) {
    const error = handOver(key, address, currentThread().id, 0);
    if (error === Errno.NONE || error === Errno.PERM) return errorCode(error);
    if (error === Errno.FAULT && !touchWordForWrite(address)) return errorCode(Errno.FAULT);
  }
}

/**
 * Gives what a thread that ends owns to those who wait for it; the word tells them that its owner died. Interrupts enabled.
 * What nobody waits for is marked by the robust list alone.
 */
export function bequeathOwnerships(thread: Thread): void {
  while (ownershipWaiters.load() !== 0) {
    const [found, word, domain, address] = findHeir(thread.id);
    if (!found) return;
    const key: FutexKey = { word, domain };
    const error = handOver(key, address, thread.id, OWNER_DIED);
    // A word that says something else, or cannot be written, is not the thread's to give: who waits finds out when it looks.
    if (error === Errno.PERM || (error === Errno.FAULT && !touchWordForWrite(address))) dropHeir(thread.id);
  }
}

/** One who waits for a thread: the word's key and address. */
function findHeir(owner: u32): [boolean, u64, u64, u64] {
  for (let index: usize = 0; index < BUCKETS; index++) {
    const bucket = bucketAt(index);
    using _ = bucket.lock.acquire();
    const waiter = waiterFor(bucket, owner);
    if (waiter !== null) return [true, waiter.word, waiter.domain, waiter.address];
  }
  return [false, 0, 0, 0];
}

/** Has one who waits for a thread that is gone wait for nobody: only a time limit or another owner ends its wait then. */
function dropHeir(owner: u32): void {
  for (let index: usize = 0; index < BUCKETS; index++) {
    const bucket = bucketAt(index);
    using _ = bucket.lock.acquire();
    const waiter = waiterFor(bucket, owner);
    if (waiter === null) continue;
    waiter.owner = 0;
    return;
  }
}

function waiterFor(bucket: FutexBucket, owner: u32): FutexWaiter | null {
  let waiter = bucket.waiters.first;
  while (waiter !== null && !(waiter.wantsOwnership && waiter.owner === owner)) waiter = bucket.waiters.next(waiter);
  return waiter;
}

/**
 * Makes the first who waits for a word its owner, or the word free. @param flags what the word says beside the new owner
 * @returns PERM when `owner` does not own it, FAULT when the memory is not there just now, AGAIN when the word has changed
 */
function handOver(key: FutexKey, address: u64, owner: u32, flags: u32): Errno {
  const bucket = bucketOf(key);
  using _ = inheritanceLock().acquire();
  bucket.lock.acquire();
  const [error, heir, highest] = handOverLocked(bucket, key, address, owner, flags);
  bucket.lock.release();
  if (error !== Errno.NONE) return error;
  settleInheritance(owner);
  if (heir !== 0) boost(heir, highest);
  return Errno.NONE;
}

/** @returns the error, the new owner's number or 0, and the highest priority of those who wait for it */
function handOverLocked(bucket: FutexBucket, key: FutexKey, address: u64, owner: u32, flags: u32): [Errno, u32, u32] {
  const [value, worked] = loadUser32(address);
  if (!worked) return [Errno.FAULT, 0, 0];
  const word = u32(value);
  const died = flags !== 0 && (word & OWNER_DIED) !== 0 && (word & OWNER_MASK) === 0;
  if ((word & OWNER_MASK) !== owner && !died) return [Errno.PERM, 0, 0];
  const next = firstOwner(bucket, key, null);
  const second = next === null ? null : firstOwner(bucket, key, next);
  let desired: u32 = 0;
  if (next !== null) desired = next.thread.id | flags | (second !== null ? u32(WAITERS) : 0);
  const [seen, stored] = compareExchangeUser32(address, word, desired);
  if (!stored) return [Errno.FAULT, 0, 0];
  if (seen !== value) return [Errno.AGAIN, 0, 0]; // a thread came to wait meanwhile
  if (next === null) return [Errno.NONE, 0, 0];
  const heir = next.thread.id;
  wakeWaiter(bucket, next);
  for (let rest = firstOwner(bucket, key, null); rest !== null; rest = firstOwner(bucket, key, rest)) rest.owner = heir;
  return [Errno.NONE, heir, second === null ? u32(0) : second.thread.run.priority];
}

/**
 * Tries to own the word for a thread; otherwise, when it may wait, makes the word say that somebody does. The bucket is locked, and
 * the inheritance when it may wait. @returns how it ended, and who owns it when it is taken
 */
export function takeOwnership(
  bucket: FutexBucket,
  key: FutexKey,
  address: u64,
  thread: Thread,
  mayWait: boolean,
): [Attempt, u32] {
  while (true) {
    const [value, worked] = loadUser32(address);
    if (!worked) return [Attempt.Absent, 0];
    const word = u32(value);
    const owner = word & OWNER_MASK;
    let desired = word | WAITERS;
    if (owner === 0) {
      // Who finds the owner dead sees it in the word, and mends what the lock guards.
      desired = thread.id | (word & OWNER_DIED);
      if (firstOwner(bucket, key, null) !== null) desired = desired | WAITERS;
    } else if (owner === thread.id) {
      return [Attempt.Deadlock, owner];
    } else if (!mayWait) {
      return [Attempt.Taken, owner];
    } else if (!threadExists(owner)) {
      return [Attempt.NoOwner, owner];
    } else if (wouldDeadlock(thread, owner)) {
      return [Attempt.Deadlock, owner];
    }
    const [seen, stored] = compareExchangeUser32(address, word, desired);
    if (!stored) return [Attempt.Absent, 0];
    if (u32(seen) === word) return [owner === 0 ? Attempt.Owned : Attempt.Taken, owner];
  }
}

/** The first waiter after `after` (null: from the front) that waits to own a word. The bucket is locked. */
function firstOwner(bucket: FutexBucket, key: FutexKey, after: FutexWaiter | null): FutexWaiter | null {
  let waiter = after === null ? bucket.waiters.first : bucket.waiters.next(after);
  while (waiter !== null && !(waitsFor(waiter, key) && waiter.wantsOwnership)) waiter = bucket.waiters.next(waiter);
  return waiter;
}

export function resultOf(attempt: Attempt): i64 {
  switch (attempt) {
    case Attempt.Owned:
      return 0;
    case Attempt.Taken:
      return errorCode(Errno.AGAIN);
    case Attempt.Absent:
      return errorCode(Errno.FAULT);
    case Attempt.Deadlock:
      return errorCode(Errno.DEADLK);
    case Attempt.NoOwner:
      return errorCode(Errno.SRCH);
  }
}
