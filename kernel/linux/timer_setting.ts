// struct itimerspec, as timerfd_settime(2) and timer_settime(2) take it: a period, and when a timer first fires, by a clock
// or from now on.

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { Errno } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { momentOf } from "./time.ts";
import { readTimespec, writeTimespec } from "./timespec.ts";

/** Bytes of struct timespec. */
const TIME_SIZE = 16;

/** A timer's setting: monotonic nanoseconds of its first firing (0: never), and its period in nanoseconds (0: once). */
export type TimerSetting = { readonly deadline: u64; readonly period: u64 };

/** Whether a timer can follow a clock: the wall clock, or one of those that count from the machine's start. */
export function isTimerClock(clock: u64): boolean {
  return momentOf(clock, 0).ok;
}

/** Whether struct itimerspec can be read and holds times: NONE, FAULT or INVAL. */
export function checkTimerSetting(address: u64): Errno {
  const period = readTimespec(address);
  if (!period.ok) return period.error;
  const first = readTimespec(address + TIME_SIZE);
  return first.ok ? Errno.NONE : first.error;
}

/** Reads struct itimerspec. @param absolute the first firing is a time of the clock, which may have passed */
export function readTimerSetting(address: u64, clock: u64, absolute: boolean): Result<TimerSetting> {
  const period = readTimespec(address);
  if (!period.ok) return failure<TimerSetting>(period.error);
  const first = readTimespec(address + TIME_SIZE);
  if (!first.ok) return failure<TimerSetting>(first.error);
  const value = first.value;
  if (value === 0) return success<TimerSetting>({ deadline: 0, period: period.value });
  if (!absolute) return success<TimerSetting>({ deadline: monotonicNanoseconds() + value, period: period.value });
  const moment = momentOf(clock, value);
  if (!moment.ok) return failure<TimerSetting>(moment.error);
  return success<TimerSetting>({ deadline: moment.value, period: period.value });
}

/** Writes struct itimerspec. @param left nanoseconds until the timer fires, 0: it does not */
export function writeTimerSetting(address: u64, left: u64, period: u64): Errno {
  const error = writeTimespec(address, period);
  return error === Errno.NONE ? writeTimespec(address + TIME_SIZE, left) : error;
}
