// futex(2): waiting in the kernel for a word of the application to change, and waking who waits.
//
// The table of those who wait is futex_table.ts; the operations that hand over ownership are futex_ownership.ts.
// FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI answer ENOSYS: no C library uses them any more.

import { monotonicAtWallTime, monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { compareExchangeUser32, loadUser32 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { currentThread } from "../sched/thread.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { lockOwnership, tryLockOwnership, unlockOwnership } from "./futex_ownership.ts";
import { bucketOf, joinBucket, leaveBucket, lockBoth, requeueWaiters, unlockBoth, wakeWaiters } from "./futex_table.ts";
import { touchWord, touchWordForWrite } from "./futex_word.ts";
import { readTimespec } from "./timespec.ts";

/** Operations: include/uapi/linux/futex.h of Linux 6.1. */
const enum FutexOperation {
  Wait = 0,
  Wake = 1,
  Requeue = 3,
  CompareRequeue = 4,
  WakeOperation = 5,
  LockOwnership = 6,
  UnlockOwnership = 7,
  TryLockOwnership = 8,
  WaitBitset = 9,
  WakeBitset = 10,
  LockOwnership2 = 13,
}
const OPERATION_MASK = 0x7f;
/** FUTEX_CLOCK_REALTIME. FUTEX_PRIVATE_FLAG (128) makes no difference here. */
const CLOCK_REALTIME_FLAG = 0x100;
const ALL_BITS = 0xffff_ffff;

/** What FUTEX_WAKE_OP does to the second word, and how it compares its old value. */
const enum WordOperation {
  Set = 0,
  Add = 1,
  Or = 2,
  AndNot = 3,
  Xor = 4,
}
const enum Comparison {
  Equal = 0,
  NotEqual = 1,
  Less = 2,
  LessOrEqual = 3,
  Greater = 4,
  GreaterOrEqual = 5,
}
/** The operation's argument is a shift count: FUTEX_OP_OPARG_SHIFT. */
const ARGUMENT_IS_SHIFT = 8;

/** Operations that begin and end most waits, with their private forms. */
const WAKE_PRIVATE = 129;
const WAIT_PRIVATE = 128;

/** futex(2) */
export function sysFutex(address: u64, operation: u64, value: u64, timeout: u64, address2: u64, value3: u64): i64 {
  if (operation === WAKE_PRIVATE) return futexWake(address, u32(value), ALL_BITS);
  if (operation === WAIT_PRIVATE && timeout === 0) return waitForWord(address, u32(value), ALL_BITS, 0);
  return otherOperation(address, operation, value, timeout, address2, value3);
}

/** @noinline */
function otherOperation(address: u64, operation: u64, value: u64, timeout: u64, address2: u64, value3: u64): i64 {
  const isRealtime = (operation & CLOCK_REALTIME_FLAG) !== 0;
  switch (u32(operation & OPERATION_MASK) as FutexOperation) {
    case FutexOperation.Wait:
      if (isRealtime) return errorCode(Errno.NOSYS);
      return futexWait(address, u32(value), ALL_BITS, timeout, false, false);
    case FutexOperation.WaitBitset:
      return futexWait(address, u32(value), u32(value3), timeout, true, isRealtime);
    case FutexOperation.Wake:
      return futexWake(address, u32(value), ALL_BITS);
    case FutexOperation.WakeBitset:
      return futexWake(address, u32(value), u32(value3));
    case FutexOperation.Requeue:
      return futexRequeue(address, u32(value), address2, u32(timeout), false, 0);
    case FutexOperation.CompareRequeue:
      return futexRequeue(address, u32(value), address2, u32(timeout), true, u32(value3));
    case FutexOperation.WakeOperation:
      return futexWakeOperation(address, u32(value), address2, u32(timeout), u32(value3));
    case FutexOperation.LockOwnership:
      return waitForOwnership(address, timeout, true);
    case FutexOperation.LockOwnership2:
      return waitForOwnership(address, timeout, isRealtime);
    case FutexOperation.UnlockOwnership:
      return unlockOwnership(address);
    case FutexOperation.TryLockOwnership:
      return tryLockOwnership(address);
    default:
      logOnce("futex", `futex: operation ${operation} is not supported`);
      return errorCode(Errno.NOSYS);
  }
}

/**
 * Wakes up to `limit` threads that wait for a word with one of the bits. Gives how many, or -errno. Any thread.
 * @noinline
 */
export function futexWake(address: u64, limit: u32, bitset: u32): i64 {
  if ((address & 3) !== 0 || bitset === 0) return errorCode(Errno.INVAL);
  const bucket = bucketOf(address);
  using _ = bucket.lock.acquire();
  if (bucket.waiters.isEmpty()) return 0;
  return i64(wakeWaiters(bucket, address, atLeastOne(limit), bitset));
}

/** Linux wakes one for a limit of 0 or less as well: it counts after it has woken. */
function atLeastOne(limit: u32): u32 {
  return i32(limit) < 1 ? 1 : limit;
}

/**
 * The moment that a timeout means, in monotonic nanoseconds; 0 without one.
 * @param timeout address of a struct timespec, or 0
 */
function deadlineOf(timeout: u64, isAbsolute: boolean, isRealtime: boolean): Result<u64> {
  if (timeout === 0) return success<u64>(0);
  const time = readTimespec(timeout);
  if (!time.ok) return failure<u64>(time.error);
  if (!isAbsolute) return success<u64>(monotonicNanoseconds() + time.value);
  return success<u64>(isRealtime ? monotonicAtWallTime(time.value) : maximum(time.value, u64(1)));
}

function futexWait(address: u64, expected: u32, bitset: u32, timeout: u64, isAbsolute: boolean, isRealtime: boolean): i64 {
  const moment = deadlineOf(timeout, isAbsolute, isRealtime);
  if (!moment.ok) return errorCode(moment.error);
  return waitForWord(address, expected, bitset, moment.value);
}

/**
 * @param deadline monotonic nanoseconds; 0 for none
 * @noinline
 */
function waitForWord(address: u64, expected: u32, bitset: u32, deadline: u64): i64 {
  if ((address & 3) !== 0 || bitset === 0) return errorCode(Errno.INVAL);
  const bucket = bucketOf(address);
  const waiter = currentThread().futex;
  while (true) {
    bucket.lock.acquire();
    const [value, worked] = loadUser32(address);
    if (worked) {
      if (u32(value) !== expected) {
        bucket.lock.release();
        return errorCode(Errno.AGAIN);
      }
      joinBucket(bucket, waiter, address, bitset, false);
      bucket.lock.release();
      break;
    }
    bucket.lock.release();
    if (!touchWord(address)) return errorCode(Errno.FAULT);
  }
  while (true) {
    const reason = sleepCurrent(deadline, true);
    if (waiter.woken.load()) return 0;
    if (reason === WakeReason.Woken) continue;
    if (!leaveBucket(waiter)) return 0;
    if (reason === WakeReason.TimedOut) return errorCode(Errno.TIMEDOUT);
    return errorCode(deadline === 0 ? Errno.RESTARTSYS : Errno.INTR);
  }
}

function futexRequeue(from: u64, wakeLimit: u32, to: u64, moveLimit: u32, compares: boolean, expected: u32): i64 {
  if ((from & 3) !== 0 || (to & 3) !== 0) return errorCode(Errno.INVAL);
  if (i32(wakeLimit) < 0 || i32(moveLimit) < 0) return errorCode(Errno.INVAL);
  const source = bucketOf(from);
  const target = bucketOf(to);
  while (true) {
    lockBoth(source, target);
    if (compares) {
      const [value, worked] = loadUser32(from);
      if (!worked) {
        unlockBoth(source, target);
        if (!touchWord(from)) return errorCode(Errno.FAULT);
        continue;
      }
      if (u32(value) !== expected) {
        unlockBoth(source, target);
        return errorCode(Errno.AGAIN);
      }
    }
    const woken = wakeWaiters(source, from, wakeLimit, ALL_BITS);
    const moved = from === to ? 0 : requeueWaiters(source, from, target, to, moveLimit);
    unlockBoth(source, target);
    return i64(woken) + i64(moved);
  }
}

function futexWakeOperation(address: u64, limit: u32, address2: u64, limit2: u32, code: u32): i64 {
  if ((address & 3) !== 0 || (address2 & 3) !== 0) return errorCode(Errno.INVAL);
  const bucket = bucketOf(address);
  const bucket2 = bucketOf(address2);
  while (true) {
    lockBoth(bucket, bucket2);
    const change = changeWord(address2, code);
    if (!change.ok) {
      unlockBoth(bucket, bucket2);
      if (change.error !== Errno.FAULT) return errorCode(change.error);
      // Not there just now, or not ours to write: a write that changes nothing brings it in or fails for good.
      if (!touchWordForWrite(address2)) return errorCode(Errno.FAULT);
      continue;
    }
    let woken = wakeWaiters(bucket, address, atLeastOne(limit), ALL_BITS);
    if (change.value) woken += wakeWaiters(bucket2, address2, atLeastOne(limit2), ALL_BITS);
    unlockBoth(bucket, bucket2);
    return i64(woken);
  }
}

/** Does FUTEX_WAKE_OP's operation atomically; gives how the old value compares. NOSYS for an unknown operation. */
function changeWord(address: u64, code: u32): Result<boolean> {
  const kind = (code >> 28) & 0xf;
  const comparison = (code >> 24) & 0xf;
  // Both arguments are signed, 12 bits.
  let argument = u32(i32(code << 8) >> 20);
  const comparand = i32(code << 20) >> 20;
  if ((kind & ARGUMENT_IS_SHIFT) !== 0) argument = u32(1) << (argument & 31);
  const operation = (kind & 7) as WordOperation;
  if (operation > WordOperation.Xor || comparison > Comparison.GreaterOrEqual) return failure<boolean>(Errno.NOSYS);
  const [first, worked] = loadUser32(address);
  if (!worked) return failure<boolean>(Errno.FAULT);
  let old = u32(first);
  while (true) {
    const [seen, stored] = compareExchangeUser32(address, old, applied(operation, old, argument));
    if (!stored) return failure<boolean>(Errno.FAULT);
    if (u32(seen) === old) return success(holds(comparison as Comparison, i32(old), comparand));
    old = u32(seen);
  }
}

function applied(operation: WordOperation, old: u32, argument: u32): u32 {
  switch (operation) {
    case WordOperation.Set:
      return argument;
    case WordOperation.Add:
      return old + argument;
    case WordOperation.Or:
      return old | argument;
    case WordOperation.AndNot:
      return old & ~argument;
    case WordOperation.Xor:
      return old ^ argument;
  }
}

function holds(comparison: Comparison, a: i32, b: i32): boolean {
  switch (comparison) {
    case Comparison.Equal:
      return a === b;
    case Comparison.NotEqual:
      return a !== b;
    case Comparison.Less:
      return a < b;
    case Comparison.LessOrEqual:
      return a <= b;
    case Comparison.Greater:
      return a > b;
    case Comparison.GreaterOrEqual:
      return a >= b;
  }
}

function waitForOwnership(address: u64, timeout: u64, isRealtime: boolean): i64 {
  const moment = deadlineOf(timeout, true, isRealtime);
  if (!moment.ok) return errorCode(moment.error);
  return lockOwnership(address, moment.value);
}
