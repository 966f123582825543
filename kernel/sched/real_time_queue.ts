// The ready threads of the real-time classes (SCHED_FIFO, SCHED_RR) of one CPU: a list for each priority, the highest goes first.
//
//   priority 99 │ list of those who wait, in the order in which they came
//    …          │            one bit for each list says whether it is empty
//   priority  1 │
//
// Invariants: bit p of `occupied` is set exactly when list p is not empty; a list is circular; an entry's priority does not change
// while it is queued. Adding, taking the highest and removing any take constant time.
// Pure: no locks. Part of the run queue (run_queue.ts), whose owner locks.

import type { Runnable } from "./run_queue.ts";

/** Priorities go from 1 to this one, as sched_setscheduler(2) has them. */
export const HIGHEST_PRIORITY = 99;

export class RealTimeQueue<T extends Runnable<T>> {
  private low: u64 = 0;
  private high: u64 = 0;
  private readonly lists!: FixedArray<Ref<T> | null, 128>;

  /** @inline */
  isEmpty(): boolean {
    return (this.low | this.high) === 0;
  }

  /** Adds an entry behind those of its priority, or before them. */
  enqueue(element: T, isFirst: boolean): void {
    const entry = element.run;
    const priority = entry.priority;
    const first = this.lists[priority];
    if (first === null) {
      entry.next = element;
      entry.previous = element;
      this.lists[priority] = element;
      this.mark(priority);
    } else {
      const last = first.run.previous!;
      entry.next = first;
      entry.previous = last;
      last.run.next = element;
      first.run.previous = element;
      if (isFirst) this.lists[priority] = element;
    }
    entry.queued = true;
  }

  /** The entry that goes first, without taking it. The queue is not empty. */
  first(): T {
    return this.lists[this.highest()]!;
  }

  /** Takes a queued entry out. */
  remove(element: T): void {
    const entry = element.run;
    const priority = entry.priority;
    const next = entry.next;
    if (next === null || next === element) {
      this.lists[priority] = null;
      if (priority >= 64) this.high &= ~(u64(1) << (priority - 64));
      else this.low &= ~(u64(1) << priority);
    } else {
      const previous = entry.previous!;
      previous.run.next = next;
      next.run.previous = previous;
      if (this.lists[priority] === element) this.lists[priority] = next;
    }
    entry.queued = false;
  }

  /** The first entry of the highest priority that `allowed` accepts, without taking it. */
  firstAllowed(allowed: (element: T) => boolean): T | null {
    for (let priority: u32 = HIGHEST_PRIORITY; priority > 0; priority--) {
      const first = this.lists[priority];
      if (first === null) continue;
      let element = first;
      while (true) {
        if (allowed(element)) return element;
        element = element.run.next!;
        if (element === first) break;
      }
    }
    return null;
  }

  private mark(priority: u32): void {
    if (priority >= 64) this.high |= u64(1) << (priority - 64);
    else this.low |= u64(1) << priority;
  }

  /** The highest priority with an entry. The queue is not empty. */
  private highest(): u32 {
    return this.high !== 0 ? 127 - countLeadingZeros(this.high) : 63 - countLeadingZeros(this.low);
  }
}
