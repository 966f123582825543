// futex(2): waiting in the kernel for a word of the application to change, and waking who waits.
//
// The table of those who wait is futex_table.ts; the operations that hand over ownership are futex_ownership.ts, those that move
// who waits futex_requeue.ts; waiting for several words and the newer calls are futex_vector.ts.

import { monotonicAtWallTime, monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { compareExchangeUser32, loadUser32 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { APPLICATION_END } from "../mm/user_memory.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { currentThread } from "../sched/thread.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { type FutexKey, isNowhere, keyOf, privateKey } from "./futex_key.ts";
import { lockOwnership, tryLockOwnership, unlockOwnership } from "./futex_ownership.ts";
import { requeue, requeueToOwn, WordPair, waitToBeRequeued } from "./futex_requeue.ts";
import { bucketOf, joinBucket, leaveBucket, lockBoth, unlockBoth, wakeWaiters } from "./futex_table.ts";
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
  WaitRequeueOwnership = 11,
  CompareRequeueOwnership = 12,
  LockOwnership2 = 13,
}
const OPERATION_MASK = 0x7f;
/** FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME. */
const PRIVATE_FLAG = 0x80;
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
  if (operation === WAKE_PRIVATE) return wakePrivate(address, u32(value));
  if (operation === WAIT_PRIVATE && timeout === 0) return waitForWord(privateKey(address), address, u32(value), ALL_BITS, 0);
  return otherOperation(address, operation, value, timeout, address2, value3);
}

/** @inline */
function wakePrivate(address: u64, limit: u32): i64 {
  if (address >= APPLICATION_END) return errorCode(Errno.FAULT);
  return futexWake(privateKey(address), address, limit, ALL_BITS);
}

/** @noinline */
function otherOperation(address: u64, operation: u64, value: u64, timeout: u64, address2: u64, value3: u64): i64 {
  const isRealtime = (operation & CLOCK_REALTIME_FLAG) !== 0;
  const isPrivate = (operation & PRIVATE_FLAG) !== 0;
  const kind = u32(operation & OPERATION_MASK) as FutexOperation;
  if (isRealtime && !hasClock(kind)) return errorCode(Errno.NOSYS);
  const key = keyOf(address, isPrivate);
  // Misaligned before not there, as Linux looks.
  if (isNowhere(key)) return errorCode((address & 3) !== 0 ? Errno.INVAL : Errno.FAULT);
  switch (kind) {
    case FutexOperation.Wait:
      return futexWait(key, address, u32(value), ALL_BITS, timeout, false, false);
    case FutexOperation.WaitBitset:
      return futexWait(key, address, u32(value), u32(value3), timeout, true, isRealtime);
    case FutexOperation.Wake:
      return futexWake(key, address, u32(value), ALL_BITS);
    case FutexOperation.WakeBitset:
      return futexWake(key, address, u32(value), u32(value3));
    case FutexOperation.LockOwnership:
      return waitForOwnership(key, address, timeout, true);
    case FutexOperation.LockOwnership2:
      return waitForOwnership(key, address, timeout, isRealtime);
    case FutexOperation.UnlockOwnership:
      return (address & 3) !== 0 ? errorCode(Errno.INVAL) : unlockOwnership(key, address);
    case FutexOperation.TryLockOwnership:
      return (address & 3) !== 0 ? errorCode(Errno.INVAL) : tryLockOwnership(key, address);
    default:
      return operationOnTwo(kind, key, address, value, timeout, address2, value3, isPrivate, isRealtime);
  }
}

/** Whether an operation has a clock to choose. */
function hasClock(operation: FutexOperation): boolean {
  return (
    operation === FutexOperation.WaitBitset ||
    operation === FutexOperation.WaitRequeueOwnership ||
    operation === FutexOperation.LockOwnership2
  );
}

