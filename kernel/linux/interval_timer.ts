// alarm(2), setitimer(2), getitimer(2): the process's one timer of real time, which sends SIGALRM.
//
// A period counts from when the timer should have fired, so that ticks do not drift; ticks that were missed are left out.
// The timers of processor time (ITIMER_VIRTUAL, ITIMER_PROF) are not offered.

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { logOnce } from "../lib/log.ts";
import { Mutex } from "../sched/mutex.ts";
import { cancelTimer, startTimer, Timer, timeLeft } from "../sched/timers.ts";
import { Signal, SignalCode } from "./signal_numbers.ts";
import { sendSignalToProcess } from "./signal_send.ts";
import { NANOSECONDS, readTimeval, writeTimeval } from "./timespec.ts";

/** ITIMER_REAL. */
const REAL = 0;
/** ITIMER_PROF, the last. */
const LAST_CLOCK = 2;
/** Bytes of struct timeval. */
const TIME_SIZE = 16;

class RealTimer {
  /** Held by whoever changes the timer. */
  readonly lock = new Mutex(LockOrder.IntervalTimer);
  readonly timer = new Timer();
  /** Nanoseconds; 0: once. */
  period: u64 = 0;
}

const real = new RealTimer();

function fire(_argument: u64): void {
  sendSignalToProcess(u32(Signal.ALRM), i32(SignalCode.Kernel), 0);
  const period = real.period;
  if (period === 0) return;
  const now = monotonicNanoseconds();
  const missed = now > real.timer.deadline ? (now - real.timer.deadline) / period : 0;
  startTimer(real.timer, real.timer.deadline + (missed + 1) * period);
}

/** Sets the timer. @param delay nanoseconds until it fires, 0: never */
function setTimer(delay: u64, period: u64): void {
  cancelTimer(real.timer);
  real.period = period;
  real.timer.callback = fire;
  if (delay !== 0) startTimer(real.timer, monotonicNanoseconds() + delay);
}

/** alarm(2) */
export function sysAlarm(seconds: u64): i64 {
  using _ = real.lock.acquire();
  const left = timeLeft(real.timer);
  setTimer(u64(u32(seconds)) * NANOSECONDS, 0);
  // A rest of a second counts as one: 0 would say that there was no alarm.
  return i64((left + NANOSECONDS - 1) / NANOSECONDS);
}

/** setitimer(2) */
export function sysSetitimer(clock: u64, newAddress: u64, oldAddress: u64): i64 {
  if (u32(clock) !== REAL) return refuse(clock);
  let period: u64 = 0;
  let delay: u64 = 0;
  if (newAddress !== 0) {
    const newPeriod = readTimeval(newAddress);
    if (!newPeriod.ok) return errorCode(newPeriod.error);
    const newDelay = readTimeval(newAddress + TIME_SIZE);
    if (!newDelay.ok) return errorCode(newDelay.error);
    period = newPeriod.value;
    delay = newDelay.value;
  }
  using _ = real.lock.acquire();
  const left = timeLeft(real.timer);
  const oldPeriod = real.period;
  setTimer(delay, period);
  return oldAddress === 0 ? 0 : errorCode(writeSetting(oldAddress, oldPeriod, left));
}

/** getitimer(2) */
export function sysGetitimer(clock: u64, address: u64): i64 {
  if (u32(clock) !== REAL) return refuse(clock);
  using _ = real.lock.acquire();
  return errorCode(writeSetting(address, real.period, timeLeft(real.timer)));
}

/** Writes struct itimerval. */
function writeSetting(address: u64, period: u64, left: u64): Errno {
  const error = writeTimeval(address, period);
  return error === Errno.NONE ? writeTimeval(address + TIME_SIZE, left) : error;
}

function refuse(clock: u64): i64 {
  if (u32(clock) <= LAST_CLOCK)
    logOnce("itimer", "interval timers of processor time are not offered (EINVAL): only ITIMER_REAL is");
  return errorCode(Errno.INVAL);
}
