// Task state segment and interrupt table: what the processor wants to be told before it takes interrupts. The segment table is
// start.S's work, which also makes all of them current.
//
//   a CPU's pages:  0x000 Cpu │ 0x400 segment table │ 0x480 task state segment │ 0x500 … 0x1000 interrupt stacks │ 0x1000 ports
//
// The interrupt table is one for all CPUs, with trap gates (the interrupt flag stays on). Every gate has an interrupt stack,
// even at the same privilege level: else the processor would push onto the red zone of the application.
// The stacks are small because entry.S leaves them at once.
//
// In user mode all gates lead to ring 3, but the breakpoint's and the devices' (privileged.S). Ring 0 must not take an interrupt through
// them (Intel SDM 3A, 6.12.1.1), so where it waits for one it uses a table of its own.

import { addressOf, pointer } from "unsafe";
import { type Cpu } from "./cpu.ts";
import { isUserMode } from "./processor.ts";
import { DEVICE_VECTORS, InterruptBit, InterruptStack, VECTOR_COUNT, Vector } from "./vectors.ts";

/** Selectors (layout.inc). Kernel and application share those of their mode. */
const CODE_SELECTOR = 0x08;
const DATA_SELECTOR = 0x10;
const USER_DATA_SELECTOR = 0x2b;
const USER_CODE_SELECTOR = 0x33;

const TASK_STATE_OFFSET = 0x480;
/** IST1 is at this offset of the task state segment (Intel SDM 3A, figure 8-11). */
const TASK_STATE_STACKS = 0x24;
/** 64-bit trap gate, ring 0, present (Intel SDM 3A, 6.14.1). */
const TRAP_GATE: u64 = 0x8f00;
/** 64-bit interrupt gate, ring 0, present: the real flag goes off. */
const INTERRUPT_GATE: u64 = 0x8e00;
/** The breakpoint's way to ring 0 in user mode is start.S's work. */
const BREAKPOINT = 3;

/** Ends of the interrupt stacks within the page, by InterruptStack. The nonmaskable interrupt's carries a whole report. */
const stackEnds: FixedArray<u32, 8> = [0, 0x700, 0x780, 0x800, 0x880, 0x9c0, 0x1000, 0xb00];

/** @extern interrupt_table */
declare function interruptTable(): void;
/** @extern ring0_interrupt_table */
declare function ring0InterruptTable(): void;
/** @extern ring0_interrupts */
declare function ring0Interrupts(): void;
/** @extern ring0_devices */
declare function ring0Devices(): void;
/** @extern ring0_spurious */
declare function ring0Spurious(): void;
/** @extern ring0_nonmaskable */
declare function ring0Nonmaskable(): void;
/** @extern device_interrupts */
declare function deviceInterrupts(): void;
/** @extern exception_entries */
declare function exceptionEntries(): void;
/** @extern reschedule_interrupt */
declare function rescheduleInterrupt(): void;
/** @extern timer_interrupt */
declare function timerInterrupt(): void;
/** @extern call_interrupt */
declare function callInterrupt(): void;
/** @extern spurious_interrupt */
declare function spuriousInterrupt(): void;
/** @extern nonmaskable_entry */
declare function nonmaskableEntry(): void;
/** @extern double_fault_entry */
declare function doubleFaultEntry(): void;

/** The code segment of kernel and application. */
export function codeSelector(): u64 {
  return isUserMode() ? USER_CODE_SELECTOR : CODE_SELECTOR;
}

/** Their stack segment. */
export function dataSelector(): u64 {
  return isUserMode() ? USER_DATA_SELECTOR : DATA_SELECTOR;
}

/** Writes a gate. `attributes` are TRAP_GATE or INTERRUPT_GATE. */
function writeGate(table: u64, vector: u32, handler: u64, selector: u64, attributes: u64, stack: InterruptStack): void {
  // Safe: both tables have VECTOR_COUNT gates of two words (privileged.S).
  const words = pointer<u64>(table);
  const low = (handler & 0xffff) | (selector << 16) | (u64(stack) << 32) | (attributes << 32);
  words[2 * u64(vector)] = low | (((handler >> 16) & 0xffff) << 48);
  words[2 * u64(vector) + 1] = handler >> 32;
}

