// The run queue of one CPU: the threads that are ready, in the order of their virtual runtime.
//
// Virtual runtime is the time a thread has run, in nanoseconds, scaled by its weight. Who has had least goes first. Its
// axis is cut into granules of 4 ms; 64 of them, from `floor` on, are a window of first-in-first-out lists, and one word says
// which of the lists are not empty:
//
//   virtual runtime ──▶   floor                  base = floor + CREDIT                         floor + 63
//                         │ │ │ │ │ │ │ … │      lists, slot = granule modulo 64               │
//                         └ threads that slept long enter here     └ threads that start enter here
//
// So adding, taking the next and removing any entry take constant time and touch two or three cache lines.
// Invariants: `floor` never falls; each queued entry's granule lies in [floor, floor + 63], which entering enforces by
// moving the entry's virtual runtime; bit s of `occupied` is set exactly when list s is not empty; a list is circular.
// What the bounds mean: a thread that slept gets at most CREDIT granules of advantage, so it cannot starve the others when
// it comes back; what a thread ran beyond 63 granules is forgiven (a slice of the lowest weight is 50).
// Rejected: an ordered tree, exact below a granule, for a difference of about a slice, at three times the instructions; and a list for each priority, which needs guesses about who is interactive.
//
// The threads of real-time classes come before all of these: their own lists are in real_time_queue.ts.
//
// Pure: no locks, no clock. The CPU's scheduler owns both.

import { RealTimeQueue } from "./real_time_queue.ts";

/** Nanoseconds of virtual time in a granule, as a shift. */
export const GRANULE_SHIFT = 22;
/** The advantage of a thread that slept, in granules. */
const CREDIT = 1;
/** Lists in the window. One word has as many bits. */
const WINDOW = 64;
/** Where virtual time begins: far enough from zero for a thread to move between CPUs with a debt or a credit. */
const FIRST_FLOOR = 0x100_0000;

/** A thread's place in a run queue. */
export class RunEntry<T> {
  /** Neighbours on the list, while queued. */
  next: T | null = null;
  previous: T | null = null;
  /** Weighted nanoseconds of running, on the axis of the queue that the thread belongs to. */
  virtualRuntime: u64 = 0;
  /** Whether the thread is in a queue. A running one is not. */
  queued = false;
  /** Real-time priority, 1 to 99; 0 for a thread that shares the CPU fairly. Does not change while the thread is queued. */
  priority: u32 = 0;
}

/** What is put in a run queue. */
export interface Runnable<T> {
  readonly run: Embedded<RunEntry<T>>;
}

/** The ready threads of one CPU. The owner locks. */
export class RunQueue<T extends Runnable<T>> {
  /** Entries in the queue. Others read it without the lock, as a hint. */
  length: u32 = 0;
  private occupied: u64 = 0;
  /** First granule of the window. */
  private floor: u64 = FIRST_FLOOR;
  private readonly lists!: FixedArray<Ref<T> | null, 64>;
  private readonly realTime = new RealTimeQueue<T>();

  /** Virtual time of a thread with neither credit nor debt. */
  base(): u64 {
    return (this.floor + CREDIT) << GRANULE_SHIFT;
  }

  /**
   * Adds a ready entry behind those of its granule, or before them, and brings its virtual runtime into the window.
   * @inline
   */
  enqueue(element: T, isFirst: boolean = false): void {
    const entry = element.run;
    assert(!entry.queued, "run queue: the thread is in a queue already");
    if (entry.priority !== 0) {
      this.realTime.enqueue(element, isFirst);
      this.length++;
      return;
    }
    const floor = this.floor;
    let granule = entry.virtualRuntime >> GRANULE_SHIFT;
    if (granule < floor) {
      granule = floor;
      entry.virtualRuntime = granule << GRANULE_SHIFT;
    } else if (granule - floor >= WINDOW) {
      granule = floor + (WINDOW - 1);
      entry.virtualRuntime = granule << GRANULE_SHIFT;
    }
    const slot = granule & (WINDOW - 1);
    const first = this.lists[slot];
    if (first === null) {
      entry.next = element;
      entry.previous = element;
      this.lists[slot] = element;
      this.occupied = this.occupied | (u64(1) << slot);
    } else {
      const last = first.run.previous!;
      entry.next = first;
      entry.previous = last;
      last.run.next = element;
      first.run.previous = element;
      if (isFirst) this.lists[slot] = element;
    }
    entry.queued = true;
    this.length++;
  }

