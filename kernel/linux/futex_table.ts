// Who waits for which word of the application: the hash table under futex(2).
//
//   address ──hash──▶ bucket: lock, waiters (Thread.futex) in the order in which they came
//
// A waiter looks at the word under its bucket's lock and joins the bucket before it lets go; a waker changes the word
// before it takes the lock. So a waiter either sees the change or is found. Words are read under the lock with interrupts
// disabled, when a missing page is not brought in (user_copy.ts): then the lock is dropped, the page touched, and all
// begins again.
// Words are told apart by their keys (futex_key.ts). Of those who wait for a word the higher real-time priority is woken first, and
// among equals who came first.
// Lock order: inheritance (futex_inheritance.ts) → of two buckets, the one at the lower address first → priorities → a CPU's scheduler.

import { List } from "prelude/list.ts";
import { addressOf } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import type { FutexWaiter } from "../sched/futex_waiter.ts";
import { wakeThread } from "../sched/scheduler.ts";
import type { FutexKey } from "./futex_key.ts";

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

/** For the checked build: says the class of the buckets' locks. */
export function classifyFutexLocks(): void {
  for (const bucket of table.buckets) bucket.lock.classify(LockOrder.Futex);
}

/** How many buckets there are, for who looks at all of them. */
export const BUCKETS = 256;

/** @inline */
export function bucketAt(index: usize): FutexBucket {
  return table.buckets[index];
}

/**
 * The bucket of a word.
 * @inline
 */
export function bucketOf(key: FutexKey): FutexBucket {
  return bucketOfWord(key.word, key.domain);
}

/** @inline */
function bucketOfWord(word: u64, domain: u64): FutexBucket {
  return table.buckets[((word + (domain << 12)) * HASH_MULTIPLIER) >> BUCKET_SHIFT];
}

/** Whether a waiter waits for a word. @inline */
export function waitsFor(waiter: FutexWaiter, key: FutexKey): boolean {
  return waiter.word === key.word && waiter.domain === key.domain;
}

/**
 * Adds a waiter of the current thread. The bucket is locked.
 * @inline
 */
export function joinBucket(bucket: FutexBucket, waiter: FutexWaiter, key: FutexKey, bitset: u32, wantsOwnership: boolean): void {
  waiter.word = key.word;
  waiter.domain = key.domain;
  waiter.bitset = bitset;
  waiter.wantsOwnership = wantsOwnership;
  waiter.targetWord = 0;
  waiter.woken.storeRelaxed(false);
  insertWaiter(bucket, waiter);
}

/** @inline */
function insertWaiter(bucket: FutexBucket, waiter: FutexWaiter): void {
  if (waiter.thread.run.priority !== 0) insertByPriority(bucket, waiter);
  else bucket.waiters.append(waiter);
}

/** Before the first waiter of a lower priority. */
function insertByPriority(bucket: FutexBucket, waiter: FutexWaiter): void {
  const priority = waiter.thread.run.priority;
  let place = bucket.waiters.first;
  while (place !== null && place.thread.run.priority >= priority) place = bucket.waiters.next(place);
  if (place === null) bucket.waiters.append(waiter);
  else bucket.waiters.insertBefore(waiter, place);
}

/**
 * Takes a waiter off and makes its thread ready. The bucket is locked.
 * @inline
 */
export function wakeWaiter(bucket: FutexBucket, waiter: FutexWaiter): void {
  const thread = waiter.thread;
  bucket.waiters.remove(waiter);
  waiter.woken.store(true);
  wakeThread(thread);
}

/**
 * Takes a waiter of the current thread off, wherever it is by now. Says whether it was still there, so nobody had woken it.
 * When this returns, nobody uses the waiter any more.
 */
export function leaveBucket(waiter: FutexWaiter): boolean {
  while (true) {
    const bucket = bucketOfWord(waiter.word, waiter.domain);
    using _ = bucket.lock.acquire();
    if (waiter.woken.load()) return false;
    if (bucketOfWord(waiter.word, waiter.domain) === bucket) {
      bucket.waiters.remove(waiter);
      return true;
    }
  }
}

/** Whether FUTEX_WAKE and FUTEX_REQUEUE mean a waiter: it waits for this word, and not to own one. @inline */
function isPlain(waiter: FutexWaiter, key: FutexKey): boolean {
  return waitsFor(waiter, key) && !waiter.wantsOwnership && waiter.targetWord === 0;
}

/** Wakes up to `limit` waiters of a word that share a bit with `bitset`. The bucket is locked. Gives how many. */
export function wakeWaiters(bucket: FutexBucket, key: FutexKey, limit: u32, bitset: u32): u32 {
  let woken: u32 = 0;
  let waiter = bucket.waiters.first;
  while (waiter !== null && woken < limit) {
    const next = bucket.waiters.next(waiter);
    if (isPlain(waiter, key) && (waiter.bitset & bitset) !== 0) {
      wakeWaiter(bucket, waiter);
      woken++;
    }
    waiter = next;
  }
  return woken;
}

/** Moves up to `limit` waiters of one word to another. Both buckets are locked. Gives how many. */
export function requeueWaiters(from: FutexBucket, key: FutexKey, to: FutexBucket, target: FutexKey, limit: u32): u32 {
  let moved: u32 = 0;
  let waiter = from.waiters.first;
  const last = from.waiters.last;
  while (waiter !== null && moved < limit) {
    const next = waiter === last ? null : from.waiters.next(waiter);
    if (isPlain(waiter, key)) {
      moveWaiter(from, waiter, to, target);
      moved++;
    }
    waiter = next;
  }
  return moved;
}

/** Has a waiter wait for another word. Both buckets are locked. */
export function moveWaiter(from: FutexBucket, waiter: FutexWaiter, to: FutexBucket, target: FutexKey): void {
  from.waiters.remove(waiter);
  waiter.word = target.word;
  waiter.domain = target.domain;
  insertWaiter(to, waiter);
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
