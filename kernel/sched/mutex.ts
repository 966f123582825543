// A lock that sleeps: for sections that copy to or from the application, wait for a device, or take long.
//
//   state   0 free     1 held     2 held, and somebody may wait
//
// Taking and giving back an uncontended one is one atomic instruction each. Who waits does so without a deadline and is
// not interrupted by signals. No order among those who wait, and a thread that comes by may take the lock first: handing
// it over would cost a switch for each section.
// Not under a spin lock, not in an interrupt.

import { isChecked } from "flavour";
import { addressOf } from "unsafe";
import { checkBeforeAcquire, currentPlace, noteAcquired, noteReleased } from "../arch/x86_64/lock_check.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { WaitQueue } from "./wait_queue.ts";

const FREE = 0;
const HELD = 1;
const CONTENDED = 2;

/** `using _ = mutex.acquire();` */
export class Mutex {
  private readonly state = new Atomic<u32>(0);
  private readonly order: LockOrder;
  private readonly waiting = new WaitQueue();

  /** @param order its place in the order of locks */
  constructor(order: LockOrder = LockOrder.None) {
    this.order = order;
  }

  /** Waits for the lock. @inline */
  acquire(): Mutex {
    if (isChecked()) checkBeforeAcquire(addressOf(this), this.order, false, currentPlace());
    if (!this.state.compareExchange(FREE, HELD)) this.acquireContended();
    if (isChecked()) noteAcquired(addressOf(this), this.order, false, currentPlace());
    return this;
  }

  /** Takes the lock if it is free. */
  tryAcquire(): boolean {
    const taken = this.state.compareExchange(FREE, HELD);
    if (taken && isChecked()) noteAcquired(addressOf(this), this.order, false, currentPlace());
    return taken;
  }

  /** Gives the lock back. @inline */
  release(): void {
    if (isChecked()) noteReleased(addressOf(this), currentPlace());
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
