// Timers: a function is called when a moment has come.
//
// Each CPU has a queue of its own, and its own hardware timer, which is programmed for the earliest thing that is really
// due: the first timer of the heap, or the end of a time slice while threads compete (`sliceEnd`). A CPU with one thread and
// no timers is never interrupted. The hardware is programmed only for an earlier moment than it is set to already, so a
// cancelled timer costs nothing now and one interrupt that finds nothing later.
//
// A callback runs in the timer interrupt of the CPU where the timer was started, interrupts disabled, no lock of the timers
// held: it may start and cancel timers and wake threads. cancelTimer waits for a callback that is running on another CPU;
// so who cancels must not hold a lock that the callback takes. The owner of a timer cancels it before its memory goes.
// Invariants: `queue` is not null from startTimer until the callback has returned or the timer was cancelled; `heap.queued`
// and `deadline` change only under the lock of that queue.

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { disableInterrupts } from "../arch/x86_64/interrupts.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { setDeadline } from "../arch/x86_64/timer.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { currentThread } from "./thread.ts";
import { HeapEntry, TimerHeap } from "./timer_heap.ts";

/** No deadline. */
export const NEVER: u64 = 0xffff_ffff_ffff_ffff;

export class Timer {
  readonly heap = new HeapEntry<Timer>();
  /** Monotonic nanoseconds. */
  deadline: u64 = 0;
  /** When it fires again, if moveTimer said so while its callback ran; 0: nobody did. */
  moved: u64 = 0;
  callback: Static<(argument: u64) => void> | null = null;
  /** The owner's, given to the callback. */
  argument: u64 = 0;
  queue: TimerQueue | null = null;
}

/** The timers of one CPU. */
export class TimerQueue {
  readonly lock = new SpinLock(LockOrder.Timers);
  readonly heap = new TimerHeap<Timer>();
  /** The timer whose callback is running. */
  running: Timer | null = null;
  /** When the scheduler wants to look whether another thread's turn has come; NEVER while one has the CPU alone. */
  sliceEnd: u64 = NEVER;
  /** What the hardware is set to. */
  programmed: u64 = NEVER;

  /** Makes the hardware interrupt this CPU at a moment, if nothing earlier does. Interrupts disabled, on the queue's CPU. */
  require(deadline: u64): void {
    if (deadline >= this.programmed) return;
    this.programmed = deadline;
    setDeadline(deadline);
  }

  /** Calls what is due, then programs the hardware for the next. In the timer interrupt of the queue's CPU. */
  expire(now: u64): void {
    this.programmed = NEVER;
    this.lock.acquire();
    while (true) {
      const timer = this.heap.first;
      if (timer === null || timer.deadline > now) break;
      this.heap.remove(timer);
      this.running = timer;
      this.lock.release();
      const callback = timer.callback;
      if (callback !== null) callback(timer.argument);
      this.lock.acquire();
      this.running = null;
      if (timer.moved !== 0 && timer.queue === this) this.startMoved(timer);
      if (!timer.heap.queued) timer.queue = null;
    }
    const first = this.heap.first;
    if (first !== null) this.require(first.deadline);
    this.lock.release();
    this.require(this.sliceEnd);
  }

  /** Queues a timer whose callback has returned for when it was moved to meanwhile, or earlier if the callback said so. The lock is held. */
  private startMoved(timer: Timer): void {
    const deadline = timer.heap.queued ? minimum(timer.deadline, timer.moved) : timer.moved;
    timer.moved = 0;
    if (timer.heap.queued) this.heap.remove(timer);
    timer.deadline = deadline;
    this.heap.insert(timer);
  }
}

/**
 * Starts a timer, which is not running, on this CPU. Any context.
 * @param deadline monotonic nanoseconds; one that has passed fires at once
 */
export function startTimer(timer: Timer, deadline: u64): void {
  using _ = disableInterrupts();
  const queue = currentThread().scheduler.timers;
  queue.lock.acquire();
  timer.deadline = deadline;
  timer.queue = queue;
  queue.heap.insert(timer);
  queue.require(deadline);
  queue.lock.release();
}

/**
 * Stops a timer, wherever it runs. When this returns, its callback is not running (unless it is the caller) and will not run.
 * @returns whether the timer was waiting, so that its callback has not been called
 */
export function cancelTimer(timer: Timer): boolean {
  let waited = false;
  while (true) {
    const queue = timer.queue;
    if (queue === null) return waited;
    queue.lock.acquire();
    if (timer.queue === queue) {
      timer.moved = 0;
      if (timer.heap.queued) {
        queue.heap.remove(timer);
        waited = true;
      }
      const isRunning = queue.running === timer;
      // Within its own callback, on this CPU, waiting for the end of it would be for ever.
      const isOurs = queue === currentThread().scheduler.timers;
      if (!isRunning) timer.queue = null;
      queue.lock.release();
      if (!isRunning || isOurs) return waited;
    } else {
      queue.lock.release();
    }
    spinHint();
  }
}

/**
 * Makes a timer fire at `deadline`, on this CPU, whether it waits already or not. Waits for nothing: for owners that hold a lock which
 * the callback takes, and which keeps two of these calls apart. Any context.
 * While the callback runs, which may be done with the lock already, it is noted, and holds when the callback has returned; then the timer
 * may fire earlier.
 */
export function moveTimer(timer: Timer, deadline: u64): void {
  while (true) {
    const queue = timer.queue;
    if (queue === null) break;
    queue.lock.acquire();
    const isCurrent = timer.queue === queue;
    const isRunning = isCurrent && queue.running === timer && !timer.heap.queued;
    if (isRunning) {
      timer.moved = timer.moved === 0 ? deadline : minimum(timer.moved, deadline);
    } else if (isCurrent) {
      if (timer.heap.queued) queue.heap.remove(timer);
      timer.queue = null;
    }
    queue.lock.release();
    if (isRunning) return;
    if (isCurrent) break;
    spinHint();
  }
  startTimer(timer, deadline);
}

/** Whether a timer waits. Its owner's answer; to others it may be stale. */
export function timerPending(timer: Timer): boolean {
  return timer.heap.queued;
}

/** Nanoseconds until a timer fires: 0 when it is not set, 1 when it is due, so that one that is set never looks as if it were not. */
export function timeLeft(timer: Timer): u64 {
  if (timer.queue === null) return 0;
  // Read before the clock: the timer's interrupt may come in between and set the next one.
  const deadline = timer.deadline;
  const now = monotonicNanoseconds();
  return deadline > now ? deadline - now : 1;
}
