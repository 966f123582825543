// A CPU that spins for a lock which nobody gives back: after half a minute it ends the machine with the stacks of all CPUs and threads.
//
// Time counts only in small steps from one look to the next. A host that gives this CPU nothing for a while, or stops the machine, is
// no deadlock: such a pause counts as one step, however long it was.

import { monotonicNanoseconds } from "./clock.ts";
import { panicWithAllStacks } from "./panic.ts";

/** Rounds of spinning from one look to the next: about a millisecond. */
const ROUNDS = 0x8000;
/** Nanoseconds that one look counts at most, and that make a lock one that is not given back. */
const LONGEST_STEP: u64 = 100_000_000;
const PATIENCE: u64 = 30_000_000_000;

/** How long one wait has lasted. Lies on the stack of who waits. */
export class SpinWatch {
  private rounds: u32 = 0;
  private last: u64 = 0;
  private waited: u64 = 0;

  /** After each round of spinning for the lock at an address. */
  count(lock: u64): void {
    this.rounds++;
    if (this.rounds % ROUNDS !== 0) return;
    const now = monotonicNanoseconds();
    if (this.last !== 0 && now > this.last) this.waited += minimum(now - this.last, LONGEST_STEP);
    this.last = now;
    if (this.waited > PATIENCE) panicWithAllStacks(`the lock at ${hex(lock)} is not given back`);
  }
}
