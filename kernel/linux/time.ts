// Clocks and sleeping: the calls that read clocks (mostly the vDSO does it without them), and those that wait for one.
//
// All clocks come from two: the monotonic one, which counts from the machine's start, and its distance to the wall clock.
// The machine never sleeps and nobody steers its clock, so RAW, BOOTTIME and MONOTONIC are one; the COARSE ones cost no
// more than the fine ones and so are as fine; TAI is the wall clock, its offset 0 as on a Linux where nobody has set it.

import { monotonicAtWallTime, monotonicNanoseconds, setWallClock, wallClockNanoseconds } from "../arch/x86_64/clock.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { storeUser64 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { processCpuTime, threadCpuTime } from "../sched/cpu_time.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { currentThread } from "../sched/thread.ts";
import { findThread, PROCESS_ID } from "../sched/thread_table.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { NANOSECONDS, readTimespec, readTimeval, writeTimespec, writeTimeval } from "./timespec.ts";

/** include/uapi/linux/time.h of Linux 6.1. */
export const enum Clock {
  Realtime = 0,
  Monotonic = 1,
  ProcessCpuTime = 2,
  ThreadCpuTime = 3,
  MonotonicRaw = 4,
  RealtimeCoarse = 5,
  MonotonicCoarse = 6,
  Boottime = 7,
  RealtimeAlarm = 8,
  BoottimeAlarm = 9,
  Tai = 11,
}
/** A negative clock names the CPU time of a process or thread: ~id << 3, bit 2 for a thread, bits 1 and 0 the kind. */
const CPU_CLOCK_THREAD = 4;
const CPU_CLOCK_KIND = 3;
const CPU_CLOCK_SHIFT = 3;
const CPU_CLOCK_DESCRIPTOR = 3;

const TIMER_ABSOLUTE = 1;
const NANOSECONDS_PER_TICK: u64 = 10_000_000;

/** A clock's time in nanoseconds; INVAL for one that does not exist. */
export function clockTime(clock: u64): Result<u64> {
  const number = i32(clock);
  if (number < 0) return cpuClockTime(number);
  switch (u32(number) as Clock) {
    case Clock.Realtime:
    case Clock.RealtimeCoarse:
    case Clock.RealtimeAlarm:
    case Clock.Tai:
      return success<u64>(wallClockNanoseconds());
    case Clock.Monotonic:
    case Clock.MonotonicRaw:
    case Clock.MonotonicCoarse:
    case Clock.Boottime:
    case Clock.BoottimeAlarm:
      return success<u64>(monotonicNanoseconds());
    case Clock.ProcessCpuTime:
      return success<u64>(processCpuTime());
    case Clock.ThreadCpuTime:
      return success<u64>(threadCpuTime(currentThread()));
    default:
      return failure<u64>(Errno.INVAL);
  }
}

/** The monotonic time at which a clock that one can wait for shows `value`: not 0, and perhaps long ago. INVAL for the others. */
export function momentOf(clock: u64, value: u64): Result<u64> {
  switch (u32(clock) as Clock) {
    case Clock.Realtime:
    case Clock.RealtimeAlarm:
    case Clock.Tai:
      return success<u64>(monotonicAtWallTime(value));
    case Clock.Monotonic:
    case Clock.Boottime:
    case Clock.BoottimeAlarm:
      return success<u64>(maximum(value, u64(1)));
    default:
      return failure<u64>(Errno.INVAL);
  }
}

/** clock_gettime(2) */
export function sysClockGettime(clock: u64, address: u64): i64 {
  const time = clockTime(clock);
  return errorCode(time.ok ? writeTimespec(address, time.value) : time.error);
}

/** clock_getres(2): every clock counts nanoseconds. */
export function sysClockGetres(clock: u64, address: u64): i64 {
  const time = clockTime(clock);
  if (!time.ok) return errorCode(time.error);
  return address === 0 ? 0 : errorCode(writeTimespec(address, 1));
}

/** clock_settime(2) */
export function sysClockSettime(clock: u64, address: u64): i64 {
  if (u32(clock) !== u32(Clock.Realtime)) return errorCode(Errno.INVAL);
  const time = readTimespec(address);
  if (!time.ok) return errorCode(time.error);
  setWallClock(time.value);
  return 0;
}

/** gettimeofday(2) */
export function sysGettimeofday(address: u64, zone: u64): i64 {
  if (address !== 0) {
    const error = writeTimeval(address, wallClockNanoseconds());
    if (error !== Errno.NONE) return errorCode(error);
  }
  // struct timezone: two ints, both 0.
  return zone === 0 || storeUser64(zone, 0) ? 0 : errorCode(Errno.FAULT);
}

/** settimeofday(2); the time zone is not kept. */
export function sysSettimeofday(address: u64, _zone: u64): i64 {
  if (address === 0) return 0;
  const time = readTimeval(address);
  if (!time.ok) return errorCode(time.error);
  setWallClock(time.value);
  return 0;
}

