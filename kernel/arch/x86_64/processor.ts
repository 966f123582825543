// The privileged functions: control registers, model-specific registers, ports, halt, CPUID, translations.
//
// Nothing else in the kernel does any of this (docs/kernel.md): in user mode each of these becomes a call of a small ring-0
// gate, or something that does not need one. Functions that are not here but sound so are not privileged: rdtsc, wrfsbase.

import { addressOf } from "unsafe";

/** Model-specific registers (Intel SDM 4; AMD APM 2, appendix A; KVM's by Linux Documentation/virt/kvm/x86/msr.rst). */
export const enum ModelSpecificRegister {
  ApicBase = 0x1b,
  TscDeadline = 0x6e0,
  Efer = 0xc000_0080,
  Star = 0xc000_0081,
  LongStar = 0xc000_0082,
  SystemCallMask = 0xc000_0084,
  FsBase = 0xc000_0100,
  GsBase = 0xc000_0101,
  KvmSystemTime = 0x4b56_4d01,
}

/** Bits of CR4 (Intel SDM 3A, 2.5) beyond those that start.S sets. */
export const enum Cr4 {
  FsGsBase = 0x1_0000,
  OsXsave = 0x4_0000,
}

/** @size 16 */
export class CpuidResult {
  eax!: u32;
  ebx!: u32;
  ecx!: u32;
  edx!: u32;
}

/** @extern read_cpuid */
declare function readCpuid(leaf: u32, subleaf: u32, result: CpuidResult): void;
/** @extern write_extended_control */
declare function writeExtendedControlAssembly(value: u64): void;
/** @extern load_segments */
declare function loadSegmentsAssembly(table: u64, limit: u32, taskSelector: u32): void;
/** @extern load_interrupt_table */
declare function loadInterruptTableAssembly(table: u64, limit: u32): void;
/** @extern flush_all */
declare function flushAllAssembly(): void;
/** @extern halt_forever */
declare function haltForeverAssembly(): never;
/** @extern wait_for_interrupt */
declare function waitForInterruptAssembly(): void;

/**
 * @asm mov %%cr3, %[result]
 * @output "=r"
 */
declare function readCr3(): u64;
/**
 * @asm mov %[value], %%cr3
 * @input "r" value
 * @clobber memory
 */
declare function writeCr3(value: u64): void;
/**
 * @asm mov %%cr4, %[result]
 * @output "=r"
 */
declare function readCr4(): u64;
/**
 * @asm mov %[value], %%cr4
 * @input "r" value
 * @clobber memory
 */
declare function writeCr4(value: u64): void;
/**
 * @asm invlpg (%[address])
 * @input "r" address
 * @clobber memory
 */
declare function invalidatePage(address: u64): void;
/**
 * @asm sti
 * @clobber memory
 */
declare function setInterruptFlag(): void;
/**
 * @asm rdmsr; shl $32, %%rdx; or %%rdx, %%rax
 * @output "=a"
 * @input "c" number
 * @clobber rdx
 */
declare function readMsr(number: u32): u64;
/**
 * @asm mov %[value], %%rax; mov %%rax, %%rdx; shr $32, %%rdx; wrmsr
 * @input "c" number
 * @input "r" value
 * @clobber rax rdx memory
 */
declare function writeMsr(number: u32, value: u64): void;
/**
 * @asm inb %w[port], %b[result]
 * @output "=a"
 * @input "d" port
 */
declare function inByte(port: u16): u8;
/**
 * @asm outb %b[value], %w[port]
 * @input "d" port
 * @input "a" value
 */
declare function outByte(port: u16, value: u8): void;
/**
 * @asm mov %[address], %%rsi; mov %[length], %%rcx; rep outsb
 * @input "d" port
 * @input "r" address
 * @input "r" length
 * @clobber rsi rcx memory
 */
declare function outString(port: u16, address: u64, length: u64): void;
/**
 * @asm rdtsc; shl $32, %%rdx; or %%rdx, %%rax
 * @output "=a"
 * @clobber rdx
 */
declare function readTsc(): u64;

/** What the processor says of itself, for a leaf and subleaf (Intel SDM 2A, CPUID). At the start only: see features.ts. */
export function cpuid(leaf: u32, subleaf: u32, result: CpuidResult): void {
  readCpuid(leaf, subleaf, result);
}

/** Physical address of the top page table. */
export function readPageTableRootRegister(): u64 {
  return readCr3();
}

/** Makes another top page table current; drops all translations that are not global. */
export function writePageTableRootRegister(root: u64): void {
  writeCr3(root);
}

/** Sets bits of CR4 (Cr4). */
export function enableControl4(bits: u64): void {
  writeCr4(readCr4() | bits);
}

/** Sets XCR0: the register components that xsave keeps. CR4.OSXSAVE is on. */
export function writeExtendedControl(components: u64): void {
  writeExtendedControlAssembly(components);
}

export function readModelSpecificRegister(register: ModelSpecificRegister): u64 {
  return readMsr(u32(register));
}

export function writeModelSpecificRegister(register: ModelSpecificRegister, value: u64): void {
  writeMsr(u32(register), value);
}

/**
 * Drops the translation of one page on this CPU.
 * @inline
 */
export function invalidateTranslation(address: u64): void {
  invalidatePage(address);
}

/** Drops every translation on this CPU, global ones too. */
export function invalidateAllTranslations(): void {
  flushAllAssembly();
}

/** @inline */
export function readPort8(port: u16): u8 {
  return inByte(port);
}

/** @inline */
export function writePort8(port: u16, value: u8): void {
  outByte(port, value);
}

/**
 * Writes bytes of kernel memory to a port, one after the other.
 * @inline
 */
export function writePortBytes(port: u16, data: Slice<u8>): void {
  outString(port, addressOf(data), data.length);
}

/** Makes a segment table and a task state segment current on this CPU. */
export function loadSegmentTable(table: u64, limit: u32, taskSelector: u32): void {
  loadSegmentsAssembly(table, limit, taskSelector);
}

/** Makes an interrupt descriptor table current on this CPU. */
export function loadInterruptTable(table: u64, limit: u32): void {
  loadInterruptTableAssembly(table, limit);
}

/** Sets the real interrupt flag: once on each CPU, when its tables are in place. It stays on. */
export function openInterrupts(): void {
  setInterruptFlag();
}

/**
 * Sleeps until the next interrupt, unless work is waiting. Called with interrupts disabled once, and returns so; while it
 * sleeps they are enabled. One that arrives just before the halt ends the wait all the same.
 */
export function waitForInterrupt(): void {
  waitForInterruptAssembly();
}

/** Ends this CPU. */
export function haltForever(): never {
  haltForeverAssembly();
}

/**
 * The timestamp counter: a constant rate, the same on all CPUs (clock.ts knows the rate).
 * @inline
 */
export function readTimestamp(): u64 {
  return readTsc();
}
