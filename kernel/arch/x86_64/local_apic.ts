// The local APIC of this CPU, through its page of memory-mapped registers (xAPIC mode: no model-specific registers, which
// would trap where the kernel runs in ring 3). Intel SDM 3A, chapter 10; registers: table 10-1.

import { pointer, readVolatile, writeVolatile } from "unsafe";
import { ModelSpecificRegister, readModelSpecificRegister, writeModelSpecificRegister } from "./processor.ts";
import { Vector } from "./vectors.ts";

/** start.S maps physical 0xfee00000 here, uncached. */
const LOCAL_APIC_ADDRESS = 0xffff_ffff_fee0_0000;

const enum Register {
  Identifier = 0x20,
  TaskPriority = 0x80,
  EndOfInterrupt = 0xb0,
  InService2 = 0x120,
  InService3 = 0x130,
  SpuriousVector = 0xf0,
  CommandLow = 0x300,
  CommandHigh = 0x310,
  TimerEntry = 0x320,
  Lint0 = 0x350,
  Lint1 = 0x360,
  TimerInitialCount = 0x380,
  TimerCurrentCount = 0x390,
  TimerDivide = 0x3e0,
}

/** SpuriousVector: the APIC is on. */
const SOFTWARE_ENABLE: u32 = 0x100;
/** A local vector entry: the line LINT1 delivers a nonmaskable interrupt, as on a PC. */
const NONMASKABLE: u32 = 0x400;
/** A local vector entry: nothing is delivered. */
const MASKED: u32 = 0x1_0000;
/** TimerEntry: the deadline is a value of the timestamp counter (10.5.4.1). */
const TSC_DEADLINE: u32 = 0x4_0000;
/** TimerDivide: by one (figure 10-10). */
const DIVIDE_BY_ONE: u32 = 0xb;
/** ApicBase: global enable, and x2APIC mode. */
const GLOBAL_ENABLE: u64 = 0x800;
const X2APIC_MODE: u64 = 0x400;

/** CommandLow: kinds of message (10.6.1). */
const enum Delivery {
  Fixed = 0x4000,
  Nonmaskable = 0x4400,
  Init = 0x4500,
  Startup = 0x4600,
  AllOthers = 0xc_0000,
  Pending = 0x1000,
}

/** @inline */
function read(register: Register): u32 {
  // Safe: the page is mapped on every CPU from the start.
  return readVolatile(pointer<u32>(u64(LOCAL_APIC_ADDRESS) + u64(register)));
}

/** @inline */
function write(register: Register, value: u32): void {
  writeVolatile(pointer<u32>(u64(LOCAL_APIC_ADDRESS) + u64(register)), value);
}

/** Turns this CPU's APIC on, its timer masked; gives the APIC's identifier. */
export function initializeLocalApic(): u32 {
  const base = readModelSpecificRegister(ModelSpecificRegister.ApicBase);
  if ((base & X2APIC_MODE) !== 0) panic("local APIC: in x2APIC mode, which cannot be left");
  if ((base & GLOBAL_ENABLE) === 0) writeModelSpecificRegister(ModelSpecificRegister.ApicBase, base | GLOBAL_ENABLE);
  write(Register.SpuriousVector, SOFTWARE_ENABLE | Vector.Spurious);
  write(Register.TaskPriority, 0);
  write(Register.Lint0, MASKED);
  write(Register.Lint1, NONMASKABLE);
  write(Register.TimerEntry, MASKED | Vector.Timer);
  write(Register.TimerDivide, DIVIDE_BY_ONE);
  return read(Register.Identifier) >> 24;
}

/** Whether any interrupt is in service: whether one waits for its end. */
export function isAnyInService(): boolean {
  // Our vectors are 0x40 to 0x7f: two of the eight words (10.8.4).
  return (read(Register.InService2) | read(Register.InService3)) !== 0;
}

/** Ends the service of the most urgent interrupt in service. @inline */
export function endOfInterrupt(): void {
  write(Register.EndOfInterrupt, 0);
}

/** Waits until the last message has left, writes the next. Interrupts disabled, so that nobody else writes in between. */
function send(high: u32, low: u32): void {
  while ((read(Register.CommandLow) & Delivery.Pending) !== 0) spinHint();
  write(Register.CommandHigh, high);
  write(Register.CommandLow, low);
}

/** Interrupts another CPU. Interrupts disabled. */
export function sendInterrupt(apicId: u32, vector: Vector): void {
  send(apicId << 24, u32(Delivery.Fixed) | u32(vector));
}

/** Sends another CPU a nonmaskable interrupt. Interrupts disabled. */
export function sendNonmaskable(apicId: u32): void {
  send(apicId << 24, u32(Delivery.Nonmaskable));
}

/** Resets all other CPUs, so that they wait for a startup message. */
export function sendInitToOthers(): void {
  send(0, u32(Delivery.Init) | u32(Delivery.AllOthers));
}

/** Starts all other CPUs that wait, at physical address page * 4096 (below 1 MiB) in real mode. */
export function sendStartupToOthers(page: u32): void {
  send(0, u32(Delivery.Startup) | u32(Delivery.AllOthers) | page);
}

/** Lets the timer interrupt at a value of the timestamp counter, written to its own register (timer.ts). */
export function useTimerDeadline(): void {
  write(Register.TimerEntry, TSC_DEADLINE | Vector.Timer);
}

/** Lets the timer count down from what setTimerCount() sets, and interrupt at 0 unless `quiet`. */
export function useTimerCount(quiet: boolean): void {
  write(Register.TimerEntry, quiet ? MASKED | Vector.Timer : u32(Vector.Timer));
}

/** Starts the countdown; 0 stops it. */
export function setTimerCount(count: u32): void {
  write(Register.TimerInitialCount, count);
}

/** Where the countdown is. */
export function readTimerCount(): u32 {
  return read(Register.TimerCurrentCount);
}
