// A thread: what is scheduled. The application's threads and the kernel's own are alike; only the application's have an id.
//
//   Created ──start──▶ Ready ◀──────────wake────────── Blocked
//                       │ ▲                              ▲
//                     chosen  preempted, yields          │ sleeps
//                       ▼ │                              │
//                      Running ──────────────────────────┘
//                       │
//                       └─exit──▶ Dead (buried by the CPU's idle thread)
//
// Invariants: `state`, `scheduler`, `wakePending` and `run` change only under the lock of the CpuScheduler that `scheduler`
// names (scheduler.ts, lockSchedulerOf); a Blocked thread is off its stack; a Ready one is in the run queue of
// `scheduler`, or on its way there in the hands of the one who woke it.
// The layer of Linux keeps what it needs of a thread in plain fields at the end: there is no second object to look up.

import { addressOf, objectAt } from "unsafe";
import { Context } from "../arch/x86_64/context.ts";
import { currentContext } from "../arch/x86_64/cpu.ts";
import type { CpuScheduler } from "./cpu_scheduler.ts";
import { FutexWaiter } from "./futex_waiter.ts";
import { RunEntry } from "./run_queue.ts";
import { Timer } from "./timers.ts";
import { Waiter } from "./wait_queue.ts";

export const enum ThreadState {
  Created = 0,
  Ready,
  Running,
  Blocked,
  Dead,
}

/** Length of a thread's name with its NUL, as Linux limits it (TASK_COMM_LEN). */
export const THREAD_NAME_SIZE = 16;

export class Thread {
  /** The machine's part. First: the current Context's address is the current Thread's. */
  readonly context = new Context();

  // ---- scheduling ----
  /** The CPU that it runs on, waits for, or ran on last. */
  scheduler!: CpuScheduler;
  state: ThreadState = ThreadState.Created;
  /** A wake-up came while it was not blocked: the next sleep returns at once. */
  wakePending = false;
  /** The current sleep lets interruptThread end it. */
  interruptible = false;
  /** The deadline of the current sleep has passed. */
  timedOut = false;
  readonly run = new RunEntry<Thread>();
  /** Virtual nanoseconds for each timestamp count, times 2^16: clock rate and weight in one (weight.ts). */
  chargeFactor: u64 = 0;
  /** Timestamp counts that it has run, up to when it was last charged. */
  runCounts: u64 = 0;
  /** Of these, up to the last sleep; and how many it runs from one sleep to the next, averaged (balance.ts). */
  sleptAt: u64 = 0;
  burst: u64 = 0;
  /** CPUs that it may run on, a bit each. */
  affinity: u64 = 0xffff_ffff_ffff_ffff;
  /** −20 (most) to 19 (least), as setpriority(2). */
  nice: i32 = 0;
  /** A Policy (weight.ts). */
  policy: u32 = 0;
  /** Real-time priority of its own, 1 to 99, or 0. What it runs by is `run.priority`, which may be inherited (priority.ts). */
  priority: u32 = 0;
  /** The highest priority of those who wait for a lock that it holds; 0: none. */
  inheritedPriority: u32 = 0;
  /** Whether the threads that it makes begin with the policy of a program that starts (SCHED_RESET_ON_FORK). */
  resetsPolicy = false;
  /** Slices that are left of a turn of SCHED_RR. */
  turnsLeft: u32 = 0;
  /** Times it gave the CPU up, and times the CPU was taken from it. */
  voluntarySwitches: u64 = 0;
  involuntarySwitches: u64 = 0;
  readonly sleepTimer = new Timer();
  /** Its place on the queue that it waits in; `waits` says that it is in use (wait_queue.ts). */
  readonly waiter = new Waiter();
  waits = false;
  /** Address of the mutex that it waits for, in the checked build; 0: none. */
  awaitedLock: u64 = 0;

  // ---- life ----
  entry: Static<(argument: u64) => void> | null = null;
  argument: u64 = 0;
  /** Top of its kernel stack (mm/kernel_map.ts). */
  kernelStackTop: u64 = 0;
  /** Its number for the application (gettid); 0 for the kernel's own threads. */
  id: u32 = 0;
  /** The table, and everybody who looks at the thread from another one. */
  readonly references = new Atomic<u32>(1);
  /** The next thread in its bucket of the thread table. */
  tableNext: Thread | null = null;
  /** The application's threads, in the order of their creation (thread_table.ts). */
  listNext: Thread | null = null;
  listPrevious: Thread | null = null;
  /** Text, NUL-terminated. */
  readonly name!: FixedArray<u8, 16>;

  // ---- Linux: clone and futex ----
  /** Its place among those who wait for a word of the application. */
  readonly futex = new FutexWaiter();
  /** Where to store 0 and wake a futex at exit; 0 for nowhere (set_tid_address(2)). */
  clearChildTid: u64 = 0;
  /** Head of the application's list of robust futexes; 0 for none (set_robust_list(2)). */
  robustList: u64 = 0;
  /** Where the application wants to read its CPU, and names the sequence it is in (rseq(2)); 0: nowhere. */
  sequenceArea: u64 = 0;
  sequenceSize: u32 = 0;
  sequenceSignature: u32 = 0;
  /** What ioprio_set(2) said; 0: nothing. */
  ioPriority: u32 = 0;
  /** Monotonic nanoseconds of its start; 0 for the first one, which starts with the machine. */
  startedAt: u64 = 0;
  /** Page faults it took, for getrusage(2). */
  minorFaults: u64 = 0;

  // ---- Linux: signals (linux/signals.ts) ----
  /** Blocked signals; bit n-1 is signal n. Only the thread itself changes it. */
  signalMask: u64 = 0;
  /** The mask to restore when a handler or a wait has ended (sigsuspend, ppoll). */
  savedSignalMask: u64 = 0;
  /** Whether savedSignalMask is to be restored. */
  restoreSignalMask = false;
  /** Signals that it waits for although it blocks them (sigtimedwait). */
  awaitedSignals: u64 = 0;
  /** It ends, and nothing is sent to it any more. Guarded by the signal lock. */
  refusesSignals = false;
  /** Signals sent to this thread. */
  readonly pendingSignals = new Atomic<u64>(0);
  alternateStackBase: u64 = 0;
  alternateStackSize: u64 = 0;
  alternateStackFlags: u32 = 0;
}

/**
 * The running thread. Any context: a thread stays itself wherever it runs.
 * @inline
 */
export function currentThread(): Thread {
  // Safe: every Context that a CPU runs is the first field of a Thread, since startScheduling gave each CPU its idle thread.
  return objectAt<Thread>(addressOf(currentContext()));
}

/** Sets a thread's name; longer text is cut (prctl PR_SET_NAME). */
export function setThreadName(thread: Thread, name: Slice<u8>): void {
  thread.name.fill(0);
  const length = minimum(name.length, usize(THREAD_NAME_SIZE - 1));
  for (let i: usize = 0; i < length; i++) {
    if (name[i] === 0) break;
    thread.name[i] = name[i];
  }
}

/** Counts a new reference to a thread, which keeps its memory. */
export function retainThread(thread: Thread): void {
  thread.references.add(1);
}
