// timer_create(2) and its kin: timers that send a signal, to the process or to one thread.
//
// A timer's signal is pending at most once; what fires meanwhile counts as overrun of that one. Numbers of timers are slots of
// a table, so a program's timers have small numbers, as on Linux.

import { addressOf, objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { Mutex } from "../sched/mutex.ts";
import type { Thread } from "../sched/thread.ts";
import { findThread } from "../sched/thread_table.ts";
import { cancelTimer, startTimer, Timer, timeLeft } from "../sched/timers.ts";
import { isSignal } from "./signal_actions.ts";
import { Signal } from "./signal_numbers.ts";
import { countOverrun, forgetOverruns, POSIX_TIMERS, signalLock, takenOverruns, timerOrigin } from "./signal_queue.ts";
import { sendTimerSignal } from "./signal_send.ts";
import { isTimerClock, readTimerSetting, writeTimerSetting } from "./timer_setting.ts";
import { readUserObject } from "./user_object.ts";

const ABSOLUTE = 1;

/** sigev_notify. */
export const enum Notification {
  Signal = 0,
  None = 1,
  /** SIGEV_THREAD, which C libraries make of ThreadSignal. */
  Thread = 2,
  ThreadSignal = 4,
}

/** struct sigevent. @size 64 */
export class SignalEvent {
  value: u64 = 0;
  signal: i32 = 0;
  notification: i32 = 0;
  thread: i32 = 0;
  readonly padding!: FixedArray<u32, 11>;
}

class PosixTimer {
  readonly timer = new Timer();
  id: u32 = 0;
  clock: u64 = 0;
  /** Nanoseconds; 0: once. */
  period: u64 = 0;
  /** Sends nothing when it fires. */
  silent = false;
  signal: u32 = 0;
  value: u64 = 0;
  /** Null: the process. One reference. */
  target: Thread | null = null;
}

class TimerTable {
  /** Held by every call. */
  readonly lock = new Mutex(LockOrder.PosixTimer);
  readonly timers!: FixedArray<Ref<PosixTimer> | null, 128>;
}

const table = new TimerTable();

/** timer_create(2) */
export function sysTimerCreate(clock: u64, eventAddress: u64, idAddress: u64): i64 {
  if (!isTimerClock(clock)) return errorCode(Errno.INVAL);
  using _ = table.lock.acquire();
  const slot = freeSlot();
  if (slot === POSIX_TIMERS) return errorCode(Errno.AGAIN);
  const timer = create(PosixTimer);
  if (timer === null) return errorCode(Errno.AGAIN);
  timer.id = u32(slot);
  timer.clock = clock;
  let error = prepare(timer, eventAddress);
  if (error === Errno.NONE) error = writeUser32(idAddress as UserPointer, timer.id);
  if (error !== Errno.NONE) {
    dispose(timer);
    return errorCode(error);
  }
  timer.timer.callback = fire;
  timer.timer.argument = addressOf(timer);
  forgetOverruns(timer.id);
  table.timers[slot] = timer;
  return 0;
}

function freeSlot(): usize {
  let slot: usize = 0;
  while (slot < POSIX_TIMERS && table.timers[slot] !== null) slot++;
  return slot;
}

/** Sets what happens when a timer fires. Without an event: SIGALRM to the process, with the timer's number. */
function prepare(timer: PosixTimer, eventAddress: u64): Errno {
  timer.signal = u32(Signal.ALRM);
  timer.value = u64(timer.id);
  if (eventAddress === 0) return Errno.NONE;
  const event = new SignalEvent();
  const error = readUserObject(event, eventAddress);
  if (error !== Errno.NONE) return error;
  timer.value = event.value;
  timer.signal = u32(event.signal);
  switch (u32(event.notification) as Notification) {
    case Notification.None:
      timer.silent = true;
      return Errno.NONE;
    case Notification.Signal:
    case Notification.Thread:
      break;
    case Notification.ThreadSignal:
      timer.target = findThread(u32(event.thread));
      if (timer.target === null) return Errno.INVAL;
      break;
    default:
      return Errno.INVAL;
  }
  return isSignal(u64(timer.signal)) ? Errno.NONE : Errno.INVAL;
}

function fire(argument: u64): void {
  // Safe: the argument is the address of a timer, which is cancelled before it is freed.
  const timer = objectAt<PosixTimer>(argument);
  let fired: u64 = 1;
  if (timer.period !== 0) {
    const now = monotonicNanoseconds();
    if (now > timer.timer.deadline) fired += (now - timer.timer.deadline) / timer.period;
    startTimer(timer.timer, timer.timer.deadline + fired * timer.period);
  }
  if (timer.silent || isStillPending(timer, fired)) return;
  sendTimerSignal(timer.target, timer.signal, timerOrigin(timer.id, fired - 1), timer.value);
}

/** Whether the timer's last signal has not been taken yet; then it counts what has fired. */
function isStillPending(timer: PosixTimer, fired: u64): boolean {
  using _ = signalLock().acquire();
  return countOverrun(timer.signal, timer.id, fired);
}

/** timer_settime(2) */
export function sysTimerSettime(id: u64, flags: u64, newAddress: u64, oldAddress: u64): i64 {
  using _ = table.lock.acquire();
  const found = findTimer(id);
  if (!found.ok) return errorCode(found.error);
  if (newAddress === 0) return errorCode(Errno.INVAL);
  const timer = found.value;
  const setting = readTimerSetting(newAddress, timer.clock, (u32(flags) & ABSOLUTE) !== 0);
  if (!setting.ok) return errorCode(setting.error);
  const left = timeLeft(timer.timer);
  const oldPeriod = timer.period;
  cancelTimer(timer.timer);
  timer.period = setting.value.period;
  forgetOverruns(timer.id);
  if (setting.value.deadline !== 0) startTimer(timer.timer, setting.value.deadline);
  return oldAddress === 0 ? 0 : errorCode(writeTimerSetting(oldAddress, left, oldPeriod));
}

/** timer_gettime(2) */
export function sysTimerGettime(id: u64, address: u64): i64 {
  using _ = table.lock.acquire();
  const found = findTimer(id);
  if (!found.ok) return errorCode(found.error);
  return errorCode(writeTimerSetting(address, timeLeft(found.value.timer), found.value.period));
}

/** timer_getoverrun(2) */
export function sysTimerGetoverrun(id: u64): i64 {
  using _ = table.lock.acquire();
  const found = findTimer(id);
  return found.ok ? i64(takenOverruns(found.value.id)) : errorCode(found.error);
}

/** timer_delete(2) */
export function sysTimerDelete(id: u64): i64 {
  using _ = table.lock.acquire();
  const found = findTimer(id);
  if (!found.ok) return errorCode(found.error);
  table.timers[usize(u32(id))] = null;
  cancelTimer(found.value.timer);
  dispose(found.value);
  return 0;
}

/** The timer with a number; INVAL when there is none. The table's lock is held. */
function findTimer(id: u64): Result<PosixTimer> {
  const slot = usize(u32(id));
  if (slot >= POSIX_TIMERS) return failure<PosixTimer>(Errno.INVAL);
  const timer = table.timers[slot];
  return timer === null ? failure<PosixTimer>(Errno.INVAL) : success<PosixTimer>(timer);
}

function dispose(timer: PosixTimer): void {
  const target = timer.target;
  if (target !== null) releaseThread(target);
  destroy(timer);
}
