// How long threads have run: of one, and of all together, in nanoseconds.
//
// The scheduler counts in timestamps and adds at each switch, so a running thread's account lacks what it has run since:
// asking adds it. User and system time are not told apart: system calls are function calls here, and reading a counter at
// each would cost more than most of them do. All of it is reported as user time.

import { monotonicNanoseconds, timestampMultiplier } from "../arch/x86_64/clock.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { schedulers } from "./cpu_scheduler.ts";
import { charge, lockSchedulerOf } from "./dispatch.ts";
import { runCountsOfDead } from "./lifecycle.ts";
import type { Thread } from "./thread.ts";
import { firstThread, lockThreads, nextThread } from "./thread_table.ts";

/** Nanoseconds of a number of timestamp counts. */
export function nanosecondsOfCounts(counts: u64): u64 {
  let multiplier = timestampMultiplier();
  if (multiplier === 0) {
    // The clock learns its rate from the first question.
    monotonicNanoseconds();
    multiplier = timestampMultiplier();
  }
  // counts * multiplier / 2^32 in two halves; both fit for a counter of 250 MHz and more.
  const high = (counts >> 32) * multiplier;
  const low = ((counts & 0xffff_ffff) >> 2) * multiplier;
  return high + (low >> 30);
}

/** Nanoseconds that a thread has run, on whatever CPU it runs now. Any context. */
export function threadCpuTime(thread: Thread): u64 {
  const scheduler = lockSchedulerOf(thread);
  if (scheduler.current === thread) charge(scheduler, thread);
  scheduler.lock.release();
  return nanosecondsOfCounts(thread.runCounts);
}

/** Nanoseconds that all of the application's threads have run, with those that have ended. Any context. */
export function processCpuTime(): u64 {
  const count = cpuCount();
  for (let index: u32 = 0; index < count; index++) {
    const scheduler = schedulers.of[index];
    if (scheduler === null) continue;
    scheduler.lock.acquire();
    charge(scheduler, scheduler.current);
    scheduler.lock.release();
  }
  let counts = runCountsOfDead();
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) counts += thread.runCounts;
  return nanosecondsOfCounts(counts);
}
