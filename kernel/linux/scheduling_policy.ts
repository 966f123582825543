// The policies by which threads are scheduled: sched_setscheduler(2), sched_setattr(2) and their kin, as Linux has them for root.
//
// SCHED_FIFO and SCHED_RR are real (sched/real_time_queue.ts). SCHED_DEADLINE is refused with EPERM, as for a user without
// the right to it, so that nobody takes a promise for kept that is not.
// include/uapi/linux/sched/types.h of Linux 6.12; sched(7).

import { addressOf, sliceAt } from "unsafe";
import { loadUser32, storeUser32 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { copyFromUser, copyToUser, readUser8, type UserPointer } from "../mm/user_memory.ts";
import { SLICE } from "../sched/dispatch.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { setPolicy } from "../sched/priority.ts";
import { ROUND_ROBIN_SLICES } from "../sched/scheduler.ts";
import type { Thread } from "../sched/thread.ts";
import { HIGHEST_NICE, LOWEST_NICE, Policy } from "../sched/weight.ts";
import { threadOf } from "./scheduling.ts";
import { writeTimespec } from "./timespec.ts";

/** SCHED_DEADLINE. */
const EARLIEST_DEADLINE = 6;
const RESET_ON_FORK = 0x4000_0000;
const HIGHEST_PRIORITY = 99;

/** struct sched_attr, version 1. @size 56 */
class Attributes {
  size: u32 = 0;
  policy: u32 = 0;
  flags: u64 = 0;
  nice: i32 = 0;
  priority: u32 = 0;
  runtime: u64 = 0;
  deadline: u64 = 0;
  period: u64 = 0;
  leastUtilization: u32 = 0;
  mostUtilization: u32 = 0;
}
/** SCHED_ATTR_SIZE_VER0: without the utilization. */
const SMALLEST_ATTRIBUTES = 48;
const LARGEST_ATTRIBUTES = 4096;

const enum AttributeFlag {
  ResetOnFork = 1,
  Reclaim = 2,
  DeadlineOverrun = 4,
  KeepPolicy = 8,
  KeepParameters = 16,
  All = 0x7f,
}

/** sched_getscheduler(2) */
export function sysSchedGetscheduler(id: u64): i64 {
  if (i32(id) < 0) return errorCode(Errno.INVAL);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  const policy = i64(thread.policy) | (thread.resetsPolicy ? RESET_ON_FORK : 0);
  releaseThread(thread);
  return policy;
}

/** sched_setscheduler(2) */
export function sysSchedSetscheduler(id: u64, policy: u64, parameters: u64): i64 {
  if (i32(policy) < 0 || parameters === 0 || i32(id) < 0) return errorCode(Errno.INVAL);
  const [priority, worked] = loadUser32(parameters);
  if (!worked) return errorCode(Errno.FAULT);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  const error = change(thread, u32(policy) & ~u32(RESET_ON_FORK), thread.nice, u32(priority));
  if (error === Errno.NONE) thread.resetsPolicy = (u32(policy) & RESET_ON_FORK) !== 0;
  releaseThread(thread);
  return errorCode(error);
}

/** sched_getparam(2): the priority of a fair policy is 0. */
export function sysSchedGetparam(id: u64, address: u64): i64 {
  if (address === 0 || i32(id) < 0) return errorCode(Errno.INVAL);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  const priority = thread.priority;
  releaseThread(thread);
  return storeUser32(address, u64(priority)) ? 0 : errorCode(Errno.FAULT);
}

/** sched_setparam(2) */
export function sysSchedSetparam(id: u64, address: u64): i64 {
  if (address === 0 || i32(id) < 0) return errorCode(Errno.INVAL);
  const [priority, worked] = loadUser32(address);
  if (!worked) return errorCode(Errno.FAULT);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  const error = change(thread, thread.policy, thread.nice, u32(priority));
  releaseThread(thread);
  return errorCode(error);
}

/** sched_setattr(2) */
export function sysSchedSetattr(id: u64, address: u64, flags: u64): i64 {
  if (address === 0 || i32(id) < 0 || flags !== 0) return errorCode(Errno.INVAL);
  const given = new Attributes();
  const read = readAttributes(given, address);
  if (read !== Errno.NONE) return errorCode(read);
  if (i32(given.policy) < 0) return errorCode(Errno.INVAL);
  if ((given.flags & ~u64(u32(AttributeFlag.All))) !== 0) return errorCode(Errno.INVAL);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  if (given.policy === EARLIEST_DEADLINE && given.runtime !== 0) {
    releaseThread(thread);
    return errorCode(refuseDeadline());
  }
  const keeps = (given.flags & u64(u32(AttributeFlag.KeepParameters))) !== 0;
  const policy = (given.flags & u64(u32(AttributeFlag.KeepPolicy))) !== 0 ? thread.policy : given.policy;
  const wanted = minimum(maximum(given.nice, i32(LOWEST_NICE)), i32(HIGHEST_NICE));
  const nice = keeps || !isFair(policy) ? thread.nice : wanted;
  const error = change(thread, policy, nice, keeps ? thread.priority : given.priority);
  if (error === Errno.NONE) thread.resetsPolicy = (given.flags & u64(u32(AttributeFlag.ResetOnFork))) !== 0;
  releaseThread(thread);
  return errorCode(error);
}

/** Reads a structure of the size that it says itself: a larger one must have zeros behind what is known. */
function readAttributes(given: Attributes, address: u64): Errno {
  const [said, worked] = loadUser32(address);
  if (!worked) return Errno.FAULT;
  const size = said === 0 ? u64(SMALLEST_ATTRIBUTES) : u64(u32(said));
  if (size < SMALLEST_ATTRIBUTES || size > LARGEST_ATTRIBUTES) return refuseSize(address);
  for (let offset = sizeOf<Attributes>(); offset < size; offset++) {
    const byte = readUser8((address + offset) as UserPointer);
    if (!byte.ok) return Errno.FAULT;
    if (byte.value !== 0) return refuseSize(address);
  }
  // Safe: the slice is the object's own bytes.
  return copyFromUser(sliceAt<u8>(addressOf(given), minimum(size, sizeOf<Attributes>())), address as UserPointer);
}

/** Says what size this kernel knows. */
function refuseSize(address: u64): Errno {
  storeUser32(address, sizeOf<Attributes>());
  return Errno.TOOBIG;
}

/** sched_getattr(2) */
export function sysSchedGetattr(id: u64, address: u64, size: u64, flags: u64): i64 {
  const room = u64(u32(size));
  if (address === 0 || i32(id) < 0 || u32(flags) !== 0) return errorCode(Errno.INVAL);
  if (room < SMALLEST_ATTRIBUTES || room > LARGEST_ATTRIBUTES) return errorCode(Errno.INVAL);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  const told = new Attributes();
  const length = minimum(room, sizeOf<Attributes>());
  told.size = u32(length);
  told.policy = thread.policy;
  told.flags = thread.resetsPolicy ? u64(u32(AttributeFlag.ResetOnFork)) : 0;
  if (thread.priority !== 0) told.priority = thread.priority;
  else told.nice = thread.nice;
  told.mostUtilization = 1024;
  releaseThread(thread);
  // Safe: the slice is the object's own bytes.
  return errorCode(copyToUser(address as UserPointer, sliceAt<u8>(addressOf(told), length)));
}

/** sched_get_priority_max(2) */
export function sysSchedGetPriorityMax(policy: u64): i64 {
  return priorityLimit(u32(policy), HIGHEST_PRIORITY);
}

/** sched_get_priority_min(2) */
export function sysSchedGetPriorityMin(policy: u64): i64 {
  return priorityLimit(u32(policy), 1);
}

/** sched_rr_get_interval(2): the turn of SCHED_RR, the slice of a fair policy; SCHED_FIFO has none. */
export function sysSchedRrGetInterval(id: u64, address: u64): i64 {
  if (i32(id) < 0) return errorCode(Errno.INVAL);
  const thread = threadOf(id);
  if (thread === null) return errorCode(Errno.SRCH);
  let interval = SLICE;
  if (thread.policy === u32(Policy.FirstInFirstOut)) interval = 0;
  if (thread.policy === u32(Policy.RoundRobin)) interval = SLICE * ROUND_ROBIN_SLICES;
  releaseThread(thread);
  return errorCode(writeTimespec(address, interval));
}

function isFair(policy: u32): boolean {
  return policy === u32(Policy.Other) || policy === u32(Policy.Batch) || policy === u32(Policy.Idle);
}

function isRealTime(policy: u32): boolean {
  return policy === u32(Policy.FirstInFirstOut) || policy === u32(Policy.RoundRobin);
}

function change(thread: Thread, policy: u32, nice: i32, priority: u32): Errno {
  if (!isFair(policy) && !isRealTime(policy)) return Errno.INVAL;
  if (isRealTime(policy) !== (priority !== 0) || priority > HIGHEST_PRIORITY) return Errno.INVAL;
  setPolicy(thread, policy as Policy, nice, priority);
  return Errno.NONE;
}

function refuseDeadline(): Errno {
  logOnce("SCHED_DEADLINE", "the policy SCHED_DEADLINE is refused (EPERM): SCHED_FIFO and SCHED_RR are offered");
  return Errno.PERM;
}

function priorityLimit(policy: u32, ofRealTime: i64): i64 {
  if (isRealTime(policy)) return ofRealTime;
  return isFair(policy) || policy === EARLIEST_DEADLINE ? 0 : errorCode(Errno.INVAL);
}
