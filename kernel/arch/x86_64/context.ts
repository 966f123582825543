// The machine's part of a thread: what the processor needs to leave it and to come back to it.
//
// It is the first field of sched's Thread, so that a Context's address is its Thread's. Assembly knows the offsets (layout.inc).

import { addressOf, pointer } from "unsafe";
import { currentContext } from "./cpu.ts";
import { fsBaseInstructions } from "./extended_state.ts";
import { ModelSpecificRegister, readModelSpecificRegister, writeModelSpecificRegister } from "./processor.ts";
import { type TrapFrame } from "./trap_frame.ts";

export { extendedStateSize } from "./extended_state.ts";

/**
 * @asm wrfsbase %[base]
 * @input "r" base
 */
declare function writeFsBaseInstruction(base: u64): void;
/**
 * @asm rdfsbase %[result]
 * @output "=r"
 */
declare function readFsBaseInstruction(): u64;

/** @size 72 */
export class Context {
  /**
   * Where its registers lie while it does not run.
   * @offset 0
   */
  stackPointer: u64 = 0;
  /**
   * Top of its kernel stack, a multiple of 16. Traps of the application begin there.
   * @offset 8
   */
  kernelStackTop: u64 = 0;
  /**
   * The application's thread pointer. Current only while the thread does not run (see loadFsBase).
   * @offset 16
   */
  fsBase: u64 = 0;
  /**
   * Address of the x87/SSE/AVX save area (extended_state.ts); 0 for a thread of the kernel's own.
   * @offset 24
   */
  extendedState: u64 = 0;
  /**
   * While not 0 the thread is not preempted. Only the thread itself changes it.
   * @offset 32
   */
  preemptDepth: u32 = 0;
  /**
   * Not 0: something waits to be done before the return to the application (signals), and ends interruptible sleeps. See
   * requestApplicationWork. switch.S looks at this and the next one together.
   * @offset 36
   */
  applicationWork: u16 = 0;
  /**
   * Not 0: the thread has changed its CPU, or lost it, and must look at its restartable sequence before it returns to the
   * application. Ends no sleep.
   * @offset 38
   */
  sequenceWork: u16 = 0;
  /**
   * The address of the application's last page fault, for its signal.
   * @offset 40
   */
  faultAddress: u64 = 0;
  /** User mode: the instruction whose fault's address was guessed and not confirmed yet, and the guess (traps.ts); 0: none. */
  guessedInstruction: u64 = 0;
  guessedAddress: u64 = 0;
  /** The last page fault found nothing to do. */
  faultWasIdle: u32 = 0;
  reserved: u32 = 0;
}

/** @extern switch_context */
declare function switchContextAssembly(from: Context, to: Context): void;
/** @extern thread_start */
declare function threadStart(): void;
/** @extern enter_application */
declare function enterApplicationAssembly(frame: TrapFrame): never;

/** Bytes of a kernel stack (layout.inc has the same). */
export const KERNEL_STACK_SIZE = 16384;

/** What switch_context pops, in that order from the lowest address: depth, r15, r14, r13, r12, rbx, rbp, return address. */
const SWITCH_FRAME_WORDS = 8;

/**
 * Lays out a new thread's kernel stack so that the first switch to it calls `entry(argument)`. The entry begins with interrupts
 * disabled once, as every return from switchContext does, must enable them, and never returns. `kernelStackTop` is set before.
 */
export function prepareContext(context: Context, entry: Static<(argument: u64) => void>, argument: u64): void {
  // Thread entries start as called functions do: the stack is a multiple of 16 before their return address.
  const bottom = context.kernelStackTop - 16 - u64(SWITCH_FRAME_WORDS * 8);
  // Safe: the stack is the new thread's, and nobody uses it yet.
  const words = pointer<u64>(bottom);
  words[0] = 1;
  words[1] = 0;
  words[2] = 0;
  words[3] = argument;
  words[4] = addressOf(entry);
  words[5] = 0;
  words[6] = 0;
  words[7] = addressOf(threadStart);
  context.stackPointer = bottom;
}

/**
 * Leaves one thread for another and returns when somebody switches back. Interrupts are disabled; how often is kept for each thread.
 * @inline
 */
export function switchContext(from: Context, to: Context): void {
  switchContextAssembly(from, to);
}

/** Sets the current thread's FS base: the application's thread pointer (arch_prctl ARCH_SET_FS). The address is canonical. */
export function setFsBase(base: u64): void {
  currentContext().fsBase = base;
  if (fsBaseInstructions !== 0) writeFsBaseInstruction(base);
  else writeModelSpecificRegister(ModelSpecificRegister.FsBase, base);
}

/** The current thread's FS base: what was set last, by a system call or by the application itself. */
export function readFsBase(): u64 {
  return fsBaseInstructions !== 0 ? readFsBaseInstruction() : readModelSpecificRegister(ModelSpecificRegister.FsBase);
}

/** Starts, or goes on in, the application with these registers. The frame may lie anywhere on the current kernel stack. */
export function enterApplication(frame: TrapFrame): never {
  enterApplicationAssembly(frame);
}
