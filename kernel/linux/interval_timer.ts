// alarm(2), setitimer(2), getitimer(2): the process's one timer of real time, which sends SIGALRM, and those of processor time.
//
// A period counts from when the timer should have fired, so that ticks do not drift; ticks that were missed are left out.
// A timer of processor time (ITIMER_VIRTUAL, ITIMER_PROF) looks at the clock when the time could have been used at the earliest,
// by all processors, and again as often as it takes: nothing is counted at each switch. User and system time are one (sched/cpu_time.ts),
// so both timers count the same.

import { addressOf, objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { processCpuTime } from "../sched/cpu_time.ts";
import { Mutex } from "../sched/mutex.ts";
import { cancelTimer, startTimer, Timer, timeLeft } from "../sched/timers.ts";
import { Signal, SignalCode } from "./signal_numbers.ts";
import { sendSignalToProcess } from "./signal_send.ts";
import { NANOSECONDS, readTimeval, writeTimeval } from "./timespec.ts";

/** ITIMER_REAL. */
const REAL = 0;
/** ITIMER_PROF, the last. */
const LAST_CLOCK = 2;
/** A timer of processor time looks no more often than this, in nanoseconds. */
const SHORTEST_LOOK: u64 = 1_000_000;
const MICROSECOND: u64 = 1000;
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

/** A timer of processor time. */
class CpuTimer {
  readonly lock = new Mutex(LockOrder.IntervalTimer);
  readonly timer = new Timer();
  /** Nanoseconds of processor time; 0: once. */
  period: u64 = 0;
  /** The processor time at which it fires; 0: never. */
  target: u64 = 0;
  readonly signal: u32;

  constructor(signal: u32) {
    this.signal = signal;
  }

  /** @param delay nanoseconds of processor time until it fires, 0: never */
  set(delay: u64, period: u64): void {
    cancelTimer(this.timer);
    this.period = period;
    this.target = 0;
    if (delay === 0) return;
    const used = processCpuTime();
    this.target = used + delay;
    this.timer.callback = lookAtCpuTime;
    this.timer.argument = addressOf(this);
    this.lookAgain(used);
  }

  left(): u64 {
    if (this.target === 0) return 0;
    const used = processCpuTime();
    return this.target > used ? this.target - used : 1;
  }

  /** Has the timer look when the rest can have been used. */
  lookAgain(used: u64): void {
    const rest = this.target > used ? (this.target - used) / u64(cpuCount()) : 0;
    startTimer(this.timer, monotonicNanoseconds() + maximum(rest, SHORTEST_LOOK));
  }
}

const virtual = new CpuTimer(Signal.VTALRM);
const profile = new CpuTimer(Signal.PROF);

function lookAtCpuTime(argument: u64): void {
  // Safe: the argument is the address of one of the two timers above.
  const timer = objectAt<CpuTimer>(argument);
  const used = processCpuTime();
  if (used >= timer.target) {
    sendSignalToProcess(timer.signal, i32(SignalCode.Kernel), 0);
    const missed = timer.period === 0 ? 0 : (used - timer.target) / timer.period;
    timer.target = timer.period === 0 ? 0 : timer.target + (missed + 1) * timer.period;
  }
  if (timer.target !== 0) timer.lookAgain(used);
}

/** The timer of processor time that a number of setitimer(2) means; null for another number. */
function cpuTimerOf(clock: u64): CpuTimer | null {
  if (u32(clock) === REAL || u32(clock) > LAST_CLOCK) return null;
  return u32(clock) === LAST_CLOCK ? profile : virtual;
}

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
  if (u32(clock) > LAST_CLOCK) return errorCode(Errno.INVAL);
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
  const cpuTimer = cpuTimerOf(clock);
  if (cpuTimer !== null) return setCpuTimer(cpuTimer, delay, period, oldAddress);
  using _ = real.lock.acquire();
  const left = timeLeft(real.timer);
  const oldPeriod = real.period;
  setTimer(delay, period);
  return oldAddress === 0 ? 0 : errorCode(writeSetting(oldAddress, oldPeriod, left));
}

function setCpuTimer(timer: CpuTimer, delay: u64, period: u64, oldAddress: u64): i64 {
  using _ = timer.lock.acquire();
  const left = timer.left();
  const oldPeriod = timer.period;
  timer.set(delay, period);
  return oldAddress === 0 ? 0 : errorCode(writeSetting(oldAddress, oldPeriod, left));
}

/** getitimer(2) */
export function sysGetitimer(clock: u64, address: u64): i64 {
  if (u32(clock) > LAST_CLOCK) return errorCode(Errno.INVAL);
  const cpuTimer = cpuTimerOf(clock);
  if (cpuTimer !== null) {
    using _cpu = cpuTimer.lock.acquire();
    return errorCode(writeSetting(address, cpuTimer.period, cpuTimer.left()));
  }
  using _ = real.lock.acquire();
  return errorCode(writeSetting(address, real.period, timeLeft(real.timer)));
}

/** Writes struct itimerval. What is left of a timer that is set is a microsecond at least: 0 would say that it is not. */
function writeSetting(address: u64, period: u64, left: u64): Errno {
  const error = writeTimeval(address, period);
  if (error !== Errno.NONE) return error;
  return writeTimeval(address + TIME_SIZE, left === 0 ? 0 : maximum(left, MICROSECOND));
}
