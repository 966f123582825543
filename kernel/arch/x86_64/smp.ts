// All other CPUs: woken together, each makes its own way up, and the first CPU does not wait for any.
//
// One INIT and two STARTUP messages go to all others at once (Intel SDM 3A, 8.4). They run the trampoline (start.S) below
// 1 MiB side by side, take a page each by counting, and arrive in enterSecondary. With one CPU none of this happens.

import { addressOf, copyBytes, objectAt, pointer } from "unsafe";
import { type Cpu, cpuAt, cpuCount, cpuTableAddress, currentCpu, registerCpu } from "./cpu.ts";
import { initializeExtendedState } from "./extended_state.ts";
import { disableInterrupts, requestInterrupt } from "./interrupts.ts";
import { initializeLocalApic, sendInitToOthers, sendStartupToOthers } from "./local_apic.ts";
import { copyKernelSlots, flushApplication, PHYSICAL_MAP_BASE } from "./paging.ts";
import { openInterrupts } from "./processor.ts";
import { setInterruptStacks } from "./segments.ts";
import { initializeTimer } from "./timer.ts";
import { initializeSystemCalls } from "./traps.ts";

export { callOnAllCpus } from "./calls.ts";

/** Physical pages below 1 MiB that boot keeps free for this (start.S has the same numbers). */
const TRAMPOLINE = 0x8000;
const STARTUP_ROOT = 0x9000;

/** @extern trampoline_start */
declare function trampolineStart(): void;
/** @extern trampoline_end */
declare function trampolineEnd(): void;
/** @extern trampoline_pages */
declare function trampolinePages(): void;
/** @extern trampoline_entry */
declare function trampolineEntry(): void;

let secondaryEntry: Static<(stackTop: u64) => void> | null = null;

/**
 * Starts the other CPUs, `count` in all with this one. Each calls `entry` with the top of its stack, interrupts disabled once; the
 * entry does not return. Does not wait for them: a CPU counts as there when its `online` is set.
 * @param allocatePages two zeroed pages for a CPU's own data, in the direct map; 0: no memory
 * @param allocateStack the top of a kernel stack; 0: no memory
 */
export function startSecondaryCpus(
  count: u32,
  entry: Static<(stackTop: u64) => void>,
  allocatePages: Static<() => u64>,
  allocateStack: Static<() => u64>,
): void {
  for (let i: u32 = 1; i < count; i++) {
    const page = allocatePages();
    const stackTop = page === 0 ? 0 : allocateStack();
    if (stackTop === 0) break;
    // Safe: a zeroed page is a Cpu whose fields are all at their start.
    const cpu = objectAt<Cpu>(page);
    cpu.stackTop = stackTop;
    cpu.startContext.kernelStackTop = stackTop;
    cpu.context = cpu.startContext;
    cpu.depth = 1;
    registerCpu(cpu);
  }
  secondaryEntry = entry;
  const trampoline = u64(PHYSICAL_MAP_BASE) + TRAMPOLINE;
  const source = addressOf(trampolineStart);
  copyBytes(trampoline, source, addressOf(trampolineEnd) - source);
  // Safe: both pages are reserved for this; the offsets are those of the labels in start.S.
  pointer<u64>(trampoline + (addressOf(trampolinePages) - source))[0] = cpuTableAddress();
  pointer<u64>(trampoline + (addressOf(trampolineEntry) - source))[0] = addressOf(enterSecondary);
  copyKernelSlots(u64(PHYSICAL_MAP_BASE) + STARTUP_ROOT);
  using _ = disableInterrupts();
  sendInitToOthers();
  sendStartupToOthers(TRAMPOLINE >> 12);
  sendStartupToOthers(TRAMPOLINE >> 12);
}

/** Where a secondary CPU meets TypeScript: GS and stack are its own. */
function enterSecondary(page: u64): void {
  const cpu = currentCpu();
  setInterruptStacks(cpu);
  cpu.apicId = initializeLocalApic();
  initializeExtendedState();
  initializeSystemCalls();
  initializeTimer();
  openInterrupts();
  cpu.online.store(1);
  // Until now nobody has told this CPU which translations are stale.
  fence();
  flushApplication();
  const entry = secondaryEntry;
  if (entry !== null) entry(cpu.stackTop);
  panic("smp: a secondary CPU has nothing to do");
}

/** Makes another CPU run its reschedule handler, when it is up; at the latest when interrupts are enabled here. Any context. */
export function sendReschedule(index: u32): void {
  if (index < cpuCount() && cpuAt(index).online.load() !== 0) requestInterrupt(index);
}