/** The operations on two words, and the end of the list. */
function operationOnTwo(
  operation: FutexOperation,
  key: FutexKey,
  address: u64,
  value: u64,
  timeout: u64,
  address2: u64,
  value3: u64,
  isPrivate: boolean,
  isRealtime: boolean,
): i64 {
  const pair = new WordPair(address, key, address2, keyOf(address2, isPrivate));
  const wakes = u32(value);
  const moves = u32(timeout);
  switch (operation) {
    case FutexOperation.Requeue:
      return requeue(pair, wakes, moves, false, 0);
    case FutexOperation.CompareRequeue:
      return requeue(pair, wakes, moves, true, u32(value3));
    case FutexOperation.WakeOperation:
      return futexWakeOperation(pair, wakes, moves, u32(value3));
    case FutexOperation.CompareRequeueOwnership:
      return requeueToOwn(pair, wakes, moves, u32(value3));
    case FutexOperation.WaitRequeueOwnership: {
      const moment = deadlineOf(timeout, true, isRealtime);
      if (!moment.ok) return errorCode(moment.error);
      return waitToBeRequeued(pair, wakes, u32(value3), moment.value);
    }
    default:
      logOnce("futex", `futex: operation ${u32(operation)} is not supported`);
      return errorCode(Errno.NOSYS);
  }
}

/**
 * Wakes up to `limit` threads that wait for a word with one of the bits. Gives how many, or -errno. Any thread.
 * @noinline
 */
export function futexWake(key: FutexKey, address: u64, limit: u32, bitset: u32): i64 {
  if ((address & 3) !== 0 || bitset === 0) return errorCode(Errno.INVAL);
  const bucket = bucketOf(key);
  using _ = bucket.lock.acquire();
  if (bucket.waiters.isEmpty()) return 0;
  return i64(wakeWaiters(bucket, key, atLeastOne(limit), bitset));
}

/** Linux wakes one for a limit of 0 or less as well: it counts after it has woken. */
function atLeastOne(limit: u32): u32 {
  return i32(limit) < 1 ? 1 : limit;
}

/**
 * The moment that a timeout means, in monotonic nanoseconds; 0 without one.
 * @param timeout address of a struct timespec, or 0
 */
export function deadlineOf(timeout: u64, isAbsolute: boolean, isRealtime: boolean): Result<u64> {
  if (timeout === 0) return success<u64>(0);
  const time = readTimespec(timeout);
  if (!time.ok) return failure<u64>(time.error);
  if (!isAbsolute) return success<u64>(monotonicNanoseconds() + time.value);
  return success<u64>(isRealtime ? monotonicAtWallTime(time.value) : maximum(time.value, u64(1)));
}

function futexWait(
  key: FutexKey,
  address: u64,
  expected: u32,
  bitset: u32,
  timeout: u64,
  isAbsolute: boolean,
  isRealtime: boolean,
): i64 {
  const moment = deadlineOf(timeout, isAbsolute, isRealtime);
  if (!moment.ok) return errorCode(moment.error);
  return waitForWord(key, address, expected, bitset, moment.value);
}

/**
 * Waits until a wake-up with one of the bits, if the word has the expected value.
 * @param deadline monotonic nanoseconds; 0 for none
 * @noinline
 */
export function waitForWord(key: FutexKey, address: u64, expected: u32, bitset: u32, deadline: u64): i64 {
  if ((address & 3) !== 0 || bitset === 0) return errorCode(Errno.INVAL);
  const bucket = bucketOf(key);
  const waiter = currentThread().futex;
  while (true) {
    bucket.lock.acquire();
    const [value, worked] = loadUser32(address);
    if (worked) {
      if (u32(value) !== expected) {
        bucket.lock.release();
        return errorCode(Errno.AGAIN);
      }
      joinBucket(bucket, waiter, key, bitset, false);
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

function futexWakeOperation(pair: WordPair, limit: u32, limit2: u32, code: u32): i64 {
  const error = pair.check();
  if (error !== Errno.NONE) return errorCode(error);
  const bucket = bucketOf(pair.key());
  const bucket2 = bucketOf(pair.targetKey());
  const address2 = pair.target;
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
    let woken = wakeWaiters(bucket, pair.key(), atLeastOne(limit), ALL_BITS);
    if (change.value) woken += wakeWaiters(bucket2, pair.targetKey(), atLeastOne(limit2), ALL_BITS);
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

function waitForOwnership(key: FutexKey, address: u64, timeout: u64, isRealtime: boolean): i64 {
  const moment = deadlineOf(timeout, true, isRealtime);
  if (!moment.ok) return errorCode(moment.error);
  return (address & 3) !== 0 ? errorCode(Errno.INVAL) : lockOwnership(key, address, moment.value);
}