/** time(2) */
export function sysTime(address: u64): i64 {
  const seconds = wallClockNanoseconds() / NANOSECONDS;
  if (address !== 0 && !storeUser64(address, seconds)) return errorCode(Errno.FAULT);
  return i64(seconds);
}

/** times(2): ticks are hundredths of a second; the result is the time since the machine's start. */
export function sysTimes(address: u64): i64 {
  if (address !== 0) {
    const worked =
      storeUser64(address, processCpuTime() / NANOSECONDS_PER_TICK) &&
      storeUser64(address + 8, 0) &&
      storeUser64(address + 16, 0) &&
      storeUser64(address + 24, 0);
    if (!worked) return errorCode(Errno.FAULT);
  }
  return i64(monotonicNanoseconds() / NANOSECONDS_PER_TICK);
}

/** nanosleep(2) */
export function sysNanosleep(requestAddress: u64, remainAddress: u64): i64 {
  const request = readTimespec(requestAddress);
  if (!request.ok) return errorCode(request.error);
  return sleepFor(request.value, remainAddress);
}

/** clock_nanosleep(2) */
export function sysClockNanosleep(clock: u64, flags: u64, requestAddress: u64, remainAddress: u64): i64 {
  if (isProcessClock(clock)) return sleepByCpuTime(clock, (u32(flags) & TIMER_ABSOLUTE) !== 0, requestAddress, remainAddress);
  if (!momentOf(clock, 0).ok) return errorCode(clockTime(clock).ok ? Errno.OPNOTSUPP : Errno.INVAL);
  const request = readTimespec(requestAddress);
  if (!request.ok) return errorCode(request.error);
  if ((u32(flags) & TIMER_ABSOLUTE) === 0) return sleepFor(request.value, remainAddress);
  const moment = momentOf(clock, request.value);
  if (!moment.ok) return errorCode(moment.error);
  const ended = sleepUntil(moment.value);
  // Started again, it waits for the same moment.
  return ended ? 0 : errorCode(Errno.RESTARTNOHAND);
}

/** Whether a clock counts the processor time of the process or of a thread by its number. One's own thread's cannot be waited for. */
function isProcessClock(clock: u64): boolean {
  if (u32(clock) === u32(Clock.ProcessCpuTime)) return true;
  return i32(clock) < 0 && clockTime(clock).ok;
}

/** Sleeps until a clock of processor time shows a time: looks when that could be so at the earliest, and again as often as it takes. */
function sleepByCpuTime(clock: u64, isAbsolute: boolean, requestAddress: u64, remainAddress: u64): i64 {
  const request = readTimespec(requestAddress);
  if (!request.ok) return errorCode(request.error);
  let time = clockTime(clock);
  const target = isAbsolute ? request.value : request.value + (time.ok ? time.value : 0);
  while (time.ok && time.value < target) {
    const rest = maximum((target - time.value) / u64(cpuCount()), SHORTEST_LOOK);
    const reason = sleepCurrent(monotonicNanoseconds() + rest, true);
    time = clockTime(clock);
    if (reason !== WakeReason.Interrupted) continue;
    if (isAbsolute) return errorCode(Errno.RESTARTNOHAND);
    if (remainAddress === 0) return errorCode(Errno.INTR);
    const now = time.ok ? time.value : target;
    const error = writeTimespec(remainAddress, now < target ? target - now : 0);
    return errorCode(error !== Errno.NONE ? error : Errno.INTR);
  }
  return 0;
}

/** How often a sleep by processor time looks at most, in nanoseconds. */
const SHORTEST_LOOK: u64 = 1_000_000;

/** Sleeps; a signal ends it with INTR and what is left of the time. */
function sleepFor(nanoseconds: u64, remainAddress: u64): i64 {
  const deadline = monotonicNanoseconds() + nanoseconds;
  if (sleepUntil(deadline)) return 0;
  if (remainAddress !== 0) {
    const now = monotonicNanoseconds();
    const error = writeTimespec(remainAddress, deadline > now ? deadline - now : 0);
    if (error !== Errno.NONE) return errorCode(error);
  }
  return errorCode(Errno.INTR);
}

/** Says whether the moment came before a signal. */
function sleepUntil(deadline: u64): boolean {
  while (monotonicNanoseconds() < deadline) {
    if (sleepCurrent(deadline, true) === WakeReason.Interrupted) return monotonicNanoseconds() >= deadline;
  }
  return true;
}

function cpuClockTime(clock: i32): Result<u64> {
  if ((clock & CPU_CLOCK_KIND) === CPU_CLOCK_DESCRIPTOR) return failure<u64>(Errno.INVAL);
  const id = u32(~(clock >> CPU_CLOCK_SHIFT));
  if ((clock & CPU_CLOCK_THREAD) === 0) {
    return id === 0 || id === PROCESS_ID ? success<u64>(processCpuTime()) : failure<u64>(Errno.INVAL);
  }
  if (id === 0) return success<u64>(threadCpuTime(currentThread()));
  const thread = findThread(id);
  if (thread === null) return failure<u64>(Errno.INVAL);
  const time = threadCpuTime(thread);
  releaseThread(thread);
  return success<u64>(time);
}
