// ioprio_get(2), ioprio_set(2): priorities of input and output. Files are memory, so there is nothing that one transfer could be
// before another in; what a thread says is kept and told. include/uapi/linux/ioprio.h.
//
//   bits 13 to 15 class: 0 none, 1 real time, 2 best effort, 3 idle · bits 0 to 2 level

import { Errno, errorCode } from "../lib/errno.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { firstThread, lockThreads, nextThread, PROCESS_ID } from "../sched/thread_table.ts";
import { threadOf } from "./scheduling.ts";

const OF_PROCESS = 1;
const OF_GROUP = 2;
const OF_USER = 3;

const CLASS_SHIFT = 13;
const NONE = 0;
const IDLE = 3;
const LEVEL_MASK = 7;
/** What a thread has that never said anything: best effort, by its nice value of 0. */
const DEFAULT_PRIORITY: i64 = 0x4004;

/** ioprio_set(2) */
export function sysIoprioSet(which: u64, who: u64, priority: u64): i64 {
  const value = u32(priority);
  const kind = value >> CLASS_SHIFT;
  if (kind > IDLE || (kind === NONE && (value & LEVEL_MASK) !== 0)) return errorCode(Errno.INVAL);
  if (u32(which) === OF_PROCESS) {
    const thread = threadOf(who);
    if (thread === null) return errorCode(Errno.SRCH);
    thread.ioPriority = value;
    releaseThread(thread);
    return 0;
  }
  const error = checkAll(u32(which), u32(who));
  if (error !== Errno.NONE) return errorCode(error);
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) thread.ioPriority = value;
  return 0;
}

/** ioprio_get(2) */
export function sysIoprioGet(which: u64, who: u64): i64 {
  if (u32(which) === OF_PROCESS) {
    const thread = threadOf(who);
    if (thread === null) return errorCode(Errno.SRCH);
    const value = thread.ioPriority;
    releaseThread(thread);
    return value === 0 ? DEFAULT_PRIORITY : i64(value);
  }
  const error = checkAll(u32(which), u32(who));
  if (error !== Errno.NONE) return errorCode(error);
  let best: i64 = 0x7fff;
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) {
    best = minimum(best, thread.ioPriority === 0 ? DEFAULT_PRIORITY : i64(thread.ioPriority));
  }
  return best;
}

/** Whether a group or a user is meant that all threads belong to. */
function checkAll(which: u32, who: u32): Errno {
  if (which === OF_GROUP) return who === 0 || who === PROCESS_ID ? Errno.NONE : Errno.SRCH;
  if (which === OF_USER) return who === 0 ? Errno.NONE : Errno.SRCH;
  return Errno.INVAL;
}
