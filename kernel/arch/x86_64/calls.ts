// Calls of a function on all other CPUs, for what each must do itself: dropping translations, serialising.
//
// One call at a time, machine-wide. The functions take no locks and are quick: a CPU runs them from its interrupt, or while it
// waits for a spin lock or for a call of its own, with interrupts disabled. So a caller may hold locks, and no CPU waits for ever.

import { addressOf } from "unsafe";
import { cpuAt, cpuCount, currentCpu } from "./cpu.ts";
import { disableInterruptsRaw, enableInterrupts } from "./interrupts.ts";
import { sendInterrupt } from "./local_apic.ts";
import { panicWithAllStacks } from "./panic.ts";
import { SpinWatch } from "./stuck.ts";
import { Vector } from "./vectors.ts";

const busy = new Atomic<u32>(0);
const unanswered = new Atomic<u32>(0);
let callFunction: Static<(argument: u64) => void> | null = null;
let callArgument: u64 = 0;

/** Answers a call, if there is one for this CPU. Interrupts are disabled. */
export function serveCall(): void {
  const cpu = currentCpu();
  if (cpu.callRequested.loadRelaxed() === 0) return;
  if (cpu.callRequested.exchange(0) === 0) return;
  const called = callFunction;
  if (called !== null) called(callArgument);
  unanswered.subtract(1);
}

/**
 * Runs a function on every CPU that is online, this one included, and returns when all have. Any context; `called` takes no
 * locks and does not sleep.
 */
export function callOnAllCpus(called: Static<(argument: u64) => void>, argument: u64): void {
  callOnCpus(~u64(0), called, argument);
}

/** The same for this CPU and those of a set: bit n stands for the CPU with index n. */
export function callOnCpus(set: u64, called: Static<(argument: u64) => void>, argument: u64): void {
  disableInterruptsRaw();
  if (cpuCount() > 1) {
    while (!busy.compareExchange(0, 1)) {
      serveCall();
      spinHint();
    }
    callFunction = called;
    callArgument = argument;
    const own = currentCpu();
    for (let i: u32 = 0; i < cpuCount(); i++) {
      const cpu = cpuAt(i);
      if ((set & (u64(1) << i)) === 0 || addressOf(cpu) === addressOf(own) || cpu.online.load() === 0) continue;
      unanswered.add(1);
      cpu.callRequested.store(1);
      // One that was sent for the call before may still be on its way: the CPU answered that call while it waited for a lock.
      if (cpu.callSent.exchange(1) === 0) sendInterrupt(cpu.apicId, Vector.Call);
    }
    called(argument);
    const watch = new SpinWatch();
    while (unanswered.load() !== 0) {
      spinHint();
      if (watch.isOver()) panicWithAllStacks("a CPU does not answer a call");
    }
    busy.store(0);
  } else {
    called(argument);
  }
  enableInterrupts();
}
