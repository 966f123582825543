// struct itimerspec, as timerfd_settime(2) and timer_settime(2) take it: a period, and when a timer first fires, by a clock
// or from now on.

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { Errno } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { Clock, clockTime } from "./time.ts";
import { readTimespec, writeTimespec } from "./timespec.ts";

/** Bytes of struct timespec. */
const TIME_SIZE = 16;

/** A timer's setting: monotonic nanoseconds of its first firing (0: never), and its period in nanoseconds (0: once). */
export type TimerSetting = { readonly deadline: u64; readonly period: u64 };

/** Whether a timer can follow a clock: the wall clock, or one of those that count from the machine's start. */
export function isTimerClock(clock: u64): boolean {
  switch (u32(clock) as Clock) {
    case Clock.Realtime:
    case Clock.Monotonic:
    case Clock.Boottime:
    case Clock.RealtimeAlarm:
    case Clock.BoottimeAlarm:
    case Clock.Tai:
      return true;
    default:
      return false;
  }
}

/** Reads struct itimerspec. @param absolute the first firing is a time of the clock, which may have passed */
export function readTimerSetting(address: u64, clock: u64, absolute: boolean): Result<TimerSetting> {
  const period = readTimespec(address);
  if (!period.ok) return failure<TimerSetting>(period.error);
  const first = readTimespec(address + TIME_SIZE);
  if (!first.ok) return failure<TimerSetting>(first.error);
  const value = first.value;
  if (value === 0) return success<TimerSetting>({ deadline: 0, period: period.value });
  const now = monotonicNanoseconds();
  let delay = value;
  if (absolute) {
    const time = clockTime(clock);
    if (!time.ok) return failure<TimerSetting>(time.error);
    delay = value > time.value ? value - time.value : 0;
  }
  return success<TimerSetting>({ deadline: now + delay, period: period.value });
}

/** Writes struct itimerspec. @param left nanoseconds until the timer fires, 0: it does not */
export function writeTimerSetting(address: u64, left: u64, period: u64): Errno {
  const error = writeTimespec(address, period);
  return error === Errno.NONE ? writeTimespec(address + TIME_SIZE, left) : error;
}
