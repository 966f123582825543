// Calls of a function on all other CPUs, for what each must do itself: dropping translations, serialising.
//
// One call at a time, machine-wide. The functions take no locks and are quick: a CPU runs them from its interrupt, or while it
// waits for a spin lock or for a call of its own, with interrupts disabled. So a caller may hold locks, and no CPU waits for ever.
//
// Virtual CPUs may be more than the host has free. Then the one that is to answer may wait for the very CPU of the host on which
// the caller spins, until the host's scheduler takes that away, some milliseconds later. So a caller that has waited for longer than a
// running CPU takes goes to sleep, and the last answer wakes it.

import { addressOf } from "unsafe";
import { monotonicNanoseconds } from "./clock.ts";
import { type Cpu, cpuAt, cpuCount, currentCpu } from "./cpu.ts";
import { disableInterruptsRaw, enableInterrupts } from "./interrupts.ts";
import { sendInterrupt } from "./local_apic.ts";
import { panicWithAllStacks } from "./panic.ts";
import { waitForAnswer } from "./processor.ts";
import { SpinWatch } from "./stuck.ts";
import { setDeadline } from "./timer.ts";
import { InterruptBit, Vector } from "./vectors.ts";

/** Rounds of looking for the answers before the caller sleeps: some 50 µs. */
const AWAKE = 1024;
/** Nanoseconds of one sleep at most. */
const LONGEST_SLEEP: u64 = 2_000_000;
const NOBODY: u32 = 0xffff_ffff;
/** With one of these waiting, another one might not come through. */
const WAKING: u32 = (1 << InterruptBit.Call) | (1 << InterruptBit.Timer);

const busy = new Atomic<u32>(0);
const unanswered = new Atomic<u32>(0);
/** Index of the caller's CPU while it sleeps, or NOBODY. */
const sleeping = new Atomic<u32>(NOBODY);
let callFunction: Static<(argument: u64) => void> | null = null;
let callArgument: u64 = 0;

/** Answers a call, if there is one for this CPU. Interrupts are disabled. */
export function serveCall(): void {
  const cpu = currentCpu();
  if (cpu.callRequested.loadRelaxed() === 0) return;
  if (cpu.callRequested.exchange(0) === 0) return;
  const called = callFunction;
  if (called !== null) called(callArgument);
  if (unanswered.subtract(1) !== 1) return;
  const sleeper = sleeping.exchange(NOBODY);
  if (sleeper !== NOBODY) interrupt(cpuAt(sleeper));
}

/** One that was sent before may still be on its way; a CPU is sent no second one. */
function interrupt(cpu: Cpu): void {
  if (cpu.callSent.exchange(1) === 0) sendInterrupt(cpu.apicId, Vector.Call);
}

/** Waits until all have answered: awake for a while, then asleep, so that a host with too few CPUs can run those that are to answer. */
function awaitAnswers(own: Cpu): void {
  const watch = new SpinWatch();
  let rounds: u32 = 0;
  while (unanswered.load() !== 0) {
    spinHint();
    if (watch.isOver()) panicWithAllStacks("a CPU does not answer a call");
    rounds++;
    if (rounds % AWAKE !== 0) continue;
    if ((own.work & WAKING) !== 0) continue;
    // An end to the sleep, for the watch. The timer's own affairs are looked at in its interrupt, which may come early.
    setDeadline(monotonicNanoseconds() + LONGEST_SLEEP);
    sleeping.exchange(own.index);
    waitForAnswer(addressOf(unanswered));
    sleeping.exchange(NOBODY);
  }
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
    const own = currentCpu();
    callFunction = called;
    callArgument = argument;
    for (let i: u32 = 0; i < cpuCount(); i++) {
      const cpu = cpuAt(i);
      if ((set & (u64(1) << i)) === 0 || addressOf(cpu) === addressOf(own) || cpu.online.load() === 0) continue;
      unanswered.add(1);
      cpu.callRequested.store(1);
      // The one for the call before may be on its way: the CPU answered that call while it waited for a lock.
      interrupt(cpu);
    }
    called(argument);
    awaitAnswers(own);
    busy.store(0);
  } else {
    called(argument);
  }
  enableInterrupts();
}
