// Who runs next on this CPU: switching, sleeping, waking, preemption.
//
//   sleepCurrent ─┐                                  ┌─▶ release, in the thread that comes
//   yieldNow ─────┼─▶ lock ─▶ charge ─▶ choose ─▶ switch
//   reschedule ───┘     ▲
//                       └── wakeThread puts a thread in a run queue, and asks for a reschedule when it should run at once
//
// Fairness: each thread's time is charged in virtual time by its weight; who has had least runs (run_queue.ts). A
// thread is preempted when another one waits that has had less: at the end of a slice of 3 ms, which is timed only while
// somebody waits, or at once when the one who wakes is behind by more than a granule's worth.
// Why a single queue a CPU with its own lock: switching and waking on one CPU touch nothing that another CPU writes. A CPU
// without work takes from the others (balance.ts).
// The switch itself is 30 instructions of assembly (arch/x86_64/switch.S).
//
// Interrupts are disabled by the lock while a switch goes on; arch saves the depth of their disabling with each thread.

import { readTimestamp } from "../arch/x86_64/processor.ts";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { currentCpu } from "../arch/x86_64/cpu.ts";
import { switchContext } from "../arch/x86_64/context.ts";
import { requestApplicationWork, requestReschedule } from "../arch/x86_64/interrupts.ts";
import { sendReschedule } from "../arch/x86_64/smp.ts";
import { objectAt } from "unsafe";
import { choosePlacement, shareSurplus } from "./balance.ts";
import { type CpuScheduler, schedulers } from "./cpu_scheduler.ts";
import { currentThread, type Thread, ThreadState } from "./thread.ts";
import { cancelTimer, NEVER, startTimer } from "./timers.ts";
import { WakeReason } from "./wait_queue.ts";

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
 * Blocks the current thread until it is woken. Returns at once when a wake-up came since the last sleep. May return early:
 * the caller looks at its condition again. Not under a spin lock, not in an interrupt.
 * @param deadline monotonic nanoseconds; 0 for none
 * @param interruptible whether interruptThread ends the sleep
 */
export function sleepCurrent(deadline: u64, interruptible: boolean): WakeReason {
  const thread = currentThread();
  thread.timedOut = false;
  if (deadline === 0) {
    block(thread, interruptible);
  } else {
    startTimer(thread.sleepTimer, deadline);
    block(thread, interruptible);
    cancelTimer(thread.sleepTimer);
  }
  if (interruptible && thread.context.applicationWork !== 0) return WakeReason.Interrupted;
  return thread.timedOut ? WakeReason.TimedOut : WakeReason.Woken;
}

/**
 * Gives the CPU up unless there is a reason not to sleep already.
 * @inline
 */
function block(thread: Thread, interruptible: boolean): void {
  const scheduler = lockSchedulerOf(thread);
  // Once, by the lock just taken: under another one nobody may sleep, nor in an interrupt.
  assert(currentCpu().depth === 1, "scheduler: a thread sleeps with interrupts disabled");
  if (thread.wakePending || thread.timedOut || (interruptible && thread.context.applicationWork !== 0)) {
    thread.wakePending = false;
    scheduler.lock.release();
    return;
  }
  thread.interruptible = interruptible;
  thread.state = ThreadState.Blocked;
  thread.voluntarySwitches++;
  charge(scheduler, thread);
  if (schedulers.several) noteBurst(thread);
  switchToNext(scheduler, thread);
}

/** Averages how long a thread runs between two sleeps, the last one counting a quarter. It has just been charged. */
function noteBurst(thread: Thread): void {
  const last = thread.runCounts - thread.sleptAt;
  thread.sleptAt = thread.runCounts;
  thread.burst = (thread.burst * 3 + last) >> 2;
}

/** What the sleep timer of a thread calls. */
export function endSleep(argument: u64): void {
  // Safe: the argument of a thread's sleep timer is the thread, which cancels the timer before it goes on.
  const thread = objectAt<Thread>(argument);
  const scheduler = lockSchedulerOf(thread);
  thread.timedOut = true;
  wakeLocked(scheduler, thread);
}

/**
 * Makes a blocked thread ready, or its next sleep return at once. Any context; the caller keeps the thread alive.
 */
export function wakeThread(thread: Thread): void {
  wakeLocked(lockSchedulerOf(thread), thread);
}

/**
 * Makes a thread look for signals before it goes back to the application, and ends its interruptible sleep. The caller has
 * made the reason visible before (a pending signal). Any context.
 */
export function interruptThread(thread: Thread): void {
  const scheduler = lockSchedulerOf(thread);
  requestApplicationWork(thread.context);
  if (thread.state === ThreadState.Blocked) {
    if (thread.interruptible) {
      wakeLocked(scheduler, thread);
      return;
    }
  } else if (thread.state === ThreadState.Running && thread !== currentThread()) {
    sendReschedule(scheduler.index);
  }
  scheduler.lock.release();
}

