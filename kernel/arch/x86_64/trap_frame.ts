// The registers of whatever was interrupted, as entry.S lays them out on the kernel stack, lowest address first.
//
// A system call builds the same frame: `error` is its number, `rax` its result, `vector` VECTOR_SYSTEM_CALL. On its fast
// path only rip, rsp, rflags, error and the six arguments are stored; the rest is filled in on the slow paths (signals, calls
// that get the frame, traced calls). layout.inc has the same offsets for assembly.

import type { Registers } from "../../lib/instruction_operand.ts";

/** `vector` of a system call's frame; smaller ones are exceptions (0 to 31) or bits of Cpu.work (interrupts). */
export const VECTOR_SYSTEM_CALL = 256;

/** Exceptions (Intel SDM 3A, table 6-1). */
export const enum Exception {
  DivideError = 0,
  Debug = 1,
  Nonmaskable = 2,
  Breakpoint = 3,
  Overflow = 4,
  BoundRange = 5,
  InvalidOpcode = 6,
  DeviceNotAvailable = 7,
  DoubleFault = 8,
  InvalidTss = 10,
  SegmentNotPresent = 11,
  StackFault = 12,
  GeneralProtection = 13,
  PageFault = 14,
  FloatingPoint = 16,
  AlignmentCheck = 17,
  MachineCheck = 18,
  SimdFloatingPoint = 19,
}

/** Bits of a page fault's error code (Intel SDM 3A, 4.7). */
export const enum PageFaultError {
  /** The page was there, the access was not allowed. */
  Protection = 1,
  Write = 2,
  User = 4,
  ReservedBit = 8,
  InstructionFetch = 16,
}

/** @size 176 */
export class TrapFrame {
  r15!: u64;
  r14!: u64;
  r13!: u64;
  r12!: u64;
  rbp!: u64;
  rbx!: u64;
  /** @offset 48 */
  r11!: u64;
  r10!: u64;
  r9!: u64;
  r8!: u64;
  /** @offset 80 */
  rax!: u64;
  rcx!: u64;
  rdx!: u64;
  rsi!: u64;
  rdi!: u64;
  /** @offset 120 */
  vector!: u64;
  /** @offset 128 */
  error!: u64;
  /** @offset 136 */
  rip!: u64;
  cs!: u64;
  rflags!: u64;
  rsp!: u64;
  ss!: u64;
}

/** Gives the general registers of a frame in the order of their codes, and `rip` as `next`. */
export function readRegisters(frame: TrapFrame, registers: Registers): void {
  registers.of[0] = frame.rax;
  registers.of[1] = frame.rcx;
  registers.of[2] = frame.rdx;
  registers.of[3] = frame.rbx;
  registers.of[4] = frame.rsp;
  registers.of[5] = frame.rbp;
  registers.of[6] = frame.rsi;
  registers.of[7] = frame.rdi;
  registers.of[8] = frame.r8;
  registers.of[9] = frame.r9;
  registers.of[10] = frame.r10;
  registers.of[11] = frame.r11;
  registers.of[12] = frame.r12;
  registers.of[13] = frame.r13;
  registers.of[14] = frame.r14;
  registers.of[15] = frame.r15;
  registers.next = frame.rip;
}

/** The kernel's instructions are in the upper 2 GiB of addresses. */
const KERNEL_TEXT = 0xffff_ffff_8000_0000;

/**
 * Whether a frame is the application's: the kernel runs only with its own instructions and with a stack in the upper half. What the
 * application has in its registers is its own affair.
 * @inline
 */
export function isApplicationFrame(frame: TrapFrame): boolean {
  return frame.rip < KERNEL_TEXT || frame.rsp >> 63 === 0;
}
