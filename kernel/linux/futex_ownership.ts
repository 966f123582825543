// Locks whose owner the kernel knows: FUTEX_LOCK_PI and its kin, under mutexes with the protocol PTHREAD_PRIO_INHERIT.
//
// The word says who owns the lock. To unlock one that others wait for, the owner asks the kernel, which makes the first of
// them the owner before it wakes it: nobody can come between. No priority is inherited, because there is none to inherit:
// all threads share the CPU fairly (sched/run_queue.ts), so a waiting one cannot keep the owner from running.

import { compareExchangeUser32, loadUser32 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import type { FutexWaiter } from "../sched/futex_waiter.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { currentThread } from "../sched/thread.ts";
import { threadExists } from "../sched/thread_table.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { bucketOf, type FutexBucket, joinBucket, leaveBucket, wakeWaiter } from "./futex_table.ts";
import { OWNER_DIED, OWNER_MASK, touchWordForWrite, WAITERS } from "./futex_word.ts";

const ALL_BITS = 0xffff_ffff;

/** How a try under the bucket's lock ended. */
const enum Attempt {
  Owned,
  /** The lock is another's; the word says that somebody waits. */
  Taken,
  /** The memory is not there just now. */
  Absent,
  /** It is the caller's already. */
  Deadlock,
  /** The word names a thread that does not exist. */
  NoOwner,
}

/**
 * Makes the current thread the owner, waiting as long as it takes.
 * @param deadline monotonic nanoseconds; 0 for none
 */
export function lockOwnership(address: u64, deadline: u64): i64 {
  if ((address & 3) !== 0) return errorCode(Errno.INVAL);
  const bucket = bucketOf(address);
  const waiter = currentThread().futex;
  while (true) {
    bucket.lock.acquire();
    const attempt = takeOwnership(bucket, address, true);
    if (attempt === Attempt.Taken) {
      joinBucket(bucket, waiter, address, ALL_BITS, true);
      bucket.lock.release();
      break;
    }
    bucket.lock.release();
    if (attempt !== Attempt.Absent) return resultOf(attempt);
    if (!touchWordForWrite(address)) return errorCode(Errno.FAULT);
  }
  while (true) {
    const reason = sleepCurrent(deadline, true);
    if (waiter.woken.load()) return 0;
    if (reason === WakeReason.Woken) continue;
    if (!leaveBucket(waiter)) return 0;
    return errorCode(reason === WakeReason.TimedOut ? Errno.TIMEDOUT : Errno.RESTARTNOINTR);
  }
}

/** Makes the current thread the owner if the lock is free; AGAIN otherwise. */
export function tryLockOwnership(address: u64): i64 {
  if ((address & 3) !== 0) return errorCode(Errno.INVAL);
  const bucket = bucketOf(address);
  while (true) {
    bucket.lock.acquire();
    const attempt = takeOwnership(bucket, address, false);
    bucket.lock.release();
    if (attempt !== Attempt.Absent) return resultOf(attempt);
    if (!touchWordForWrite(address)) return errorCode(Errno.FAULT);
  }
}

/** Gives the lock to the first thread that waits for it, or frees it. PERM when the current thread does not own it. */
export function unlockOwnership(address: u64): i64 {
  if ((address & 3) !== 0) return errorCode(Errno.INVAL);
  const bucket = bucketOf(address);
  const own = currentThread().id;
  while (true) {
    bucket.lock.acquire();
    const [word, worked] = loadUser32(address);
    if (worked && (u32(word) & OWNER_MASK) !== own) {
      bucket.lock.release();
      return errorCode(Errno.PERM);
    }
    if (worked) {
      const next = firstOwner(bucket, address, null);
      const others = next !== null && firstOwner(bucket, address, next) !== null;
      const desired = next === null ? u32(0) : next.thread.id | (others ? u32(WAITERS) : 0);
      const [seen, stored] = compareExchangeUser32(address, u32(word), desired);
      if (stored && seen === word) {
        if (next !== null) wakeWaiter(bucket, next);
        bucket.lock.release();
        return 0;
      }
      bucket.lock.release();
      if (stored) continue; // a thread came to wait meanwhile
    } else {
      bucket.lock.release();
    }
    if (!touchWordForWrite(address)) return errorCode(Errno.FAULT);
  }
}

/** Tries to own the word; otherwise, when it may, makes the word say that somebody waits. The bucket is locked. */
function takeOwnership(bucket: FutexBucket, address: u64, mayWait: boolean): Attempt {
  const own = currentThread().id;
  while (true) {
    const [value, worked] = loadUser32(address);
    if (!worked) return Attempt.Absent;
    const word = u32(value);
    const owner = word & OWNER_MASK;
    let desired = word | WAITERS;
    if (owner === 0) {
      // Who finds the owner dead sees it in the word, and mends what the lock guards.
      desired = own | (word & OWNER_DIED);
      if (firstOwner(bucket, address, null) !== null) desired = desired | WAITERS;
    } else if (owner === own) {
      return Attempt.Deadlock;
    } else if (!mayWait) {
      return Attempt.Taken;
    } else if (!threadExists(owner)) {
      return Attempt.NoOwner;
    }
    const [seen, stored] = compareExchangeUser32(address, word, desired);
    if (!stored) return Attempt.Absent;
    if (u32(seen) === word) return owner === 0 ? Attempt.Owned : Attempt.Taken;
  }
}

/** The first waiter after `after` (null: from the front) that waits to own a word. The bucket is locked. */
function firstOwner(bucket: FutexBucket, address: u64, after: FutexWaiter | null): FutexWaiter | null {
  let waiter = after === null ? bucket.waiters.first : bucket.waiters.next(after);
  while (waiter !== null && !(waiter.address === address && waiter.wantsOwnership)) waiter = bucket.waiters.next(waiter);
  return waiter;
}

function resultOf(attempt: Attempt): i64 {
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
