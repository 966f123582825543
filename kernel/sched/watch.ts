// The checked build's watch over CPUs that loop in the kernel.
//
// Once a second each CPU's own timer beats. A CPU whose timer has not beaten for a minute has interrupts disabled all the time; the
// others see it. One that beats, and always finds the same thread in the same entry into the kernel, loops there with interrupts enabled;
// it sees that itself, by a mark that the way back to the application clears (Context.sequenceWork). Either ends the machine with all stacks.
// Time is counted in beats of the CPU that looks, so a host that is busy, or a machine that was stopped, is not taken for a loop. A single
// CPU with interrupts disabled cannot look at itself: `nmi` on QEMU's monitor does (docs/debugging.md).

import { addressOf } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { cpuCount, currentCpu, MAXIMUM_CPUS } from "../arch/x86_64/cpu.ts";
import { requestSequenceWork } from "../arch/x86_64/interrupts.ts";
import { panicWithAllStacks } from "../arch/x86_64/panic.ts";
import { patience } from "../arch/x86_64/stuck.ts";
import { currentThread } from "./thread.ts";
import { startTimer, Timer } from "./timers.ts";

const BEAT: u64 = 1_000_000_000;

class CpuWatch {
  readonly timer = new Timer();
  /** Counts up; 0: the CPU is on its way up. */
  beats: u32 = 0;
  /** The application's thread that was found in the kernel, how often it had slept until then, and at how many beats in a row. */
  thread: u64 = 0;
  sleeps: u64 = 0;
  found: u32 = 0;
  /** Of the CPU with the next number: what its `beats` was, and for how many of our own it has been that. */
  lastSeen: u32 = 0;
  unchanged: u32 = 0;
}

class Watches {
  readonly of!: FixedArray<CpuWatch, 64>;
}

const watches = new Watches();

/** Begins the watch over this CPU, which schedules by now, and by it over the next one. */
export function startWatch(): void {
  const watch = watches.of[currentCpu().index % MAXIMUM_CPUS];
  watch.beats = 1;
  watch.timer.callback = beat;
  watch.timer.argument = u64(currentCpu().index);
  startTimer(watch.timer, monotonicNanoseconds() + BEAT);
}

function beat(index: u64): void {
  const watch = watches.of[index];
  watch.beats++;
  lookAtOwn(watch);
  lookAtNext(watch, u32((index + 1) % u64(cpuCount())));
  startTimer(watch.timer, monotonicNanoseconds() + BEAT);
}

/** Whether the thread that runs here has left the kernel, or slept, since the last beat. */
function lookAtOwn(watch: CpuWatch): void {
  const thread = currentThread();
  const isMarked = thread.context.extendedState !== 0 && thread.context.sequenceWork !== 0;
  const isSame = watch.thread === addressOf(thread) && watch.sleeps === thread.voluntarySwitches;
  watch.found = isMarked && isSame ? watch.found + 1 : 0;
  if (watch.found >= patience.seconds * 2) panicWithAllStacks(`thread ${thread.id} does not come out of the kernel`);
  watch.thread = addressOf(thread);
  watch.sleeps = thread.voluntarySwitches;
  if (thread.context.extendedState !== 0) requestSequenceWork(thread.context);
}

function lookAtNext(watch: CpuWatch, index: u32): void {
  const next = watches.of[index];
  watch.unchanged = next.beats === watch.lastSeen && next.beats !== 0 ? watch.unchanged + 1 : 0;
  watch.lastSeen = next.beats;
  if (next !== watch && watch.unchanged >= patience.seconds * 2)
    panicWithAllStacks(`CPU ${index} has not taken an interrupt for ${watch.unchanged} s`);
}
