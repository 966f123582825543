// A lock that sleeps: for sections that copy to or from the application, wait for a device, or take long.
//
//   state   0 free     1 held     2 held, and somebody may wait
//
// Taking and giving back an uncontended one is one atomic instruction each. Who waits does so without a deadline and is
// not interrupted by signals. No order among those who wait, and a thread that comes by may take the lock first: handing
// it over would cost a switch for each section.
// Not under a spin lock, not in an interrupt.

import { WaitQueue } from "./wait_queue.ts";

const FREE = 0;
const HELD = 1;
const CONTENDED = 2;

/** `using _ = mutex.acquire();` */
export class Mutex {
  private readonly state = new Atomic<u32>(0);
  private readonly waiting = new WaitQueue();

  /** Waits for the lock. @inline */
  acquire(): Mutex {
    if (!this.state.compareExchange(FREE, HELD)) this.acquireContended();
    return this;
  }

  /** Takes the lock if it is free. */
  tryAcquire(): boolean {
    return this.state.compareExchange(FREE, HELD);
  }

  /** Gives the lock back. @inline */
  release(): void {
    if (this.state.exchange(FREE) === CONTENDED) this.waiting.wakeOne();
  }

  /** Whether somebody holds it: for assertions. */
  isHeld(): boolean {
    return this.state.loadRelaxed() !== FREE;
  }

  /** @noinline */
  private acquireContended(): void {
    // Who has waited takes the lock as contended, for there may be others.
    this.waiting.wait(() => this.state.exchange(CONTENDED) === FREE, 0, false, true);
  }

  /** @inline */
  [Symbol.dispose](): void {
    this.release();
  }
}