  /** The entry that goes next, without taking it: of the highest priority, or that has had least; null when there is none. */
  first(): T | null {
    if (!this.realTime.isEmpty()) return this.realTime.first();
    if (this.occupied === 0) return null;
    return this.lists[this.firstGranule() & (WINDOW - 1)];
  }

  /**
   * Takes the entry that goes next; null when there is none.
   * @inline
   */
  takeFirst(): T | null {
    if (!this.realTime.isEmpty()) return this.takeRealTime();
    if (this.occupied === 0) return null;
    const granule = this.firstGranule();
    const element = this.lists[granule & (WINDOW - 1)]!;
    this.unlink(element, granule & (WINDOW - 1));
    if (granule - this.floor > CREDIT) this.floor = granule - CREDIT;
    return element;
  }

  /** @noinline */
  private takeRealTime(): T {
    const element = this.realTime.first();
    this.realTime.remove(element);
    this.length--;
    return element;
  }

  /** Takes a queued entry out. */
  remove(element: T): void {
    assert(element.run.queued, "run queue: the thread is in no queue");
    if (element.run.priority !== 0) {
      this.realTime.remove(element);
      this.length--;
      return;
    }
    this.unlink(element, (element.run.virtualRuntime >> GRANULE_SHIFT) & (WINDOW - 1));
  }

  /**
   * The entry that has had most among those that `allowed` accepts, without taking it: what another CPU steals, because it
   * would wait longest here. One of a real-time class comes before that. Looks at the granules from behind.
   */
  lastAllowed(allowed: (element: T) => boolean): T | null {
    if (!this.realTime.isEmpty()) {
      const urgent = this.realTime.firstAllowed(allowed);
      if (urgent !== null) return urgent;
    }
    let left = this.occupied;
    while (left !== 0) {
      const distance: u64 = u64(63 - countLeadingZeros(this.rotate(left)));
      const slot = (this.floor + distance) & (WINDOW - 1);
      const first = this.lists[slot]!;
      let element = first.run.previous!;
      while (true) {
        if (allowed(element)) return element;
        if (element === first) break;
        element = element.run.previous!;
      }
      left = left & ~(u64(1) << slot);
    }
    return null;
  }

  /**
   * Lets virtual time go on while a thread runs and nobody waits, so that who comes next does not start in the past.
   * @param virtualRuntime the running thread's
   */
  advance(virtualRuntime: u64): void {
    if (this.occupied !== 0) return;
    const granule = virtualRuntime >> GRANULE_SHIFT;
    if (granule > this.floor + CREDIT) this.floor = granule - CREDIT;
  }

  /**
   * The first granule with an entry. The queue is not empty.
   * @inline
   */
  private firstGranule(): u64 {
    return this.floor + u64(countTrailingZeros(this.rotate(this.occupied)));
  }

  /**
   * A word of slots, turned so that bit 0 is the floor's slot.
   * @inline
   */
  private rotate(slots: u64): u64 {
    const turn = this.floor & (WINDOW - 1);
    return (slots >> turn) | (slots << ((WINDOW - turn) & (WINDOW - 1)));
  }

  /** @inline */
  private unlink(element: T, slot: u64): void {
    const entry = element.run;
    const next = entry.next;
    if (next === null || next === element) {
      this.lists[slot] = null;
      this.occupied = this.occupied & ~(u64(1) << slot);
    } else {
      const previous = entry.previous!;
      previous.run.next = next;
      next.run.previous = previous;
      if (this.lists[slot] === element) this.lists[slot] = next;
    }
    entry.queued = false;
    this.length--;
  }
}
