// What a CPU does when no thread is ready: bury the dead, see the departed off, steal, wait.
//
// The idle thread is the CPU's first flow of control, on the stack it started on. A thread that exits, or that must leave
// for another CPU, cannot do the last step while it stands on its own stack; so it switches to the idle thread, which does it.
// Before it halts, the CPU announces that it needs an interrupt (`halted`), and looks at its queue once more: whoever adds
// a thread writes the queue and then reads `halted`, so one of the two sees the other.
// With several CPUs it looks for work during SPINS rounds before it halts, because an interrupt between virtual CPUs costs
// tens of microseconds, and threads that talk to each other answer sooner than that. Devices that do not interrupt are looked at, too.

import { disableInterrupts, requestSequenceWork } from "../arch/x86_64/interrupts.ts";
import { waitForInterrupt } from "../arch/x86_64/processor.ts";
import { restTranslations, resumeTranslations } from "../mm/resting_cpus.ts";
import { steal } from "./balance.ts";
import { type CpuScheduler, schedulers } from "./cpu_scheduler.ts";
import { charge, enqueueReady, switchToNext } from "./dispatch.ts";
import { doDutyBeforeHalt } from "./idle_duty.ts";
import { bury } from "./lifecycle.ts";
import { currentThread, type Thread, ThreadState } from "./thread.ts";

/** Rounds of looking for work before the CPU halts, when there are other CPUs to bring some. */
const SPINS = 400;

/** The idle thread of this CPU. Called once on each, after startScheduling. */
export function runIdle(): never {
  const thread = currentThread();
  const scheduler = thread.scheduler;
  while (true) {
    const departed = scheduler.departed;
    if (departed !== null) {
      scheduler.departed = null;
      settle(departed);
    }
    if (scheduler.ready.length === 0 && !(schedulers.several && steal(scheduler))) {
      waitForWork(scheduler);
      continue;
    }
    scheduler.lock.acquire();
    charge(scheduler, thread);
    thread.state = ThreadState.Ready;
    switchToNext(scheduler, thread);
  }
}

/** Does the last step of a thread that has left its stack. */
function settle(thread: Thread): void {
  if (thread.state === ThreadState.Dead) {
    bury(thread);
    return;
  }
  // Not allowed here any more: it goes to an allowed CPU.
  const online = schedulers.online.load();
  const allowed = thread.affinity & online;
  const target = schedulers.of[countTrailingZeros(allowed !== 0 ? allowed : online)]!;
  const from = thread.scheduler;
  thread.run.virtualRuntime += target.ready.base() - from.ready.base();
  if (thread.sequenceArea !== 0) requestSequenceWork(thread.context);
  target.lock.acquire();
  thread.scheduler = target;
  enqueueReady(target, thread);
  target.lock.release();
}

/** Waits until this CPU's queue has a thread, or for an interrupt. */
function waitForWork(scheduler: CpuScheduler): void {
  const bit = u64(1) << scheduler.index;
  if (schedulers.several) {
    schedulers.idle.or(bit);
    for (let spin: u32 = 0; spin < SPINS; spin++) {
      if (scheduler.ready.length !== 0) break;
      spinHint();
    }
  }
  while (scheduler.ready.length === 0 && doDutyBeforeHalt()) spinHint();
  {
    using _ = disableInterrupts();
    scheduler.halted = true;
    fence();
    if (scheduler.ready.length === 0) {
      restTranslations(scheduler.index);
      waitForInterrupt();
      resumeTranslations(scheduler.index);
    }
    scheduler.halted = false;
  }
  if (schedulers.several) schedulers.idle.and(~bit);
}
