// Waiting for many files at once: what poll and select share. A set has one slot for each descriptor; up to four lie in
// the object, which is on the caller's stack, more on the heap.
//
// The first look needs no queue, and most calls end there. Only a call that has to wait puts a waiter on each file's queue,
// looks again, and sleeps.

import { PollEvent } from "../fs/abi.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno } from "../lib/errno.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { Waiter, WakeReason } from "../sched/wait_queue.ts";

/** What is reported whether asked for or not. */
const ALWAYS = PollEvent.Error | PollEvent.HangUp | PollEvent.Invalid;

export class PollSlot {
  open: OpenFile | null = null;
  /** What is asked for, and what was found: unions of PollEvent. */
  wanted: u32 = 0;
  found: u32 = 0;
  /** The descriptor is not open. */
  invalid = false;
  readonly waiter = new Waiter();
}

export class PollSet {
  private readonly few!: FixedArray<PollSlot, 4>;
  private many: Slice<PollSlot> | null = null;
  private count: usize = 0;

  /** Makes room for a number of slots. NOMEM. */
  begin(count: usize): Errno {
    this.count = count;
    if (count <= this.few.length) return Errno.NONE;
    this.many = createArray<PollSlot>(count);
    return this.many === null ? Errno.NOMEM : Errno.NONE;
  }

  slots(): Slice<PollSlot> {
    const many = this.many;
    return many === null ? this.few.slice(0, this.count) : many;
  }

  /** Fills a slot. A negative descriptor is left out, one that is not open is found to be invalid. */
  set(index: usize, descriptor: i32, wanted: u32): void {
    const slot = this.slots()[index];
    if (descriptor < 0) return;
    slot.wanted = wanted | ALWAYS;
    slot.open = acquireFile(u32(descriptor));
    slot.invalid = slot.open === null;
  }

  /**
   * Waits until something is found. A union of events is then in each slot's `found`.
   * @param deadline monotonic nanoseconds; 0 for none. @param mayWait false: only look
   */
  wait(deadline: u64, mayWait: boolean): PollOutcome {
    let found = this.look();
    if (found !== 0 || !mayWait) return { found, interrupted: false };
    for (;;) {
      this.queueAll();
      found = this.look();
      if (found !== 0) break;
      const reason = sleepCurrent(deadline, true);
      if (reason === WakeReason.Woken) continue;
      found = this.look();
      this.leaveAll();
      return { found, interrupted: found === 0 && reason === WakeReason.Interrupted };
    }
    this.leaveAll();
    return { found, interrupted: false };
  }

  /** Asks every file. @returns the number of slots with something found */
  private look(): u32 {
    let count: u32 = 0;
    for (const slot of this.slots()) {
      const open = slot.open;
      if (open !== null) slot.found = open.file.ready(open) & slot.wanted;
      else slot.found = slot.invalid ? PollEvent.Invalid : 0;
      if (slot.found !== 0) count++;
    }
    return count;
  }

  /** Puts every waiter on its file's queue that is not there, for the first time or because it was woken. */
  private queueAll(): void {
    for (const slot of this.slots()) {
      const open = slot.open;
      if (open === null || slot.waiter.queue !== null) continue;
      const queue = open.file.waitQueue(open);
      if (queue !== null) queue.add(slot.waiter);
    }
  }

  private leaveAll(): void {
    for (const slot of this.slots()) {
      const queue = slot.waiter.queue;
      if (queue !== null) queue.remove(slot.waiter);
    }
  }

  /** Lets the files go. */
  [Symbol.dispose](): void {
    for (const slot of this.slots()) {
      const open = slot.open;
      if (open !== null) open.release();
    }
    const many = this.many;
    if (many !== null) destroyArray(many);
  }
}

/** How many slots have something, and whether a signal ended the wait before any had. */
export type PollOutcome = { readonly found: u32; readonly interrupted: boolean };
