// The lock of everything that changes the areas of the address space: mmap, munmap, mprotect, mremap, brk, madvise.
//
// Such a change takes several steps: areas out of the tree, pages out of the page tables, stale translations out of every
// CPU, frames back. Holding a spin lock all that time would keep interrupts disabled for milliseconds when gigabytes are unmapped.
// So this lock keeps interrupts on, and only preemption off; each step takes the address space's spin lock for itself.
// `sequence` is odd while a change is under way. A page fault that finds nothing to map first looks whether a change was
// under way meanwhile, and tries again: to the application each call is one step.
// Rejected: a sleeping lock. It belongs to the scheduler, a layer above, and a change takes microseconds.

import { isChecked } from "flavour";
import { addressOf } from "unsafe";
import { serveCall } from "../arch/x86_64/calls.ts";
import { currentContext } from "../arch/x86_64/cpu.ts";
import { disableInterrupts } from "../arch/x86_64/interrupts.ts";
import { checkBeforeAcquire, currentPlace, noteAcquired, noteReleased } from "../arch/x86_64/lock_check.ts";
import { panicWithAllStacks } from "../arch/x86_64/panic.ts";
import { SpinWatch } from "../arch/x86_64/stuck.ts";
import { LockOrder } from "../lib/lock_order.ts";

export class MutationLock {
  /** Odd while a change is under way. */
  private readonly sequence = new Atomic<u64>(0);
  private readonly held = new Atomic<u32>(0);

  /** Begins a change. Interrupts are enabled, no spin lock is held. */
  acquire(): MutationLock {
    // The owner always runs: who waits, waits for another CPU.
    if (isChecked()) checkBeforeAcquire(addressOf(this), LockOrder.Mutation, true, currentPlace());
    currentContext().preemptDepth++;
    if (this.held.exchange(1) !== 0) this.spin();
    this.sequence.add(1);
    if (isChecked()) noteAcquired(addressOf(this), LockOrder.Mutation, true, currentPlace());
    return this;
  }

  /** @noinline */
  private spin(): void {
    const watch = new SpinWatch();
    do {
      while (this.held.loadRelaxed() !== 0) {
        answerOthers();
        if (watch.isOver()) panicWithAllStacks(`the lock at ${hex(addressOf(this))} is not given back`);
      }
    } while (this.held.exchange(1) !== 0);
  }

  /** Ends the change. */
  release(): void {
    if (isChecked()) noteReleased(addressOf(this), currentPlace());
    this.sequence.add(1);
    this.held.store(0);
    currentContext().preemptDepth--;
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** A number to ask changedSince() with. */
  observe(): u64 {
    return this.sequence.load();
  }

  /** Whether no change was under way at `observed`, and none began since. Does not wait. */
  isUnchanged(observed: u64): boolean {
    return (observed & 1) === 0 && this.sequence.load() === observed;
  }

  /** Whether a change was under way at any time since `observed`; waits for the end of one that is. */
  changedSince(observed: u64): boolean {
    while ((this.sequence.load() & 1) !== 0) answerOthers();
    return this.sequence.load() !== observed || (observed & 1) !== 0;
  }
}

/**
 * One round of waiting. The owner may be waiting for this CPU to flush, and that call may have come just when this thread
 * entered the kernel: then it is kept until somebody enables interrupts (entry.S), so each round does.
 */
function answerOthers(): void {
  using _ = disableInterrupts();
  serveCall();
  spinHint();
}
