// Who waits for which word of the application: the hash table under futex(2).
//
//   address ──hash──▶ bucket: lock, waiters (Thread.futex) in the order in which they came
//
// A waiter looks at the word under its bucket's lock and joins the bucket before it lets go; a waker changes the word
// before it takes the lock. So a waiter either sees the change or is found. Words are read under the lock with interrupts
// disabled, when a missing page is not brought in (user_copy.ts): then the lock is dropped, the page touched, and all
// begins again.
// Words are told apart by their address, private and shared alike: there is one address space. (A shared mapping that one
// process maps twice is the exception: its two addresses count as two words.)
// Lock order: of two buckets, the one at the lower address first; a bucket before a CPU's scheduler.

import { List } from "prelude/list.ts";
import { addressOf } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import type { FutexWaiter } from "../sched/futex_waiter.ts";
import { wakeThread } from "../sched/scheduler.ts";

const BUCKET_SHIFT = 56;
/** 2^64 divided by the golden ratio, made odd: multiplying spreads neighbouring words over the upper bits. */
const HASH_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/**
 * Those who wait for the words that share a hash.
 * @align 32
 */
export class FutexBucket {
  readonly lock = new SpinLock();
  readonly waiters = new List<FutexWaiter>();
}

class FutexTable {
  readonly buckets!: FixedArray<FutexBucket, 256>;
}

const table = new FutexTable();

/**
 * The bucket of a word.
 * @inline
 */
export function bucketOf(address: u64): FutexBucket {
  return table.buckets[(address * HASH_MULTIPLIER) >> BUCKET_SHIFT];
}

/**
 * Adds the current thread's waiter. The bucket is locked.
 * @inline
 */
export function joinBucket(bucket: FutexBucket, waiter: FutexWaiter, address: u64, bitset: u32, wantsOwnership: boolean): void {
  waiter.address = address;
  waiter.bitset = bitset;
  waiter.wantsOwnership = wantsOwnership;
  waiter.woken.storeRelaxed(false);
  bucket.waiters.append(waiter);
}

/**
 * Takes a waiter off and makes its thread ready. The bucket is locked.
 * @inline
 */
export function wakeWaiter(bucket: FutexBucket, waiter: FutexWaiter): void {
  bucket.waiters.remove(waiter);
  waiter.woken.store(true);
  wakeThread(waiter.thread);
}

/** Takes the current thread's waiter off, wherever it is by now. Says whether it was still there, so nobody had woken it. */
export function leaveBucket(waiter: FutexWaiter): boolean {
  while (true) {
    const bucket = bucketOf(waiter.address);
    using _ = bucket.lock.acquire();
    if (waiter.woken.load()) return false;
    if (bucketOf(waiter.address) === bucket) {
      bucket.waiters.remove(waiter);
      return true;
    }
  }
}

/** Wakes up to `limit` waiters of a word that share a bit with `bitset`. The bucket is locked. Gives how many. */
export function wakeWaiters(bucket: FutexBucket, address: u64, limit: u32, bitset: u32): u32 {
  let woken: u32 = 0;
  let waiter = bucket.waiters.first;
  while (waiter !== null && woken < limit) {
    const next = bucket.waiters.next(waiter);
    if (waiter.address === address && (waiter.bitset & bitset) !== 0 && !waiter.wantsOwnership) {
      wakeWaiter(bucket, waiter);
      woken++;
    }
    waiter = next;
  }
  return woken;
}

/** Moves up to `limit` waiters of one word to another. Both buckets are locked. Gives how many. */
export function requeueWaiters(from: FutexBucket, address: u64, to: FutexBucket, toAddress: u64, limit: u32): u32 {
  let moved: u32 = 0;
  let waiter = from.waiters.first;
  const last = from.waiters.last;
  while (waiter !== null && moved < limit) {
    const next = waiter === last ? null : from.waiters.next(waiter);
    if (waiter.address === address && !waiter.wantsOwnership) {
      from.waiters.remove(waiter);
      waiter.address = toAddress;
      to.waiters.append(waiter);
      moved++;
    }
    waiter = next;
  }
  return moved;
}

/** Locks two buckets, which may be one. */
export function lockBoth(a: FutexBucket, b: FutexBucket): void {
  if (a === b) {
    a.lock.acquire();
    return;
  }
  const aFirst = addressOf(a) < addressOf(b);
  const first = aFirst ? a : b;
  const second = aFirst ? b : a;
  first.lock.acquire();
  second.lock.acquire();
}

export function unlockBoth(a: FutexBucket, b: FutexBucket): void {
  if (a !== b) b.lock.release();
  a.lock.release();
}
