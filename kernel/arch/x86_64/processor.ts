// The privileged functions: control registers, model-specific registers, ports, halt, CPUID, translations.
//
// Nothing else in the kernel does any of this (docs/kernel.md): in user mode each becomes a breakpoint that asks ring 0
// (privileged.S), or something that does not need it. Functions that are not here but sound so are not privileged: rdtsc, wrfsbase.

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

/**
 * Not 0: kernel and application run in ring 3. start.S decides, before the first line of TypeScript.
 * @export user_mode
 */
let userMode: u8 = 0;

/** @extern read_cpuid */
declare function readCpuid(leaf: u32, subleaf: u32, result: CpuidResult): void;
/** @extern read_machine_cpuid */
declare function readMachineCpuid(leaf: u32, subleaf: u32, result: CpuidResult): void;
/** @extern enable_control4 */
declare function enableControl4Assembly(bits: u64): void;
/** @extern write_extended_control */
declare function writeExtendedControlAssembly(value: u64): void;
/** @extern reload_translations */
declare function reloadTranslationsAssembly(): void;
/** @extern invalidate_pages */
declare function invalidatePagesAssembly(address: u64, count: u32): void;
/** @extern flush_all */
declare function flushAllAssembly(): void;
/** @extern open_interrupts */
declare function openInterruptsAssembly(): void;
/** @extern halt_forever */
declare function haltForeverAssembly(): never;
/** @extern wait_for_interrupt */
declare function waitForInterruptAssembly(): void;
/** @extern wait_for_answer */
declare function waitForAnswerAssembly(count: u64): void;
/** @extern read_msr */
declare function readMsr(number: u32): u64;
/** @extern write_msr */
declare function writeMsr(number: u32, value: u64): void;
/** @extern system_call_ring */
declare function systemCallRingAssembly(): u32;

/**
 * What XCR0 enables.
 * @asm xor %%ecx, %%ecx; xgetbv; shl $32, %%rdx; or %%rdx, %%rax
 * @output "=a"
 * @clobber rcx rdx
 */
declare function readExtendedControlRegister(): u64;
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

/**
 * Whether kernel and application run in ring 3 (user mode) and not in ring 0 (supervisor mode). It never changes.
 * @inline
 */
export function isUserMode(): boolean {
  return userMode !== 0;
}

/**
 * What the processor says of itself, for a leaf and subleaf (Intel SDM 2A, CPUID), to the application as well. In user mode that
 * is the host's processor, not the virtual machine's.
 */
export function cpuid(leaf: u32, subleaf: u32, result: CpuidResult): void {
  readCpuid(leaf, subleaf, result);
}

/** The same of the virtual machine's processor, and of its hypervisor. */
export function machineCpuid(leaf: u32, subleaf: u32, result: CpuidResult): void {
  readMachineCpuid(leaf, subleaf, result);
}

/** Sets bits of CR4 (Cr4). */
export function enableControl4(bits: u64): void {
  enableControl4Assembly(bits);
}

/** Sets XCR0: the register components that xsave keeps. CR4.OSXSAVE is on. */
export function writeExtendedControl(components: u64): void {
  writeExtendedControlAssembly(components);
}

/** XCR0. CR4.OSXSAVE is on. */
export function readExtendedControl(): u64 {
  return readExtendedControlRegister();
}

export function readModelSpecificRegister(register: ModelSpecificRegister): u64 {
  return readMsr(u32(register));
}

export function writeModelSpecificRegister(register: ModelSpecificRegister, value: u64): void {
  writeMsr(u32(register), value);
}

/** Where `syscall` arrives, LSTAR pointing to system_call_probe: in ring 0 or in ring 3. */
export function systemCallRing(): u32 {
  return systemCallRingAssembly();
}

/** More pages than this are not dropped one by one: dropping all costs less. */
const SINGLE_PAGES = 32;
/** The same in user mode, where privileged.S has a routine for each number. */
const SINGLE_PAGES_USER = 4;

/** Drops the translations of `count` pages of the application on this CPU; perhaps more than those. */
export function invalidateTranslations(address: u64, count: u64): void {
  if (count === 0) return;
  if (count > (isUserMode() ? SINGLE_PAGES_USER : SINGLE_PAGES)) reloadTranslationsAssembly();
  else invalidatePagesAssembly(address, u32(count));
}

/** Drops all translations that are not global on this CPU. */
export function reloadTranslations(): void {
  reloadTranslationsAssembly();
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

/** Sets the real interrupt flag: once on each CPU, when its tables are in place. It stays on. */
export function openInterrupts(): void {
  openInterruptsAssembly();
}

/**
 * Sleeps until the next interrupt, unless work is waiting. Called with interrupts disabled once, and returns so; while it
 * sleeps they are enabled. One that arrives just before the halt ends the wait all the same.
 */
export function waitForInterrupt(): void {
  waitForInterruptAssembly();
}

/**
 * Sleeps until the next interrupt, unless a count is 0, or a call's or the timer's interrupt is waiting. Called with interrupts
 * disabled, which they stay: what comes is left for later. It may return for any reason.
 * @param count address of 32 bits; who makes it 0 sends this CPU a call's interrupt
 */
export function waitForAnswer(count: u64): void {
  waitForAnswerAssembly(count);
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
