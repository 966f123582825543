// getrusage(2): what the process or the thread has used. Time and switches are the scheduler's, faults memory
// management's; what nobody counts (swaps, messages, blocks) is 0, as on Linux where it is not kept either.
// The largest resident set is the most memory that was in use in the machine whenever somebody asked: it has one program.

import { Errno, errorCode } from "../lib/errno.ts";
import { freeMemory, totalMemory } from "../mm/frames.ts";
import { processCpuTime, threadCpuTime } from "../sched/cpu_time.ts";
import { currentThread } from "../sched/thread.ts";
import { firstThread, lockThreads, nextThread } from "../sched/thread_table.ts";
import { writeUserObject } from "./user_object.ts";

/** RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD. */
const SELF = 0;
const CHILDREN = -1;
const THREAD = 1;
const MICROSECONDS: u64 = 1_000_000;
const NANOSECONDS_PER_MICROSECOND: u64 = 1000;

/** struct rusage. @size 144 */
class Usage {
  userSeconds: u64 = 0;
  userMicroseconds: u64 = 0;
  systemSeconds: u64 = 0;
  systemMicroseconds: u64 = 0;
  /** Kilobytes. */
  largestResidentSet: u64 = 0;
  sharedText: u64 = 0;
  unsharedData: u64 = 0;
  unsharedStack: u64 = 0;
  minorFaults: u64 = 0;
  majorFaults: u64 = 0;
  swaps: u64 = 0;
  blocksRead: u64 = 0;
  blocksWritten: u64 = 0;
  messagesSent: u64 = 0;
  messagesReceived: u64 = 0;
  signals: u64 = 0;
  voluntarySwitches: u64 = 0;
  involuntarySwitches: u64 = 0;
}

const BYTES_PER_KILOBYTE: u64 = 1024;
/** In kilobytes. */
let mostUsed: u64 = 0;

/** getrusage(2) */
export function sysGetrusage(who: u64, address: u64): i64 {
  const usage = new Usage();
  mostUsed = maximum(mostUsed, (totalMemory() - freeMemory()) / BYTES_PER_KILOBYTE);
  if (i32(who) !== CHILDREN) usage.largestResidentSet = mostUsed;
  switch (i32(who)) {
    case SELF:
      fillTime(usage, processCpuTime());
      addThreads(usage);
      break;
    case THREAD:
      fillTime(usage, threadCpuTime(currentThread()));
      usage.minorFaults = currentThread().minorFaults;
      usage.voluntarySwitches = currentThread().voluntarySwitches;
      usage.involuntarySwitches = currentThread().involuntarySwitches;
      break;
    case CHILDREN:
      break;
    default:
      return errorCode(Errno.INVAL);
  }
  return errorCode(writeUserObject(address, usage));
}

function fillTime(usage: Usage, nanoseconds: u64): void {
  const microseconds = nanoseconds / NANOSECONDS_PER_MICROSECOND;
  usage.userSeconds = microseconds / MICROSECONDS;
  usage.userMicroseconds = microseconds % MICROSECONDS;
}

function addThreads(usage: Usage): void {
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) {
    usage.minorFaults += thread.minorFaults;
    usage.voluntarySwitches += thread.voluntarySwitches;
    usage.involuntarySwitches += thread.involuntarySwitches;
  }
}
