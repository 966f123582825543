// One CPU as the kernel sees it. GS points to its page, whose first part is a Cpu; segment tables and interrupt stacks
// follow (segments.ts). Assembly knows the first offsets (layout.inc).
//
// Everything here is written by its own CPU alone, so plain loads and stores do; `work` also changes under interrupts, so it
// is only ever changed by one instruction.

import { addressOf, objectAt } from "unsafe";
import { Context } from "./context.ts";

/** CPUs that one machine may have. */
export const MAXIMUM_CPUS = 64;

/** Bits of Cpu.work. Bits 0 to 23 are interrupts that arrived while interrupts were disabled (interrupts.ts). */
export const enum Work {
  Interrupts = 0x00ff_ffff,
  /** Another thread should run here. */
  Reschedule = 0x0100_0000,
  /** The current thread has something to do before it returns to the application. */
  Application = 0x0200_0000,
  /** Other CPUs are to be interrupted (Cpu.toInterrupt). */
  Send = 0x0400_0000,
}

/** @align 64 */
export class Cpu {
  /**
   * Its own address, for `mov %gs:0`.
   * @offset 0
   */
  self!: u64;
  /**
   * The thread that it runs.
   * @offset 8
   */
  context!: Context;
  /**
   * How often interrupts are disabled.
   * @offset 16
   */
  depth: u32 = 0;
  /**
   * A union of Work.
   * @offset 20
   */
  work: u32 = 0;
  /**
   * The current thread's kernel stack, and where a system call's frame begins on it.
   * @offset 24
   */
  stackTop: u64 = 0;
  /** @offset 32 */
  systemCallFrame: u64 = 0;
  /**
   * The application's stack pointer for a few instructions of the entry.
   * @offset 40
   */
  scratch: u64 = 0;
  /**
   * Interrupts that have arrived and are not acknowledged yet, besides one whose handler has just begun.
   * @offset 48
   */
  unacknowledged: u32 = 0;
  /**
   * Not 0: a reschedule interrupt is on its way here, or its bit waits. No second one is sent meanwhile.
   * @offset 52
   */
  readonly rescheduleSent = new Atomic<u32>(0);
  /**
   * User mode: where in ring 0 a breakpoint leads (privileged.S).
   * @offset 56
   */
  ring0Routine!: u64;
  /** The same for the call interrupt. */
  readonly callSent = new Atomic<u32>(0);
  /** 0 for the CPU that booted. */
  index: u32 = 0;
  /** Its LAPIC's identifier. */
  apicId: u32 = 0;
  /** Stands for a thread until the scheduler has made one of this CPU's first flow of control. */
  readonly startContext = new Context();
  /** It has been asked to run calls.function (calls.ts). */
  readonly callRequested = new Atomic<u32>(0);
  /** It is up and takes interrupts. */
  readonly online = new Atomic<u32>(0);
  /** CPUs to send a reschedule interrupt to, by index, as soon as interrupts are enabled here. */
  toInterrupt: u64 = 0;
  /** The timestamp counter or the LAPIC timer is armed for this monotonic time; 0 when it is not (timer.ts). */
  deadline: u64 = 0;
}

/** Pointers, by index. */
class CpuTable {
  readonly pages!: FixedArray<u64, 64>;
}

const table = new CpuTable();
let count: u32 = 0;

/**
 * @asm mov %%gs:0, %[result]
 * @output "=r"
 */
declare function readCpuAddress(): u64;
/**
 * @asm mov %%gs:8, %[result]
 * @output "=r"
 * @pure
 */
declare function readContextAddress(): u64;

/**
 * The CPU that runs this. With interrupts enabled the answer may be stale as soon as it is there.
 * @inline
 */
export function currentCpu(): Cpu {
  // Safe: GS points to a Cpu before the first TypeScript runs (start.S), on every CPU.
  return objectAt<Cpu>(readCpuAddress());
}

/**
 * The machine's part of the thread that runs this. Any context; it stays right for the thread wherever it runs.
 * @inline
 */
export function currentContext(): Context {
  // Safe: boot gives each CPU a Context before it runs anything that asks.
  return objectAt<Context>(readContextAddress());
}

/** CPUs that are known so far; those with a smaller index may still be on their way up (`online`). */
export function cpuCount(): u32 {
  return count;
}

/** @param index below cpuCount() */
export function cpuAt(index: u32): Cpu {
  if (index >= count) panic(`cpu: there is no CPU ${index}`);
  // Safe: registerCpu stored the address of a Cpu.
  return objectAt<Cpu>(table.pages[index]);
}

/** Adds a CPU whose page is laid out; gives its index. Called on the first CPU only, before the new one runs. */
export function registerCpu(cpu: Cpu): u32 {
  if (count === MAXIMUM_CPUS) panic("cpu: too many CPUs");
  const index = count;
  table.pages[index] = addressOf(cpu);
  cpu.index = index;
  count++;
  return index;
}

/** Address of the table of CPU pages by index, which the trampoline of secondary CPUs reads. */
export function cpuTableAddress(): u64 {
  return addressOf(table.pages);
}
