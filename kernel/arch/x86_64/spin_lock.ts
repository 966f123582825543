// A lock for short sections. While it is held, interrupts are disabled on this CPU (softly), so its thread is not preempted and
// no handler can want the same lock. Never sleep and never touch application memory under one. Order: docs/kernel.md.
//
// A waiting CPU answers calls from others (calls.ts) while it spins: the holder may be waiting for just that.

import { serveCall } from "./calls.ts";
import { disableInterruptsRaw, enableInterrupts } from "./interrupts.ts";

/** `using _ = lock.acquire();` */
export class SpinLock {
  private readonly held = new Atomic<u32>(0);

  /**
   * Waits for the lock.
   * @inline
   */
  acquire(): SpinLock {
    disableInterruptsRaw();
    if (!this.held.compareExchange(0, 1)) this.spin();
    return this;
  }

  /** Takes the lock if it is free. Gives it back by release(). */
  tryAcquire(): boolean {
    disableInterruptsRaw();
    if (this.held.compareExchange(0, 1)) return true;
    enableInterrupts();
    return false;
  }

  /**
   * Gives the lock back; interrupts that came meanwhile are handled.
   * @inline
   */
  release(): void {
    this.held.store(0);
    enableInterrupts();
  }

  /** Gives the lock back, and leaves interrupts disabled once: for the hand-over in a thread switch. */
  releaseKeepingInterruptsDisabled(): void {
    this.held.store(0);
  }

  /** Whether somebody holds it: for assertions. */
  isHeld(): boolean {
    return this.held.loadRelaxed() !== 0;
  }

  /** @noinline */
  private spin(): void {
    while (!this.held.compareExchange(0, 1)) {
      while (this.held.loadRelaxed() !== 0) {
        serveCall();
        spinHint();
      }
    }
  }

  /** @inline */
  [Symbol.dispose](): void {
    this.release();
  }
}
