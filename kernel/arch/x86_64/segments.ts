// Segment table, task state segment, interrupt table: what the processor wants to be told before it takes interrupts.
//
//   a CPU's page:  0x000 Cpu │ 0x400 segment table (8 entries) │ 0x480 task state segment │ 0x500 … 0x1000 interrupt stacks
//
// The interrupt table is one for all CPUs, with trap gates (the interrupt flag stays on). Every gate has an interrupt stack,
// even at the same privilege level: else the processor would push onto the red zone of the application.
// The stacks are small because entry.S leaves them at once.

import { addressOf, pointer } from "unsafe";
import { type Cpu } from "./cpu.ts";
import { loadInterruptTable, loadSegmentTable } from "./processor.ts";
import { DEVICE_VECTORS, InterruptStack, VECTOR_COUNT, Vector } from "./vectors.ts";

/** Selectors in supervisor mode: kernel and application share them (start.S, layout.inc). */
export const CODE_SELECTOR = 0x08;
export const DATA_SELECTOR = 0x10;
const TASK_SELECTOR = 0x30;

const SEGMENT_TABLE_OFFSET = 0x400;
const SEGMENT_TABLE_SIZE = 64;
const TASK_STATE_OFFSET = 0x480;
const TASK_STATE_SIZE = 104;
/** IST1 is at this offset of the task state segment (Intel SDM 3A, figure 8-11). */
const TASK_STATE_STACKS = 0x24;
/** Where the permission bitmap of ports begins; the segment's size: there is none. */
const TASK_STATE_PORTS = 0x66;

/** Code, 64-bit, ring 0, present; data, writable, ring 0, present (Intel SDM 3A, 3.4.5). */
const CODE_SEGMENT = 0x0020_9a00_0000_0000;
const DATA_SEGMENT = 0x0000_9200_0000_0000;
/** Task state segment, available, present (Intel SDM 3A, 8.2.3). */
const TASK_STATE_TYPE = 0x0000_8900_0000_0000;
/** 64-bit trap gate, ring 0, present (Intel SDM 3A, 6.14.1). */
const TRAP_GATE: u64 = 0x8f00;

/** Ends of the interrupt stacks within the page, by InterruptStack. The nonmaskable interrupt's carries a whole report. */
const stackEnds: FixedArray<u32, 8> = [0, 0x700, 0x780, 0x800, 0x880, 0x9c0, 0x1000, 0xb00];

/** @align 16 */
class InterruptTable {
  readonly words!: FixedArray<u64, 256>;
}

const interruptTable = new InterruptTable();

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

function setGate(vector: u32, handler: u64, stack: InterruptStack): void {
  const low = (handler & 0xffff) | (u64(CODE_SELECTOR) << 16) | (u64(stack) << 32) | (TRAP_GATE << 32);
  interruptTable.words[2 * vector] = low | (((handler >> 16) & 0xffff) << 48);
  interruptTable.words[2 * vector + 1] = handler >> 32;
}

/** Fills in the interrupt table. Once, on the first CPU. */
export function initializeInterruptTable(): void {
  for (let vector: u32 = 0; vector < 32; vector++) {
    setGate(vector, addressOf(exceptionEntries) + 16 * u64(vector), InterruptStack.Exception);
  }
  setGate(2, addressOf(nonmaskableEntry), InterruptStack.Nonmaskable);
  setGate(8, addressOf(doubleFaultEntry), InterruptStack.DoubleFault);
  for (let device: u32 = 0; device < DEVICE_VECTORS; device++) {
    setGate(u32(Vector.Device) + device, addressOf(deviceInterrupts) + 16 * u64(device), InterruptStack.Device);
  }
  setGate(u32(Vector.Reschedule), addressOf(rescheduleInterrupt), InterruptStack.Reschedule);
  setGate(u32(Vector.Timer), addressOf(timerInterrupt), InterruptStack.Timer);
  setGate(u32(Vector.Call), addressOf(callInterrupt), InterruptStack.Call);
  // Its stack may be any whose vector is not more urgent: it returns at once.
  setGate(u32(Vector.Spurious), addressOf(spuriousInterrupt), InterruptStack.Call);
}

/** Lays out a CPU's tables in its page and makes them current. On that CPU. */
export function loadTables(cpu: Cpu): void {
  const page = addressOf(cpu);
  const task = page + TASK_STATE_OFFSET;
  // Safe: the page is the CPU's own (start.S, smp.ts), 4,096 zeroed bytes of which the Cpu takes the first part.
  const segments = pointer<u64>(page + SEGMENT_TABLE_OFFSET);
  segments[CODE_SELECTOR / 8] = CODE_SEGMENT;
  segments[DATA_SELECTOR / 8] = DATA_SEGMENT;
  segments[TASK_SELECTOR / 8] =
    u64(TASK_STATE_TYPE) | (TASK_STATE_SIZE - 1) | ((task & 0xff_ffff) << 16) | (((task >> 24) & 0xff) << 56);
  segments[TASK_SELECTOR / 8 + 1] = task >> 32;
  for (let stack: u64 = 1; stack < 8; stack++) {
    // The stacks lie at offsets that are no multiple of 8: two halves.
    const end = page + u64(stackEnds[stack]);
    pointer<u32>(task + TASK_STATE_STACKS + 8 * (stack - 1))[0] = u32(end);
    pointer<u32>(task + TASK_STATE_STACKS + 8 * (stack - 1) + 4)[0] = u32(end >> 32);
  }
  pointer<u16>(task + TASK_STATE_PORTS)[0] = TASK_STATE_SIZE;
  loadSegmentTable(page + SEGMENT_TABLE_OFFSET, SEGMENT_TABLE_SIZE - 1, TASK_SELECTOR);
  loadInterruptTable(addressOf(interruptTable.words), VECTOR_COUNT * 16 - 1);
}