/** Lets another ready thread of this CPU run, if there is one. */
export function yieldNow(): void {
  const thread = currentThread();
  const scheduler = lockSchedulerOf(thread);
  const first = scheduler.ready.first();
  if (first === null) {
    scheduler.lock.release();
    return;
  }
  charge(scheduler, thread);
  // Behind the one that has had least, though not behind everybody: to yield in a loop is no reason to starve.
  thread.run.virtualRuntime = maximum(thread.run.virtualRuntime, first.run.virtualRuntime);
  thread.voluntarySwitches++;
  thread.state = ThreadState.Ready;
  scheduler.ready.enqueue(thread);
  switchToNext(scheduler, thread);
}

/**
 * Takes the CPU from the current thread if another one should have it. What arch calls when a reschedule was requested and
 * interrupts are about to be enabled, or an interrupt returns. Interrupts disabled.
 */
export function reschedule(): void {
  const thread = currentThread();
  const scheduler = thread.scheduler;
  scheduler.lock.acquire();
  if (thread === scheduler.idle) {
    scheduler.lock.release();
    return;
  }
  if ((thread.affinity & (u64(1) << scheduler.index)) === 0) {
    thread.state = ThreadState.Ready;
    thread.involuntarySwitches++;
    charge(scheduler, thread);
    departLocked(scheduler, thread);
    return;
  }
  const first = scheduler.ready.first();
  if (first === null) {
    scheduler.lock.release();
    return;
  }
  charge(scheduler, thread);
  if (first.run.virtualRuntime >= thread.run.virtualRuntime) {
    if (scheduler.timers.sliceEnd === NEVER) startSlice(scheduler);
    scheduler.lock.release();
    return;
  }
  thread.involuntarySwitches++;
  thread.state = ThreadState.Ready;
  scheduler.ready.enqueue(thread);
  switchToNext(scheduler, thread);
}

/** What the timer interrupt calls, with interrupts disabled. */
export function handleTimer(): void {
  const scheduler = currentThread().scheduler;
  const timers = scheduler.timers;
  const now = monotonicNanoseconds();
  if (timers.sliceEnd <= now) {
    timers.sliceEnd = NEVER;
    if (schedulers.several && scheduler.ready.length !== 0) shareSurplus(scheduler);
    if (scheduler.ready.length !== 0) {
      timers.sliceEnd = now + SLICE;
      requestReschedule();
    }
  }
  timers.expire(now);
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
function startSlice(scheduler: CpuScheduler): void {
  const end = monotonicNanoseconds() + SLICE;
  scheduler.timers.sliceEnd = end;
  scheduler.timers.require(end);
}

/**
 * Wakes a thread of a locked scheduler, and releases the lock.
 * @inline
 */
function wakeLocked(scheduler: CpuScheduler, thread: Thread): void {
  if (thread.state !== ThreadState.Blocked) {
    thread.wakePending = true;
    scheduler.lock.release();
    return;
  }
  thread.state = ThreadState.Ready;
  if (schedulers.several) {
    placeReady(scheduler, thread);
    return;
  }
  enqueueReadyInline(scheduler, thread);
  scheduler.lock.release();
}

/** Puts a thread that wakes in the run queue of the best CPU. The lock of its last one is held, and released here. */
function placeReady(scheduler: CpuScheduler, thread: Thread): void {
  const target = choosePlacement(thread, scheduler);
  if (target !== scheduler) {
    moveThread(thread, scheduler, target);
    scheduler.lock.release();
    target.lock.acquire();
  }
  enqueueReady(target, thread);
  target.lock.release();
}

/** Makes a ready thread that is in no queue belong to another CPU, with its credit or debt. The lock of `from` is held. */
export function moveThread(thread: Thread, from: CpuScheduler, to: CpuScheduler): void {
  thread.run.virtualRuntime += to.ready.base() - from.ready.base();
  thread.scheduler = to;
}

/** Puts a ready thread in its CPU's run queue, and sees that the CPU notices. The lock is held. */
export function enqueueReady(scheduler: CpuScheduler, thread: Thread): void {
  enqueueReadyInline(scheduler, thread);
}

/** @inline */
function enqueueReadyInline(scheduler: CpuScheduler, thread: Thread): void {
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

/** Has a thread run on the CPUs of a mask from now on. The mask has a CPU that is online. The caller keeps the thread alive. */
export function changeAffinity(thread: Thread, mask: u64): void {
  const scheduler = lockSchedulerOf(thread);
  thread.affinity = mask;
  const isAllowed = (mask & (u64(1) << scheduler.index)) !== 0;
  if (isAllowed || thread.state === ThreadState.Blocked) {
    scheduler.lock.release();
    return;
  }
  if (thread.run.queued) {
    scheduler.ready.remove(thread);
    const target = choosePlacement(thread, scheduler);
    moveThread(thread, scheduler, target);
    scheduler.lock.release();
    target.lock.acquire();
    enqueueReady(target, thread);
    target.lock.release();
    return;
  }
  // It runs, here or there: reschedule() sees that it must leave.
  const index = scheduler.index;
  const isCurrent = thread === currentThread();
  scheduler.lock.release();
  if (isCurrent) requestReschedule();
  else sendReschedule(index);
}
