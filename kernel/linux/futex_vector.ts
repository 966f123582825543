// Waiting for any of several words, futex_waitv(2), and the calls that have flags instead of operations: futex_wake(2),
// futex_wait(2), futex_requeue(2). include/uapi/linux/futex.h of Linux 6.12.

import { monotonicAtWallTime } from "../arch/x86_64/clock.ts";
import { loadUser32 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { FutexWaiter } from "../sched/futex_waiter.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { currentThread } from "../sched/thread.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { futexWake, waitForWord } from "./futex.ts";
import { type FutexKey, isNowhere, keyOf } from "./futex_key.ts";
import { requeue, WordPair } from "./futex_requeue.ts";
import { bucketOf, joinBucket, leaveBucket } from "./futex_table.ts";
import { touchWord } from "./futex_word.ts";
import { readTimespec } from "./timespec.ts";
import { readUserObject } from "./user_object.ts";

/** FUTEX_WAITV_MAX. */
const MOST_WORDS = 128;
/** FUTEX2_SIZE_MASK, FUTEX2_SIZE_U32, FUTEX2_PRIVATE. */
const SIZE_MASK = 3;
const SIZE_32 = 2;
const PRIVATE = 128;
const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const ALL_BITS = 0xffff_ffff;

/** struct futex_waitv. @size 24 */
class WordToWaitFor {
  value: u64 = 0;
  address: u64 = 0;
  flags: u32 = 0;
  reserved: u32 = 0;

  key(): FutexKey {
    return keyOf(this.address, (this.flags & PRIVATE) !== 0);
  }

  check(): Errno {
    if (!areFlagsKnown(this.flags) || this.reserved !== 0 || (this.address & 3) !== 0) return Errno.INVAL;
    return this.value > 0xffff_ffff ? Errno.INVAL : Errno.NONE;
  }
}

/** Words of 32 bits, private or shared; no memory nodes. */
function areFlagsKnown(flags: u32): boolean {
  return (flags & ~u32(SIZE_MASK | PRIVATE)) === 0 && (flags & SIZE_MASK) === SIZE_32;
}

/** The words, and a place to wait for each. */
class WaitList {
  readonly words!: FixedArray<WordToWaitFor, 128>;
  readonly waiters!: FixedArray<FutexWaiter, 128>;
  count: usize = 0;

  /** Reads the application's list. */
  read(address: u64, count: usize): Errno {
    for (let i: usize = 0; i < count; i++) {
      const word = this.words[i];
      let error = readUserObject(word, address + u64(i) * sizeOf<WordToWaitFor>());
      if (error === Errno.NONE) error = word.check();
      if (error !== Errno.NONE) return error;
    }
    this.count = count;
    return Errno.NONE;
  }

  /** Waits for all words; AGAIN when one does not have its value, FAULT when one is not there. */
  join(): Errno {
    for (let i: usize = 0; i < this.count; i++) {
      let error = this.joinOne(i);
      while (error === Errno.FAULT && touchWord(this.words[i].address)) error = this.joinOne(i);
      if (error === Errno.NONE) continue;
      this.leave(i);
      return error;
    }
    return Errno.NONE;
  }

  private joinOne(index: usize): Errno {
    const word = this.words[index];
    const waiter = this.waiters[index];
    const key = word.key();
    if (isNowhere(key)) return Errno.FAULT;
    const bucket = bucketOf(key);
    waiter.thread = currentThread();
    using _ = bucket.lock.acquire();
    const [value, worked] = loadUser32(word.address);
    if (!worked) return Errno.FAULT;
    if (u32(value) !== u32(word.value)) return Errno.AGAIN;
    joinBucket(bucket, waiter, key, ALL_BITS, false);
    return Errno.NONE;
  }

  /** Leaves the first `count` words. Gives the number of one of those that were woken, or `count`. */
  leave(count: usize): usize {
    let woken = count;
    for (let i: usize = 0; i < count; i++) {
      if (!leaveBucket(this.waiters[i])) woken = i;
    }
    return woken;
  }

  /** Whether one has been woken. */
  isWoken(): boolean {
    for (let i: usize = 0; i < this.count; i++) {
      if (this.waiters[i].woken.load()) return true;
    }
    return false;
  }
}

/** futex_waitv(2): gives the index of a word that a wake-up came for. */
export function sysFutexWaitv(address: u64, count: u64, flags: u64, timeout: u64, clock: u64): i64 {
  if (u32(flags) !== 0 || u32(count) === 0 || u32(count) > MOST_WORDS || address === 0) return errorCode(Errno.INVAL);
  const deadline = deadlineOn(timeout, clock);
  if (!deadline.ok) return errorCode(deadline.error);
  const list = create(WaitList);
  if (list === null) return errorCode(Errno.NOMEM);
  const error = list.read(address, usize(u32(count)));
  const result = error !== Errno.NONE ? errorCode(error) : waitForAny(list, deadline.value);
  destroy(list);
  return result;
}

function waitForAny(list: WaitList, deadline: u64): i64 {
  const error = list.join();
  if (error !== Errno.NONE) return errorCode(error);
  let reason: WakeReason = WakeReason.Woken;
  while (!list.isWoken() && reason === WakeReason.Woken) reason = sleepCurrent(deadline, true);
  const woken = list.leave(list.count);
  if (woken !== list.count) return i64(woken);
  return errorCode(reason === WakeReason.TimedOut ? Errno.TIMEDOUT : Errno.RESTARTSYS);
}

/** futex_wake(2) */
export function sysFutexWake(address: u64, bitset: u64, limit: u64, flags: u64): i64 {
  if (!areFlagsKnown(u32(flags)) || u32(bitset) === 0 || (address & 3) !== 0) return errorCode(Errno.INVAL);
  const key = keyOf(address, (u32(flags) & PRIVATE) !== 0);
  if (isNowhere(key)) return errorCode(Errno.FAULT);
  return i32(limit) <= 0 ? 0 : futexWake(key, address, u32(limit), u32(bitset));
}

/** futex_wait(2) */
export function sysFutexWait(address: u64, value: u64, bitset: u64, flags: u64, timeout: u64, clock: u64): i64 {
  if (!areFlagsKnown(u32(flags)) || u32(bitset) === 0 || (address & 3) !== 0) return errorCode(Errno.INVAL);
  if (value > 0xffff_ffff || bitset > 0xffff_ffff) return errorCode(Errno.INVAL);
  const deadline = deadlineOn(timeout, clock);
  if (!deadline.ok) return errorCode(deadline.error);
  const key = keyOf(address, (u32(flags) & PRIVATE) !== 0);
  if (isNowhere(key)) return errorCode(Errno.FAULT);
  return waitForWord(key, address, u32(value), u32(bitset), deadline.value);
}

/** futex_requeue(2) */
export function sysFutexRequeue(address: u64, flags: u64, wakeLimit: u64, moveLimit: u64): i64 {
  if (u32(flags) !== 0 || address === 0) return errorCode(Errno.INVAL);
  const from = new WordToWaitFor();
  const to = new WordToWaitFor();
  let error = readUserObject(from, address);
  if (error === Errno.NONE) error = readUserObject(to, address + sizeOf<WordToWaitFor>());
  if (error === Errno.NONE) error = from.check();
  if (error === Errno.NONE) error = to.check();
  if (error !== Errno.NONE) return errorCode(error);
  const pair = new WordPair(from.address, from.key(), to.address, to.key());
  return requeue(pair, u32(wakeLimit), u32(moveLimit), true, u32(from.value));
}

/** The moment that an absolute time on one of two clocks means, in monotonic nanoseconds; 0 without a time. */
function deadlineOn(timeout: u64, clock: u64): Result<u64> {
  if (timeout === 0) return success<u64>(0);
  if (u32(clock) !== CLOCK_REALTIME && u32(clock) !== CLOCK_MONOTONIC) return failure<u64>(Errno.INVAL);
  const time = readTimespec(timeout);
  if (!time.ok) return failure<u64>(time.error);
  return success<u64>(u32(clock) === CLOCK_REALTIME ? monotonicAtWallTime(time.value) : maximum(time.value, u64(1)));
}
