// What the checked build knows of locks: which ones the current thread holds, in the order in which it took them, and where.
//
// Taking one out of the order of lib/lock_order.ts, taking one twice, sleeping under one that forbids it, and giving back what is not held
// are panics that name both places. So a deadlock that needs two threads at the wrong moment shows in one thread at any time.
// The list lies at the bottom of the thread's kernel stack, where nothing else ever gets (a stack that does is near its end, and its
// overflow is caught as always). An interrupt's handler adds to the list of the thread that it interrupted, and leaves it as it was.
// Normal builds have none of this: every caller asks isChecked() first.

import { objectAt } from "unsafe";
import { LockOrder } from "../../lib/lock_order.ts";
import { KERNEL_STACK_SIZE } from "./context.ts";
import { currentContext } from "./cpu.ts";
import { disableInterrupts } from "./interrupts.ts";
import { panicAtPlaces } from "./panic.ts";

/** More than any thread needs: beyond it locks are not noted. */
const LIMIT = 16;
/** From the bottom of the stack: below it clone(2) leaves the registers of a new thread. */
const LIST_OFFSET: u64 = 512;

class HeldLock {
  lock: u64 = 0;
  /** Where it was taken. */
  place: u64 = 0;
  order: u32 = 0;
  /** Nobody sleeps while it is held. */
  spins: u32 = 0;
}

class HeldLocks {
  count: u32 = 0;
  reserved: u32 = 0;
  readonly of!: FixedArray<HeldLock, 16>;
}

/**
 * The address of the code that asks, inlined as it is.
 * @asm lea 0(%%rip), %[result]
 * @output "=r"
 */
export declare function currentPlace(): u64;

/** Makes the list of a new kernel stack empty. */
export function forgetLocks(stackTop: u64): void {
  locksOf(stackTop).count = 0;
}

/** Before a lock is waited for: it may be taken by this thread now. */
export function checkBeforeAcquire(lock: u64, order: LockOrder, spins: boolean, place: u64): void {
  const held = locksOfCurrent();
  if (held === null) return;
  for (let i: u32 = 0; i < held.count; i++) {
    const other = held.of[i];
    if (other.lock === lock) panicAtPlaces("a lock is taken twice by one thread", place, other.place);
    if (!spins && other.spins !== 0) panicAtPlaces("a lock that sleeps is taken under one that forbids it", place, other.place);
    if (u32(order) !== 0 && other.order >= u32(order) && !mayNest(other, lock, order)) {
      panicAtPlaces(`a lock of class ${u32(order)} is taken under one of class ${other.order}`, place, other.place);
    }
  }
}

/** Classes of which a thread may hold several locks, and how these are ordered among themselves. */
function mayNest(held: HeldLock, lock: u64, inner: LockOrder): boolean {
  const outer = held.order;
  if (inner === LockOrder.Futex) return outer === u32(LockOrder.Futex) && held.lock < lock;
  if (inner === LockOrder.EpollCollect) return outer === u32(LockOrder.EpollCollect);
  return inner === LockOrder.WaitQueue && (outer === u32(LockOrder.WaitQueue) || outer === u32(LockOrder.EpollReady));
}

/** A lock was taken. */
export function noteAcquired(lock: u64, order: LockOrder, spins: boolean, place: u64): void {
  // A handler's own entries come and go above those of the thread that it interrupts, never between.
  using _ = disableInterrupts();
  const held = locksOfCurrent();
  if (held === null) return;
  if (held.count < LIMIT) {
    const entry = held.of[held.count];
    entry.lock = lock;
    entry.place = place;
    entry.order = u32(order);
    entry.spins = spins ? 1 : 0;
  }
  held.count++;
}

/** A lock is given back. */
export function noteReleased(lock: u64, place: u64): void {
  using _ = disableInterrupts();
  const held = locksOfCurrent();
  if (held === null) return;
  if (held.count > LIMIT) {
    held.count--;
    return;
  }
  for (let i: u32 = held.count; i > 0; i--) {
    if (held.of[i - 1].lock !== lock) continue;
    for (let later = i; later < held.count; later++) move(held.of[later], held.of[later - 1]);
    held.count--;
    return;
  }
  panicAtPlaces("a lock is given back by a thread that does not hold it", place, 0);
}

/** The current thread is about to sleep. */
export function checkBeforeSleep(): void {
  const held = locksOfCurrent();
  if (held === null) return;
  for (let i: u32 = 0; i < minimum(held.count, LIMIT); i++) {
    const other = held.of[i];
    if (other.spins !== 0) panicAtPlaces("a thread sleeps under a lock that forbids it", 0, other.place);
  }
}

/** The last lock that the current thread took goes to the thread that is switched to, which gives it back. */
export function handOverLock(toStackTop: u64): void {
  const from = locksOfCurrent();
  if (from === null) return;
  if (from.count === 0 || from.count > LIMIT) panic("a thread is switched from without the lock of its scheduler");
  const to = locksOf(toStackTop);
  from.count--;
  move(from.of[from.count], to.of[to.count]);
  to.count++;
}

function move(from: HeldLock, to: HeldLock): void {
  to.lock = from.lock;
  to.place = from.place;
  to.order = from.order;
  to.spins = from.spins;
}

function locksOfCurrent(): HeldLocks | null {
  const top = currentContext().kernelStackTop;
  return top === 0 ? null : locksOf(top);
}

function locksOf(stackTop: u64): HeldLocks {
  // Safe: a kernel stack has KERNEL_STACK_SIZE bytes, of which the lowest kilobyte is kept for this in the checked build.
  return objectAt<HeldLocks>(stackTop - u64(KERNEL_STACK_SIZE) + LIST_OFFSET);
}