function setGate(vector: u32, handler: u64, stack: InterruptStack): void {
  if (vector >= VECTOR_COUNT) panic("segments: there is no such vector");
  if (vector === BREAKPOINT && isUserMode()) return;
  writeGate(addressOf(interruptTable), vector, handler, codeSelector(), TRAP_GATE, stack);
}

/** Fills in the interrupt table. Once, on the first CPU. */
export function initializeInterruptTable(): void {
  for (let vector: u32 = 0; vector < 32; vector++) {
    setGate(vector, addressOf(exceptionEntries) + 16 * u64(vector), InterruptStack.Exception);
  }
  setGate(2, addressOf(nonmaskableEntry), InterruptStack.Nonmaskable);
  setGate(8, addressOf(doubleFaultEntry), InterruptStack.DoubleFault);
  for (let device: u32 = 0; device < DEVICE_VECTORS; device++) {
    setDeviceGate(device);
  }
  setGate(u32(Vector.Reschedule), addressOf(rescheduleInterrupt), InterruptStack.Reschedule);
  setGate(u32(Vector.Timer), addressOf(timerInterrupt), InterruptStack.Timer);
  setGate(u32(Vector.Call), addressOf(callInterrupt), InterruptStack.Call);
  // Its stack may be any whose vector is not more urgent: it returns at once.
  setGate(u32(Vector.Spurious), addressOf(spuriousInterrupt), InterruptStack.Call);
  if (isUserMode()) initializeRing0Table();
}

/** A device's gate leads to ring 0 in user mode (privileged.S says why). */
function setDeviceGate(device: u32): void {
  const vector = u32(Vector.Device) + device;
  if (!isUserMode()) {
    setGate(vector, addressOf(deviceInterrupts) + 16 * u64(device), InterruptStack.Device);
    return;
  }
  const handler = addressOf(ring0Devices) + 32 * u64(device);
  writeGate(addressOf(interruptTable), vector, handler, CODE_SELECTOR, INTERRUPT_GATE, InterruptStack.Device);
}

/** The table that ring 0 uses while it waits: interrupts end the wait. An exception there would be a bug. */
function initializeRing0Table(): void {
  setRing0Gate(2, addressOf(ring0Nonmaskable), InterruptStack.Nonmaskable);
  for (let device: u32 = 0; device < DEVICE_VECTORS; device++) {
    setRing0Interrupt(u32(Vector.Device) + device, device, InterruptStack.Device);
  }
  setRing0Interrupt(u32(Vector.Reschedule), u32(InterruptBit.Reschedule), InterruptStack.Reschedule);
  setRing0Interrupt(u32(Vector.Timer), u32(InterruptBit.Timer), InterruptStack.Timer);
  setRing0Interrupt(u32(Vector.Call), u32(InterruptBit.Call), InterruptStack.Call);
  setRing0Gate(u32(Vector.Spurious), addressOf(ring0Spurious), InterruptStack.Call);
}

/** An interrupt that leaves its bit in Cpu.work: the routines lie 16 bytes apart (privileged.S). */
function setRing0Interrupt(vector: u32, bit: u32, stack: InterruptStack): void {
  setRing0Gate(vector, addressOf(ring0Interrupts) + 16 * u64(bit), stack);
}

function setRing0Gate(vector: u32, handler: u64, stack: InterruptStack): void {
  writeGate(addressOf(ring0InterruptTable), vector, handler, CODE_SELECTOR, INTERRUPT_GATE, stack);
}

/** Sets a CPU's interrupt stacks. On that CPU, before it takes interrupts. */
export function setInterruptStacks(cpu: Cpu): void {
  const page = addressOf(cpu);
  const task = page + TASK_STATE_OFFSET;
  for (let stack: u64 = 1; stack < 8; stack++) {
    // The stacks lie at offsets that are no multiple of 8: two halves. Safe: the pages are the CPU's own (start.S, smp.ts).
    const end = page + u64(stackEnds[stack]);
    pointer<u32>(task + TASK_STATE_STACKS + 8 * (stack - 1))[0] = u32(end);
    pointer<u32>(task + TASK_STATE_STACKS + 8 * (stack - 1) + 4)[0] = u32(end >> 32);
  }
}
