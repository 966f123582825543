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
// How it is done is in dispatch.ts; this file decides.

import { isChecked } from "flavour";
import { objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { currentCpu } from "../arch/x86_64/cpu.ts";
import { disableInterrupts, requestApplicationWork, requestReschedule, requestSequenceWork } from "../arch/x86_64/interrupts.ts";
import { checkBeforeSleep } from "../arch/x86_64/lock_check.ts";
import { sendReschedule } from "../arch/x86_64/smp.ts";
import { choosePlacement, shareSurplus } from "./balance.ts";
import { type CpuScheduler, schedulers } from "./cpu_scheduler.ts";
import {
  charge,
  departLocked,
  enqueueReady,
  enqueueReadyInline,
  lockSchedulerOf,
  moveThread,
  SLICE,
  startSlice,
  switchToNext,
} from "./dispatch.ts";
import { doIdleDuty } from "./idle_duty.ts";
import { currentThread, type Thread, ThreadState } from "./thread.ts";
import { cancelTimer, NEVER, startTimer } from "./timers.ts";
import { WakeReason } from "./wait_queue.ts";
import { Policy } from "./weight.ts";

/** Slices that a thread of SCHED_RR runs before one of its priority has its turn: about the 100 ms of Linux. */
export const ROUND_ROBIN_SLICES = 33;

/**
 * Blocks the current thread until it is woken. Returns at once when a wake-up came since the last sleep. May return early:
 * the caller looks at its condition again. Not under a spin lock, not in an interrupt.
 * @param deadline monotonic nanoseconds; 0 for none
 * @param interruptible whether interruptThread ends the sleep
 */
export function sleepCurrent(deadline: u64, interruptible: boolean): WakeReason {
  if (isChecked()) checkBeforeSleep();
  const thread = currentThread();
  thread.timedOut = false;
  if (thread.scheduler.ready.length === 0) doIdleDuty();
  if (deadline === 0) {
    block(thread, interruptible);
  } else {
    startTimer(thread.sleepTimer, deadline);
    block(thread, interruptible);
    cancelTimer(thread.sleepTimer);
  }
  if (interruptible && thread.context.applicationWork !== 0) {
    // Whoever asked from another CPU interrupts this one next. The way out of the kernel must not be over before that.
    requestApplicationWork(thread.context);
    return WakeReason.Interrupted;
  }
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
  if (first.run.priority < thread.run.priority) {
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
  if (thread === scheduler.idle) return; // it looks at the queue by itself
  scheduler.lock.acquire();
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
  const stays = isRealTime(first, thread)
    ? staysByPriority(first, thread)
    : first.run.virtualRuntime >= thread.run.virtualRuntime;
  if (stays) {
    if (scheduler.timers.sliceEnd === NEVER) startSlice(scheduler);
    scheduler.lock.release();
    return;
  }
  thread.involuntarySwitches++;
  thread.state = ThreadState.Ready;
  if (thread.sequenceArea !== 0) requestSequenceWork(thread.context);
  // Who is preempted by a higher priority goes on before those of its own; whose turn is over stands behind them.
  scheduler.ready.enqueue(thread, first.run.priority > thread.run.priority);
  switchToNext(scheduler, thread);
}

/** Whether one of two threads is of a real-time class. @inline */
function isRealTime(first: Thread, thread: Thread): boolean {
  return (first.run.priority | thread.run.priority) !== 0;
}

/** Whether the running thread keeps the CPU: another one's priority is lower, or the same and it is not the other one's turn. */
function staysByPriority(first: Thread, thread: Thread): boolean {
  if (first.run.priority !== thread.run.priority) return first.run.priority < thread.run.priority;
  if (thread.policy !== u32(Policy.RoundRobin) || thread.turnsLeft !== 0) return true;
  thread.turnsLeft = ROUND_ROBIN_SLICES;
  return false;
}

/** What the timer interrupt calls, with interrupts disabled. */
export function handleTimer(): void {
  const scheduler = currentThread().scheduler;
  const timers = scheduler.timers;
  const now = monotonicNanoseconds();
  if (timers.sliceEnd <= now) {
    if (schedulers.several && scheduler.ready.length !== 0) shareSurplus(scheduler);
    endSlice(scheduler, now);
  }
  timers.expire(now);
}

/** Another slice if somebody waits. The lock: another CPU that brings a thread looks at `sliceEnd` after it has queued it. */
function endSlice(scheduler: CpuScheduler, now: u64): void {
  using _ = scheduler.lock.acquire();
  const competes = scheduler.ready.length !== 0;
  if (scheduler.current.turnsLeft !== 0) scheduler.current.turnsLeft--;
  scheduler.timers.sliceEnd = competes ? now + SLICE : NEVER;
  if (competes) requestReschedule();
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
  if (target !== scheduler) moveLocked(thread, scheduler, target);
  enqueueReady(target, thread);
  target.lock.release();
}

/** Brings a ready thread from one locked scheduler to another: then that one is locked instead. */
function moveLocked(thread: Thread, from: CpuScheduler, to: CpuScheduler): void {
  // Between the locks the thread is in no queue: who has it in hand must not be preempted.
  using _ = disableInterrupts();
  moveThread(thread, from, to);
  from.lock.release();
  to.lock.acquire();
}

/**
 * Sets the priority by which a thread runs, 0 for a fair share, wherever it is now. The caller keeps the thread alive.
 * Any context.
 */
export function changePriority(thread: Thread, priority: u32): void {
  let scheduler = lockSchedulerOf(thread);
  // On its way from one CPU to another, in the hands of one who holds it: it arrives soon.
  while (thread.state === ThreadState.Ready && !thread.run.queued) {
    scheduler.lock.release();
    spinHint();
    scheduler = lockSchedulerOf(thread);
  }
  if (thread.run.priority === priority) {
    scheduler.lock.release();
    return;
  }
  if (thread.run.queued) {
    scheduler.ready.remove(thread);
    thread.run.priority = priority;
    placeReady(scheduler, thread);
    return;
  }
  thread.run.priority = priority;
  const index = scheduler.index;
  const runsElsewhere = thread.state === ThreadState.Running && thread !== currentThread();
  scheduler.lock.release();
  if (thread === currentThread()) requestReschedule();
  else if (runsElsewhere) sendReschedule(index);
}

/** Has a thread run on the CPUs of a mask from now on. The mask has a CPU that is online. The caller keeps the thread alive. */
export function changeAffinity(thread: Thread, mask: u64): void {
  let scheduler = lockSchedulerOf(thread);
  thread.affinity = mask;
  // On its way from one CPU to another, in the hands of one who has looked at the old mask: it arrives soon.
  while (thread.state === ThreadState.Ready && !thread.run.queued) {
    scheduler.lock.release();
    spinHint();
    scheduler = lockSchedulerOf(thread);
  }
  const isAllowed = (mask & (u64(1) << scheduler.index)) !== 0;
  if (isAllowed || thread.state === ThreadState.Blocked) {
    scheduler.lock.release();
    return;
  }
  if (thread.run.queued) {
    scheduler.ready.remove(thread);
    placeReady(scheduler, thread);
    return;
  }
  // It runs, here or there: reschedule() sees that it must leave.
  const index = scheduler.index;
  const isCurrent = thread === currentThread();
  scheduler.lock.release();
  if (isCurrent) requestReschedule();
  else sendReschedule(index);
}
