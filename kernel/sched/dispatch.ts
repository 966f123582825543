// The mechanics under scheduler.ts: a CPU's lock, its time account, the switch itself, and entering its run queue.
//
// Everything here is called with the lock of a CpuScheduler held, but lockSchedulerOf and beginThread. The lock is held across
// a switch: the thread that leaves has taken it, the one that comes releases the lock of the CPU on which it comes back.
// The switch itself is 40 instructions of assembly (arch/x86_64/switch.S); interrupts are disabled by the lock, and arch
// saves the depth of their disabling with each thread.

import { isChecked } from "flavour";
import { objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { switchContext } from "../arch/x86_64/context.ts";
import { requestReschedule, requestSequenceWork } from "../arch/x86_64/interrupts.ts";
import { handOverLock } from "../arch/x86_64/lock_check.ts";
import { readTimestamp } from "../arch/x86_64/processor.ts";
import { sendReschedule } from "../arch/x86_64/smp.ts";
import type { CpuScheduler } from "./cpu_scheduler.ts";
import { currentThread, Thread, ThreadState } from "./thread.ts";
import { NEVER } from "./timers.ts";

/** How long a thread runs before another one with less virtual runtime gets its turn, in nanoseconds. */
export const SLICE: u64 = 3_000_000;
/** A thread that wakes preempts one that is ahead of it by more than this, in virtual nanoseconds. */
const WAKE_GRANULARITY: u64 = 500_000;
/** One charge counts at most this many timestamp counts, so that its product with a factor stays below 2^64. */
const LONGEST_CHARGE: u64 = 0x100_0000_0000;

/**
 * Locks the scheduler of a thread's CPU, which may change until it is locked. The caller releases it.
 * @inline
 */
export function lockSchedulerOf(thread: Thread): CpuScheduler {
  while (true) {
    const scheduler = thread.scheduler;
    scheduler.lock.acquire();
    if (thread.scheduler === scheduler) return scheduler;
    scheduler.lock.release();
  }
}

/**
 * Gives the CPU to the next ready thread, or to the idle thread. The lock is held, the current thread charged and its
 * state set; the lock is free when this returns, which is when the thread has been chosen again.
 * @inline
 */
export function switchToNext(scheduler: CpuScheduler, thread: Thread): void {
  switchTo(scheduler, thread, scheduler.ready.takeFirst() ?? scheduler.idle);
}

/** Leaves the current thread to the idle thread, for good or for another CPU. The lock is held, the state set. */
export function departLocked(scheduler: CpuScheduler, thread: Thread): void {
  scheduler.departed = thread;
  switchTo(scheduler, thread, scheduler.idle);
}

/** @inline */
function switchTo(scheduler: CpuScheduler, thread: Thread, next: Thread): void {
  next.state = ThreadState.Running;
  if (scheduler.ready.length !== 0 && scheduler.timers.sliceEnd === NEVER) startSlice(scheduler);
  if (next !== thread) {
    scheduler.current = next;
    scheduler.switches++;
    if (isChecked()) handOverLock(next.context.kernelStackTop);
    switchContext(thread.context, next.context);
  }
  // Perhaps on another CPU by now: release the lock of where we are.
  thread.scheduler.lock.release();
}

/** Where a new thread begins: it has just been switched to, and releases the lock that the thread before it took. */
export function beginThread(argument: u64): void {
  // Safe: createThread gives each new context its thread's address.
  const thread = objectAt<Thread>(argument);
  thread.scheduler.lock.release();
  const entry = thread.entry!;
  entry(thread.argument);
}

/**
 * Adds the time since the last charge to the running thread's account. The lock is held.
 * @inline
 */
export function charge(scheduler: CpuScheduler, thread: Thread): void {
  const now = readTimestamp();
  if (now <= scheduler.chargedAt) return; // another CPU's counter is a little ahead
  const counts = minimum(now - scheduler.chargedAt, LONGEST_CHARGE);
  scheduler.chargedAt = now;
  thread.runCounts += counts;
  thread.run.virtualRuntime += (counts * thread.chargeFactor) >> 16;
}

/** Has the timer interrupt this CPU when the current thread's slice ends. On this CPU, interrupts disabled. */
export function startSlice(scheduler: CpuScheduler): void {
  const end = monotonicNanoseconds() + SLICE;
  scheduler.timers.sliceEnd = end;
  scheduler.timers.require(end);
}

/** Makes a ready thread that is in no queue belong to another CPU, with its credit or debt. The lock of `from` is held. */
export function moveThread(thread: Thread, from: CpuScheduler, to: CpuScheduler): void {
  thread.run.virtualRuntime += to.ready.base() - from.ready.base();
  thread.scheduler = to;
  if (thread.sequenceArea !== 0) requestSequenceWork(thread.context);
}

/** Puts a ready thread in its CPU's run queue, and sees that the CPU notices. The lock is held. */
export function enqueueReady(scheduler: CpuScheduler, thread: Thread): void {
  enqueueReadyInline(scheduler, thread);
}

/**
 * The same, for the one place that is hot.
 * @inline
 */
export function enqueueReadyInline(scheduler: CpuScheduler, thread: Thread): void {
  const current = scheduler.current;
  const isHere = scheduler === currentThread().scheduler;
  if (current === scheduler.idle) {
    scheduler.ready.enqueue(thread);
    if (isHere) return; // the idle thread looks at the queue when the interrupt returns
    fence(); // the queue's length before `halted`: the idle thread writes and reads them the other way round
    if (scheduler.halted) sendReschedule(scheduler.index);
    return;
  }
  // One that has had more than the current thread had at its last charge need not be looked at closer.
  if ((thread.run.priority | current.run.priority) !== 0) {
    enqueueByPriority(scheduler, thread, current, isHere);
    return;
  }
  const isBehind = thread.run.virtualRuntime < current.run.virtualRuntime;
  if (isBehind) {
    charge(scheduler, current);
    scheduler.ready.advance(current.run.virtualRuntime);
  }
  scheduler.ready.enqueue(thread, isBehind);
  const preempts = isBehind && thread.run.virtualRuntime + WAKE_GRANULARITY < current.run.virtualRuntime;
  if (isHere) {
    if (preempts) requestReschedule();
    else if (scheduler.timers.sliceEnd === NEVER) startSlice(scheduler);
  } else if (preempts || scheduler.timers.sliceEnd === NEVER) {
    sendReschedule(scheduler.index);
  }
}

/**
 * The same where a real-time class is involved: a higher priority has the CPU at once, others wait.
 * @noinline
 */
function enqueueByPriority(scheduler: CpuScheduler, thread: Thread, current: Thread, isHere: boolean): void {
  scheduler.ready.enqueue(thread);
  const preempts = thread.run.priority > current.run.priority;
  if (isHere) {
    if (preempts) requestReschedule();
    else if (scheduler.timers.sliceEnd === NEVER) startSlice(scheduler);
  } else if (preempts || scheduler.timers.sliceEnd === NEVER) {
    sendReschedule(scheduler.index);
  }
}
