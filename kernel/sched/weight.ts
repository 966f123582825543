// How much a thread's running counts, by its nice value.
//
// One step of nice is a factor of 1.25 in virtual time, so about 10 % of the CPU between two threads that compete, as
// setpriority(2) users expect of Linux. The factors are round(2^16 * 1.25^nice). SCHED_IDLE counts three times as much as nice 19.

import { monotonicNanoseconds, timestampMultiplier } from "../arch/x86_64/clock.ts";
import type { Thread } from "./thread.ts";

export const LOWEST_NICE = -20;
export const HIGHEST_NICE = 19;

/** Scheduling policies of sched_setscheduler(2): 1 and 2 are of real time, the others share the CPU fairly. */
export const enum Policy {
  Other = 0,
  FirstInFirstOut = 1,
  RoundRobin = 2,
  Batch = 3,
  Idle = 5,
}

const NICE_FACTORS: FixedArray<u32, 40> = [
  756, 944, 1181, 1476, 1845, 2306, 2882, 3603, 4504, 5629, 7037, 8796, 10995, 13744, 17180, 21475, 26844, 33554, 41943, 52429,
  65536, 81920, 102400, 128000, 160000, 200000, 250000, 312500, 390625, 488281, 610352, 762939, 953674, 1192093, 1490116, 1862645,
  2328306, 2910383, 3637979, 4547474,
];
const IDLE_FACTOR: u64 = 13_642_422;

/** Sets a thread's share and policy; its share takes effect from its next charge on, its priority by changePriority (priority.ts). */
export function setShare(thread: Thread, nice: i32, policy: Policy): void {
  thread.nice = nice;
  thread.policy = u32(policy);
  // A real-time thread keeps a share for the time when it is none any more.
  const factor = policy === Policy.Idle ? IDLE_FACTOR : u64(NICE_FACTORS[u64(nice - LOWEST_NICE)]);
  let multiplier = timestampMultiplier();
  if (multiplier === 0) {
    // The clock learns its rate from the first question.
    monotonicNanoseconds();
    multiplier = timestampMultiplier();
  }
  thread.chargeFactor = (factor * multiplier) >> 32;
}
