// What the application may say about how its threads are scheduled: CPUs and nice values. Policies: scheduling_policy.ts.

import { addressOf, sliceAt } from "unsafe";
import { cpuCount, currentCpu, MAXIMUM_CPUS } from "../arch/x86_64/cpu.ts";
import { storeUser32, storeUser64 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { copyFromUser, type UserPointer } from "../mm/user_memory.ts";
import { schedulers } from "../sched/cpu_scheduler.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { changeAffinity, yieldNow } from "../sched/scheduler.ts";
import { currentThread, retainThread, type Thread } from "../sched/thread.ts";
import { findThread, firstThread, lockThreads, nextThread, PROCESS_ID } from "../sched/thread_table.ts";
import { HIGHEST_NICE, LOWEST_NICE, Policy, setShare } from "../sched/weight.ts";

/** Bytes of a mask of CPUs; the application's may be longer or, for setting, shorter. */
const MASK_SIZE: u64 = 8;

class CpuMask {
  bits: u64 = 0;
}

/** sched_yield(2) */
export function sysSchedYield(): i64 {
  yieldNow();
  return 0;
}

/** getcpu(2). There is one NUMA node. */
export function sysGetcpu(cpuAddress: u64, nodeAddress: u64): i64 {
  if (cpuAddress !== 0 && !storeUser32(cpuAddress, u64(currentCpu().index))) return errorCode(Errno.FAULT);
  if (nodeAddress !== 0 && !storeUser32(nodeAddress, 0)) return errorCode(Errno.FAULT);
  return 0;
}

/** sched_getaffinity(2): gives the bytes that it wrote. */
export function sysSchedGetaffinity(id: u64, size: u64, address: u64): i64 {
  const length = u64(u32(size));
  if (length < MASK_SIZE || (length & (MASK_SIZE - 1)) !== 0) return errorCode(Errno.INVAL);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  // Those that are still on their way up count: the program is told of them everywhere else.
  const mask = thread.affinity & (~u64(0) >> u64(MAXIMUM_CPUS - cpuCount()));
  releaseThread(thread);
  return storeUser64(address, mask) ? i64(MASK_SIZE) : errorCode(Errno.FAULT);
}

/** sched_setaffinity(2) */
export function sysSchedSetaffinity(id: u64, size: u64, address: u64): i64 {
  const given = new CpuMask();
  const length = minimum(u64(u32(size)), MASK_SIZE);
  // Safe: the slice is the object's own bytes; a shorter mask leaves the upper CPUs out.
  const error = copyFromUser(sliceAt<u8>(addressOf(given), length), address as UserPointer);
  if (error !== Errno.NONE) return errorCode(error);
  const mask = given.bits;
  if ((mask & schedulers.online.load()) === 0) return errorCode(Errno.INVAL);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  changeAffinity(thread, mask);
  releaseThread(thread);
  return 0;
}

/** getpriority(2): 20 minus the nice value, so that it is never negative; the least nice of those that are meant. */
export function sysGetpriority(which: u64, who: u64): i64 {
  if (u32(which) > PRIORITY_USER) return errorCode(Errno.INVAL);
  if (u32(which) === PRIORITY_PROCESS) {
    const thread = threadOf(who);
    if (thread === null) return errorCode(Errno.SRCH);
    const nice = thread.nice;
    releaseThread(thread);
    return i64(NICE_OFFSET - nice);
  }
  if (!namesEverybody(u32(which), u32(who))) return errorCode(Errno.SRCH);
  let least: i32 = HIGHEST_NICE;
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) least = minimum(least, thread.nice);
  return i64(NICE_OFFSET - least);
}

/** setpriority(2): values beyond the limits are cut to them. */
export function sysSetpriority(which: u64, who: u64, value: u64): i64 {
  if (u32(which) > PRIORITY_USER) return errorCode(Errno.INVAL);
  const nice = minimum(maximum(i32(value), i32(LOWEST_NICE)), i32(HIGHEST_NICE));
  if (u32(which) === PRIORITY_PROCESS) {
    const thread = threadOf(who);
    if (thread === null) return errorCode(Errno.SRCH);
    setShare(thread, nice, thread.policy as Policy);
    releaseThread(thread);
    return 0;
  }
  if (!namesEverybody(u32(which), u32(who))) return errorCode(Errno.SRCH);
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) setShare(thread, nice, thread.policy as Policy);
  return 0;
}

/** PRIO_PROCESS, PRIO_PGRP, PRIO_USER: a thread, the group and the user that all threads belong to. */
const PRIORITY_PROCESS = 0;
const PRIORITY_GROUP = 1;
const PRIORITY_USER = 2;
const NICE_OFFSET: i32 = 20;

function namesEverybody(which: u32, who: u32): boolean {
  return who === 0 || (which === PRIORITY_GROUP && who === PROCESS_ID);
}

/** The thread that a call means, with a reference: 0 is the caller. */
export function threadOf(id: u64): Thread | null {
  if (u32(id) !== 0) return findThread(u32(id));
  const thread = currentThread();
  retainThread(thread);
  return thread;
}
