// Moving those who wait for one word to another: FUTEX_REQUEUE for condition variables over plain locks, FUTEX_CMP_REQUEUE_PI for
// those over locks with an owner (futex_ownership.ts), where who is moved wants to own the lock.

import { compareExchangeUser32, loadUser32 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import type { FutexWaiter } from "../sched/futex_waiter.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { currentThread } from "../sched/thread.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { boost, inheritanceLock } from "./futex_inheritance.ts";
import { type FutexKey, isNowhere, isSame } from "./futex_key.ts";
import { Attempt, countWaiter, endOwnershipWait, giveUpOwnership, resultOf, takeOwnership } from "./futex_ownership.ts";
import {
  bucketOf,
  type FutexBucket,
  joinBucket,
  leaveBucket,
  lockBoth,
  moveWaiter,
  requeueWaiters,
  unlockBoth,
  waitsFor,
  wakeWaiter,
  wakeWaiters,
} from "./futex_table.ts";
import { OWNER_MASK, touchWord, touchWordForWrite, WAITERS } from "./futex_word.ts";

const ALL_BITS = 0xffff_ffff;

/** The two words of an operation: where threads wait, and where they are to wait. */
export class WordPair {
  readonly source: u64;
  private readonly sourceWord: u64;
  private readonly sourceDomain: u64;
  readonly target: u64;
  private readonly targetWord: u64;
  private readonly targetDomain: u64;

  constructor(source: u64, sourceKey: FutexKey, target: u64, targetKey: FutexKey) {
    this.source = source;
    this.sourceWord = sourceKey.word;
    this.sourceDomain = sourceKey.domain;
    this.target = target;
    this.targetWord = targetKey.word;
    this.targetDomain = targetKey.domain;
  }

  key(): FutexKey {
    return { word: this.sourceWord, domain: this.sourceDomain };
  }

  targetKey(): FutexKey {
    return { word: this.targetWord, domain: this.targetDomain };
  }

  /** INVAL for misaligned words, FAULT when there is no memory. */
  check(): Errno {
    if ((this.source & 3) !== 0 || (this.target & 3) !== 0) return Errno.INVAL;
    return isNowhere(this.key()) || isNowhere(this.targetKey()) ? Errno.FAULT : Errno.NONE;
  }
}

/** FUTEX_REQUEUE, FUTEX_CMP_REQUEUE: gives how many were woken and moved. */
export function requeue(pair: WordPair, wakeLimit: u32, moveLimit: u32, compares: boolean, expected: u32): i64 {
  if (i32(wakeLimit) < 0 || i32(moveLimit) < 0) return errorCode(Errno.INVAL);
  const error = pair.check();
  if (error !== Errno.NONE) return errorCode(error);
  const from = pair.key();
  const to = pair.targetKey();
  const source = bucketOf(from);
  const target = bucketOf(to);
  while (true) {
    lockBoth(source, target);
    const seen = compares ? compareWord(pair.source, expected) : Errno.NONE;
    if (seen !== Errno.NONE) {
      unlockBoth(source, target);
      if (seen !== Errno.FAULT) return errorCode(seen);
      if (!touchWord(pair.source)) return errorCode(Errno.FAULT);
      continue;
    }
    const woken = wakeWaiters(source, from, wakeLimit, ALL_BITS);
    const moved = isSame(from, to) ? 0 : requeueWaiters(source, from, target, to, moveLimit);
    unlockBoth(source, target);
    return i64(woken) + i64(moved);
  }
}

/** FAULT when the word is not there just now, AGAIN when it has another value. */
function compareWord(address: u64, expected: u32): Errno {
  const [value, worked] = loadUser32(address);
  if (!worked) return Errno.FAULT;
  return u32(value) === expected ? Errno.NONE : Errno.AGAIN;
}

/** FUTEX_WAIT_REQUEUE_PI: waits for the first word until it is moved to the second one and owns that. */
export function waitToBeRequeued(pair: WordPair, expected: u32, bitset: u32, deadline: u64): i64 {
  const checked = pair.check();
  if (checked !== Errno.NONE) return errorCode(checked);
  const key = pair.key();
  const target = pair.targetKey();
  if (isSame(key, target)) return errorCode(Errno.INVAL);
  const bucket = bucketOf(key);
  const waiter = currentThread().futex;
  while (true) {
    bucket.lock.acquire();
    const seen = compareWord(pair.source, expected);
    if (seen === Errno.NONE) {
      joinBucket(bucket, waiter, key, ALL_BITS, false);
      waiter.address = pair.target;
      waiter.targetWord = target.word;
      waiter.targetDomain = target.domain;
      countWaiter();
    }
    bucket.lock.release();
    if (seen === Errno.NONE) break;
    if (seen !== Errno.FAULT) return errorCode(seen);
    if (!touchWord(pair.source)) return errorCode(Errno.FAULT);
  }
  while (true) {
    const reason = sleepCurrent(deadline, true);
    if (waiter.woken.load()) break;
    if (reason === WakeReason.Woken) continue;
    const wasMoved = waiter.wantsOwnership;
    if (!(wasMoved ? giveUpOwnership(waiter) : giveUpRequeue(waiter))) break;
    if (reason === WakeReason.TimedOut) return errorCode(Errno.TIMEDOUT);
    // Moved, it may not wait for the first word again: who waits there has been told already.
    return errorCode(wasMoved ? Errno.AGAIN : Errno.RESTARTNOINTR);
  }
  endOwnershipWait();
  return 0;
}

/** Ends a wait to be moved. False when it has been woken. */
function giveUpRequeue(waiter: FutexWaiter): boolean {
  using _ = inheritanceLock().acquire();
  if (!leaveBucket(waiter)) return false;
  endOwnershipWait();
  return true;
}

/** FUTEX_CMP_REQUEUE_PI: the first one owns the second word if that is free, and is woken; the others wait to own it. */
export function requeueToOwn(pair: WordPair, wakeLimit: u32, moveLimit: u32, expected: u32): i64 {
  if (wakeLimit !== 1 || i32(moveLimit) < 0) return errorCode(Errno.INVAL);
  const error = pair.check();
  if (error !== Errno.NONE) return errorCode(error);
  if (isSame(pair.key(), pair.targetKey())) return errorCode(Errno.INVAL);
  while (true) {
    const [result, absent] = requeueOnce(pair, moveLimit, expected);
    if (absent === 0) return result;
    if (!touchWordForWrite(absent)) return errorCode(Errno.FAULT);
  }
}

/** One try: the result, and the address of a word that is not there just now, or 0. */
function requeueOnce(pair: WordPair, moveLimit: u32, expected: u32): [i64, u64] {
  const from = pair.key();
  const to = pair.targetKey();
  const source = bucketOf(from);
  const target = bucketOf(to);
  using _ = inheritanceLock().acquire();
  lockBoth(source, target);
  const [result, absent, owner, priority] = requeueLocked(pair, source, target, moveLimit, expected);
  unlockBoth(source, target);
  if (owner !== 0) boost(owner, priority);
  return [result, absent];
}

/** @returns result, address of an absent word, the second word's owner if somebody waits for it now, and the highest priority moved */
function requeueLocked(
  pair: WordPair,
  source: FutexBucket,
  target: FutexBucket,
  moveLimit: u32,
  expected: u32,
): [i64, u64, u32, u32] {
  const seen = compareWord(pair.source, expected);
  if (seen === Errno.FAULT) return [0, pair.source, 0, 0];
  if (seen !== Errno.NONE) return [errorCode(seen), 0, 0, 0];
  const to = pair.targetKey();
  const first = nextToMove(source, pair.key());
  if (first === null) return [0, 0, 0, 0];
  if (first.targetWord !== to.word || first.targetDomain !== to.domain) return [errorCode(Errno.INVAL), 0, 0, 0];
  const [attempt, had] = takeOwnership(target, to, pair.target, first.thread, true);
  if (attempt === Attempt.Absent) return [0, pair.target, 0, 0];
  if (attempt !== Attempt.Owned && attempt !== Attempt.Taken) return [resultOf(attempt), 0, 0, 0];
  let done: u32 = 0;
  let owner = had;
  if (attempt === Attempt.Owned) {
    owner = first.thread.id;
    wakeWaiter(source, first);
    done = 1;
  }
  let highest: u32 = 0;
  let limit = moveLimit + (attempt === Attempt.Owned ? 0 : 1);
  for (let waiter = nextToMove(source, pair.key()); waiter !== null && limit !== 0; waiter = nextToMove(source, pair.key())) {
    if (waiter.targetWord !== to.word || waiter.targetDomain !== to.domain) break;
    highest = maximum(highest, waiter.thread.run.priority);
    waiter.wantsOwnership = true;
    waiter.targetWord = 0;
    waiter.owner = owner;
    moveWaiter(source, waiter, target, to);
    done++;
    limit--;
  }
  const moved = attempt === Attempt.Owned ? done - 1 : done;
  if (moved !== 0) markWaiters(pair.target);
  return [i64(done), 0, moved !== 0 ? owner : 0, highest];
}

/** The first that waits for a word to be moved. The bucket is locked. */
function nextToMove(bucket: FutexBucket, key: FutexKey): FutexWaiter | null {
  let waiter = bucket.waiters.first;
  while (waiter !== null && !(waitsFor(waiter, key) && waiter.targetWord !== 0)) waiter = bucket.waiters.next(waiter);
  return waiter;
}

/** Makes an owned word say that somebody waits. It has just been written under the bucket's lock, so it is there. */
function markWaiters(address: u64): void {
  while (true) {
    const [value, worked] = loadUser32(address);
    if (!worked || (u32(value) & OWNER_MASK) === 0 || (u32(value) & WAITERS) !== 0) return;
    const [seen, stored] = compareExchangeUser32(address, u32(value), u32(value) | WAITERS);
    if (!stored || seen === value) return;
  }
}
