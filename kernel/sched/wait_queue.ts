// Waiting for something to happen, without missing it.
//
//   the one who waits                         the one who wakes
//   add a Waiter to the queue                 make the condition true
//   fence (in add)                            fence (in wake)
//   look at the condition                     look whether there are Waiters
//   sleep, unless woken since                 take them off, wake their threads
//   take the Waiter off
//
// Whoever comes second sees the other: the Waiter is on the queue before the condition is looked at, and a wake-up that
// comes before the thread sleeps leaves `wakePending`, with which the sleep returns at once. So no lock has to be held
// over both the condition and the sleep, and one thread can wait on many queues at once, with a Waiter for each.
//
// Sleeps may end early (another queue's late wake-up): who waits looks at its condition again, as `wait` does.
// A waiter that is woken is taken off its queue by the waker. One with a callback stays on; the callback decides.
// Exclusive waiters stand behind the others, and wakeOne wakes all the others and one of them: of many threads that
// read one pipe one is enough, but everybody who polls it wants to know.
// Lock order: the owner's lock → the wait queue → a CPU's scheduler.

import { Link, List } from "prelude/list.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { sleepCurrent, wakeThread } from "./scheduler.ts";
import { currentThread, type Thread } from "./thread.ts";

/** How a sleep ended. */
export const enum WakeReason {
  /** The condition holds, or (from sleep) somebody woke the thread. */
  Woken = 0,
  /** The deadline has passed. */
  TimedOut,
  /** A signal is there to be handled. */
  Interrupted,
}

/** Called instead of waking a thread, under the queue's lock, perhaps in an interrupt. Says whether it took an exclusive wake-up. */
export type WaiterCallback = Static<(waiter: Waiter, key: u64) => boolean>;

/** One thread's place on one queue. Lies in the thread, on its stack, or in an object that outlives its time on the queue. */
export class Waiter {
  readonly link = new Link<Waiter>();
  /** The queue that it is on. */
  queue: WaitQueue | null = null;
  thread: Thread | null = null;
  callback: WaiterCallback | null = null;
  /** The owner's, for a callback. */
  argument: u64 = 0;
  /** Stands behind the others; wakeOne wakes one of these. */
  exclusive = false;
  /** A wake-up took it off the queue. */
  woken = false;
}

export class WaitQueue {
  private readonly lock = new SpinLock(LockOrder.WaitQueue);
  private readonly waiters = new List<Waiter>();

  /** Whether nobody waits, as a hint. */
  isEmpty(): boolean {
    return this.waiters.isEmpty();
  }

  /** Puts a waiter, which is on no queue, on this one, for the current thread unless it names another or has a callback. */
  add(waiter: Waiter): void {
    if (waiter.thread === null) waiter.thread = currentThread();
    this.join(waiter);
  }

  /** @inline */
  private join(waiter: Waiter): void {
    waiter.woken = false;
    this.lock.acquire();
    waiter.queue = this;
    if (waiter.exclusive) this.waiters.append(waiter);
    else this.waiters.prepend(waiter);
    this.lock.release();
    // To release a lock is no fence: a processor may look at the condition before others see the waiter.
    fence();
  }

  /** Takes a waiter off, if it is still on. When this returns, nobody uses the waiter any more. */
  remove(waiter: Waiter): void {
    using _ = this.lock.acquire();
    if (waiter.queue !== this) return;
    this.waiters.remove(waiter);
    waiter.queue = null;
  }

  /**
   * Sleeps until the condition holds. It is called with no lock held, may take locks, and is called at least once.
   * @param deadline monotonic nanoseconds; 0 for none
   * @param interruptible whether a signal ends the wait
   * @param exclusive whether this waiter is one of many of which one is enough
   * @returns Woken exactly when the condition held
   */
  wait(condition: () => boolean, deadline: u64 = 0, interruptible: boolean = true, exclusive: boolean = false): WakeReason {
    const thread = currentThread();
    // Within the condition of another wait, whose waiter the thread's own is.
    if (thread.waits) return this.waitWithin(condition, deadline, interruptible, exclusive);
    thread.waits = true;
    const reason = this.waitWith(thread.waiter, condition, deadline, interruptible, exclusive);
    thread.waits = false;
    return reason;
  }

  /** @noinline */
  private waitWithin(condition: () => boolean, deadline: u64, interruptible: boolean, exclusive: boolean): WakeReason {
    const waiter = new Waiter();
    waiter.thread = currentThread();
    return this.waitWith(waiter, condition, deadline, interruptible, exclusive);
  }

  /** @inline */
  private waitWith(
    waiter: Waiter,
    condition: () => boolean,
    deadline: u64,
    interruptible: boolean,
    exclusive: boolean,
  ): WakeReason {
    waiter.exclusive = exclusive;
    this.join(waiter);
    while (true) {
      if (condition()) {
        if (waiter.queue !== null) this.remove(waiter);
        return WakeReason.Woken;
      }
      if (waiter.queue === null) {
        // Woken for something that is gone again.
        this.join(waiter);
        continue;
      }
      const reason = sleepCurrent(deadline, interruptible);
      if (reason === WakeReason.Woken) continue;
      this.remove(waiter);
      if (condition()) return WakeReason.Woken;
      // A wake-up that was meant for one, and which this thread does not use, goes to the next.
      if (waiter.woken && exclusive) this.wakeOne();
      return reason;
    }
  }

  /**
   * Wakes all waiters that are not exclusive and one that is. The condition has been made true before. Any context.
   * @inline
   */
  wakeOne(key: u64 = 0): void {
    fence();
    if (!this.waiters.isEmpty()) this.wake(1, key);
  }

  /**
   * Wakes all waiters. The condition has been made true before. Any context.
   * @inline
   */
  wakeAll(key: u64 = 0): void {
    fence();
    if (!this.waiters.isEmpty()) this.wake(0xffff_ffff, key);
  }

  /**
   * Wakes all waiters that are not exclusive, and up to `limit` that are.
   * @param key what callbacks are told, such as the events of poll
   */
  wake(limit: u32, key: u64): void {
    using _ = this.lock.acquire();
    let left = limit;
    let waiter = this.waiters.first;
    while (waiter !== null) {
      const next = this.waiters.next(waiter);
      if (waiter.exclusive && left === 0) return;
      const isExclusive = waiter.exclusive;
      const took = this.wakeWaiter(waiter, key);
      if (took && isExclusive) left--;
      waiter = next;
    }
  }

  private wakeWaiter(waiter: Waiter, key: u64): boolean {
    const callback = waiter.callback;
    if (callback !== null) return callback(waiter, key);
    this.waiters.remove(waiter);
    waiter.woken = true;
    // Once the thread sees the queue gone, the waiter is its own again, and may be no more: nothing of it is read after that.
    const thread = waiter.thread!;
    compilerFence();
    waiter.queue = null;
    wakeThread(thread);
    return true;
  }
}
