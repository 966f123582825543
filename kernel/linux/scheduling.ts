// What the application may say about how its threads are scheduled: CPUs, nice values, policies.
//
// Affinity and nice are honoured. Real-time policies are refused with EPERM, as Linux does without CAP_SYS_NICE, so nobody
// takes a promise for kept that is not.

import { addressOf, sliceAt } from "unsafe";
import { currentCpu } from "../arch/x86_64/cpu.ts";
import { loadUser32, storeUser32, storeUser64 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { copyFromUser, type UserPointer } from "../mm/user_memory.ts";
import { schedulers } from "../sched/cpu_scheduler.ts";
import { SLICE } from "../sched/dispatch.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { changeAffinity, yieldNow } from "../sched/scheduler.ts";
import { currentThread, retainThread, type Thread } from "../sched/thread.ts";
import { findThread, firstThread, lockThreads, nextThread, PROCESS_ID } from "../sched/thread_table.ts";
import { HIGHEST_NICE, LOWEST_NICE, Policy, setShare } from "../sched/weight.ts";
import { writeTimespec } from "./timespec.ts";

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
  const mask = thread.affinity & schedulers.online.load();
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

/** sched_getscheduler(2) */
export function sysSchedGetscheduler(id: u64): i64 {
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  const policy = i64(thread.policy);
  releaseThread(thread);
  return policy;
}

/** sched_setscheduler(2) */
export function sysSchedSetscheduler(id: u64, policy: u64, parameters: u64): i64 {
  const wanted = u32(policy) & ~u32(RESET_ON_FORK);
  const [priority, worked] = loadUser32(parameters);
  if (!worked) return errorCode(Errno.FAULT);
  const error = checkPolicy(wanted, u32(priority));
  if (error !== Errno.NONE) return errorCode(error);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  setShare(thread, thread.nice, wanted as Policy);
  releaseThread(thread);
  return 0;
}

/** sched_getparam(2): the priority of a fair policy is 0. */
export function sysSchedGetparam(id: u64, address: u64): i64 {
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  releaseThread(thread);
  if (address === 0) return errorCode(Errno.INVAL);
  return storeUser32(address, 0) ? 0 : errorCode(Errno.FAULT);
}

/** sched_setparam(2) */
export function sysSchedSetparam(id: u64, address: u64): i64 {
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  releaseThread(thread);
  if (address === 0) return errorCode(Errno.INVAL);
  const [priority, worked] = loadUser32(address);
  if (!worked) return errorCode(Errno.FAULT);
  return priority === 0 ? 0 : errorCode(Errno.INVAL);
}

/** sched_get_priority_max(2) */
export function sysSchedGetPriorityMax(policy: u64): i64 {
  return priorityLimit(u32(policy), 99);
}

/** sched_get_priority_min(2) */
export function sysSchedGetPriorityMin(policy: u64): i64 {
  return priorityLimit(u32(policy), 1);
}

/** sched_rr_get_interval(2): the slice of a fair policy. */
export function sysSchedRrGetInterval(id: u64, address: u64): i64 {
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  releaseThread(thread);
  return errorCode(writeTimespec(address, SLICE));
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

/** SCHED_FIFO, SCHED_RR, SCHED_DEADLINE. */
const FIRST_IN_FIRST_OUT = 1;
const ROUND_ROBIN = 2;
const EARLIEST_DEADLINE = 6;
const RESET_ON_FORK = 0x4000_0000;

function isFair(policy: u32): boolean {
  return policy === u32(Policy.Other) || policy === u32(Policy.Batch) || policy === u32(Policy.Idle);
}

function checkPolicy(policy: u32, priority: u32): Errno {
  if (isFair(policy)) return priority === 0 ? Errno.NONE : Errno.INVAL;
  if (policy !== FIRST_IN_FIRST_OUT && policy !== ROUND_ROBIN) return Errno.INVAL;
  return priority >= 1 && priority <= 99 ? Errno.PERM : Errno.INVAL;
}

function priorityLimit(policy: u32, ofRealTime: i64): i64 {
  if (policy === FIRST_IN_FIRST_OUT || policy === ROUND_ROBIN) return ofRealTime;
  return isFair(policy) || policy === EARLIEST_DEADLINE ? 0 : errorCode(Errno.INVAL);
}

/** The thread that a call means, with a reference: 0 is the caller. */
function threadOf(id: u64): Thread | null {
  if (u32(id) !== 0) return findThread(u32(id));
  const thread = currentThread();
  retainThread(thread);
  return thread;
}
