// A lock for short sections. While it is held, interrupts are disabled on this CPU (softly), so its thread is not preempted and
// no handler can want the same lock. Never sleep and never touch application memory under one. Order: docs/kernel.md.
//
// A waiting CPU answers calls from others (calls.ts) while it spins: the holder may be waiting for just that.

import { isChecked } from "flavour";
import { addressOf } from "unsafe";
import { LockOrder } from "../../lib/lock_order.ts";
import { serveCall } from "./calls.ts";
import { disableInterruptsRaw, enableInterrupts } from "./interrupts.ts";
import { checkBeforeAcquire, currentPlace, noteAcquired, noteReleased } from "./lock_check.ts";
import { panicWithAllStacks } from "./panic.ts";
import { SpinWatch } from "./stuck.ts";

/** `using _ = lock.acquire();` */
export class SpinLock {
  private readonly held = new Atomic<u32>(0);
  private order: LockOrder;

  /** @param order its place in the order of locks */
  constructor(order: LockOrder = LockOrder.None) {
    this.order = order;
  }

  /** For the checked build: the class of a lock within a fixed array, whose elements begin as zeros. */
  classify(order: LockOrder): void {
    this.order = order;
  }

  /**
   * Waits for the lock.
   * @inline
   */
  acquire(): SpinLock {
    disableInterruptsRaw();
    if (isChecked()) checkBeforeAcquire(addressOf(this), this.order, true, currentPlace());
    if (!this.held.compareExchange(0, 1)) this.spin();
    if (isChecked()) noteAcquired(addressOf(this), this.order, true, currentPlace());
    return this;
  }

  /** Takes the lock if it is free. Gives it back by release(). */
  tryAcquire(): boolean {
    disableInterruptsRaw();
    if (this.held.compareExchange(0, 1)) {
      if (isChecked()) noteAcquired(addressOf(this), this.order, true, currentPlace());
      return true;
    }
    enableInterrupts();
    return false;
  }

  /**
   * Gives the lock back; interrupts that came meanwhile are handled.
   * @inline
   */
  release(): void {
    if (isChecked()) noteReleased(addressOf(this), currentPlace());
    this.held.store(0);
    enableInterrupts();
  }

  /** Gives the lock back, and leaves interrupts disabled once: for the hand-over in a thread switch. */
  releaseKeepingInterruptsDisabled(): void {
    if (isChecked()) noteReleased(addressOf(this), currentPlace());
    this.held.store(0);
  }

  /** Keeps the lock as if it were forgotten: nobody holds it, and it is not free. For provocations in the checked build alone. */
  forget(): void {
    noteReleased(addressOf(this), currentPlace());
    enableInterrupts();
  }

  /** Whether somebody holds it: for assertions. */
  isHeld(): boolean {
    return this.held.loadRelaxed() !== 0;
  }

  /** @noinline */
  private spin(): void {
    const watch = new SpinWatch();
    while (!this.held.compareExchange(0, 1)) {
      while (this.held.loadRelaxed() !== 0) {
        serveCall();
        spinHint();
        if (watch.isOver()) panicWithAllStacks(`the lock at ${hex(addressOf(this))} is not given back`);
      }
    }
  }

  /** @inline */
  [Symbol.dispose](): void {
    this.release();
  }
}
