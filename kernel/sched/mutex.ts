// A lock that sleeps: for sections that copy to or from the application, wait for a device, or take long.
//
//   state   0 free     1 held     2 held, and somebody may wait
//
// Taking and giving back an uncontended one is one atomic instruction each. Who waits does so without a deadline and is
// not interrupted by signals. No order among those who wait, and a thread that comes by may take the lock first: handing
// it over would cost a switch for each section.
// Not under a spin lock, not in an interrupt.
//
// In the checked build a mutex knows its owner, and a thread the mutex that it waits for. Who has waited for a second follows them: a way
// that comes back to the thread itself, twice in a row, is a deadlock, and ends the machine with all stacks. So does a wait of half a
// minute, counted in seconds that this thread saw pass, for a mutex that nobody keeps while waiting for somebody outside.

import { isChecked } from "flavour";
import { addressOf, objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { checkBeforeAcquire, currentPlace, noteAcquired, noteReleased } from "../arch/x86_64/lock_check.ts";
import { panicWithAllStacks } from "../arch/x86_64/panic.ts";
import { patience } from "../arch/x86_64/stuck.ts";
import { isKeptLong, LockOrder } from "../lib/lock_order.ts";
import { currentThread, type Thread } from "./thread.ts";
import { WaitQueue, WakeReason } from "./wait_queue.ts";

const FREE = 0;
const HELD = 1;
const CONTENDED = 2;

/** Nanoseconds from one look at who waits for whom to the next. */
const LOOK: u64 = 1_000_000_000;
/** More threads than this are never followed. */
const LONGEST_CIRCLE = 64;

/** `using _ = mutex.acquire();` */
export class Mutex {
  private readonly state = new Atomic<u32>(0);
  private readonly order: LockOrder;
  private readonly waiting = new WaitQueue();
  /** Who holds it; kept in the checked build alone. */
  private owner: Ref<Thread> | null = null;

  /** @param order its place in the order of locks */
  constructor(order: LockOrder = LockOrder.None) {
    this.order = order;
  }

  /** Waits for the lock. @inline */
  acquire(): Mutex {
    if (isChecked()) checkBeforeAcquire(addressOf(this), this.order, false, currentPlace());
    if (!this.state.compareExchange(FREE, HELD)) this.acquireContended();
    if (isChecked()) {
      this.owner = currentThread();
      noteAcquired(addressOf(this), this.order, false, currentPlace());
    }
    return this;
  }

  /** Takes the lock if it is free. */
  tryAcquire(): boolean {
    const taken = this.state.compareExchange(FREE, HELD);
    if (taken && isChecked()) {
      this.owner = currentThread();
      noteAcquired(addressOf(this), this.order, false, currentPlace());
    }
    return taken;
  }

  /** Gives the lock back. @inline */
  release(): void {
    if (isChecked()) {
      noteReleased(addressOf(this), currentPlace());
      this.owner = null;
    }
    if (this.state.exchange(FREE) === CONTENDED) this.waiting.wakeOne();
  }

  /** Whether somebody holds it: for assertions. */
  isHeld(): boolean {
    return this.state.loadRelaxed() !== FREE;
  }

  /** @noinline */
  private acquireContended(): void {
    if (isChecked()) {
      this.acquireWatched();
      return;
    }
    // Who has waited takes the lock as contended, for there may be others.
    this.waiting.wait(() => this.state.exchange(CONTENDED) === FREE, 0, false, true);
  }

  /** The same in the checked build. @noinline */
  private acquireWatched(): void {
    const thread = currentThread();
    thread.awaitedLock = addressOf(this);
    let circles: u32 = 0;
    for (let looks: u32 = 1; ; looks++) {
      const deadline = monotonicNanoseconds() + LOOK;
      if (this.waiting.wait(() => this.state.exchange(CONTENDED) === FREE, deadline, false, true) === WakeReason.Woken) break;
      // What others do meanwhile may make a circle that never was; one that is stays.
      circles = this.isInCircle(thread) ? circles + 1 : 0;
      if (circles === 2)
        panicWithAllStacks(`a deadlock: the mutex at ${hex(addressOf(this))} is kept by a thread that waits for this one`);
      if (looks === patience.seconds && !isKeptLong(this.order)) {
        const owner = this.owner;
        panicWithAllStacks(`the mutex at ${hex(addressOf(this))} is not given back by thread ${owner === null ? 0 : owner.id}`);
      }
    }
    thread.awaitedLock = 0;
  }

  /** Whether the owner waits for a mutex whose owner waits, and so on, until it is this thread that is waited for. */
  private isInCircle(thread: Thread): boolean {
    let owner = this.owner;
    for (let i: u32 = 0; i < LONGEST_CIRCLE; i++) {
      if (owner === null) return false;
      if (owner === thread) return true;
      const awaited = owner.awaitedLock;
      if (awaited === 0) return false;
      // Good enough for a look that is repeated: mutexes lie in objects that are rarely freed, and freed memory stays mapped.
      owner = objectAt<Mutex>(awaited).owner;
    }
    return false;
  }

  /** @inline */
  [Symbol.dispose](): void {
    this.release();
  }
}
