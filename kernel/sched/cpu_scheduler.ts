// What the scheduler knows of one CPU. The functions that work on it are in scheduler.ts.
//
// `lock` guards everything here but `timers`, and the scheduling fields of the threads that belong to the CPU. It is held
// across a switch: the thread that leaves takes it, the one that comes releases it (of the CPU where it comes back).
// So whoever holds the lock sees every thread but the current one off its stack.

import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { RunQueue } from "./run_queue.ts";
import type { Thread } from "./thread.ts";
import { TimerQueue } from "./timers.ts";

/** CPUs that the scheduler can serve: one bit each in a thread's affinity. */
export const MAXIMUM_CPUS = 64;

export class CpuScheduler {
  readonly lock = new SpinLock(LockOrder.Scheduler);
  /** Its number, as in arch's Cpu.index. */
  index: u32 = 0;
  /** The thread that runs. */
  current!: Thread;
  /** Runs when no other can; never in the run queue. */
  idle!: Thread;
  readonly ready = new RunQueue<Thread>();
  /** Timestamp up to which the current thread's time has been charged. */
  chargedAt: u64 = 0;
  /** A thread that left for good or for another CPU; the idle thread, which runs next, deals with it. */
  departed: Thread | null = null;
  /** The idle thread is about to halt or halts: new work needs an interrupt. */
  halted = false;
  /** Switches to another thread, for the statistics. */
  switches: u64 = 0;
  readonly timers = new TimerQueue();
}

/** The CPUs that schedule, by number. Filled as they start; never emptied. */
class SchedulerTable {
  /** Those whose bit is clear in no thread's way: online CPUs. */
  readonly online = new Atomic<u64>(0);
  /** CPUs whose idle thread runs. */
  readonly idle = new Atomic<u64>(0);
  readonly of!: FixedArray<Ref<CpuScheduler> | null, 64>;
  /** More than one CPU is online. */
  several = false;
}

export const schedulers = new SchedulerTable();
