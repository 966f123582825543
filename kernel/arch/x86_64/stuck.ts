// A CPU that spins for what never comes, a lock that nobody gives back or another CPU's answer: after half a minute it ends the machine
// with the stacks of all CPUs and threads.
//
// Time counts only in small steps from one look to the next. A host that gives this CPU nothing for a while, or stops the machine, is
// no deadlock: such a pause counts as one step, however long it was.

import { monotonicNanoseconds } from "./clock.ts";

/** Rounds of spinning from one look to the next: about a millisecond. */
const ROUNDS = 0x8000;
/** Nanoseconds that one look counts at most. */
const LONGEST_STEP: u64 = 100_000_000;
const SECOND: u64 = 1_000_000_000;

class Patience {
  seconds: u32 = 30;
}

/** How long the kernel waits for itself until it is taken for stuck: here, for mutexes, for CPUs that do not answer. Tests have less. */
export const patience = new Patience();

/** How long one wait has lasted. Lies on the stack of who waits. */
export class SpinWatch {
  private rounds: u32 = 0;
  private last: u64 = 0;
  private waited: u64 = 0;

  /** After each round of spinning. @returns whether it has been too long */
  isOver(): boolean {
    this.rounds++;
    if (this.rounds % ROUNDS !== 0) return false;
    const now = monotonicNanoseconds();
    if (this.last !== 0 && now > this.last) this.waited += minimum(now - this.last, LONGEST_STEP);
    this.last = now;
    return this.waited > u64(patience.seconds) * SECOND;
  }
}
