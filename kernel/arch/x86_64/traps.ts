// Exceptions: page faults go to memory management, what the application did goes to the Linux layer (signals), and what is
// left is a bug of the kernel. Also where a system call's frame is found.

import { addressOf, objectAt, pointer, sliceAt } from "unsafe";
import { recordEvent } from "../../lib/events.ts";
import { Registers } from "../../lib/instruction_operand.ts";
import { memoryOperand } from "../../lib/memory_operand.ts";
import { KERNEL_STACK_SIZE, readFsBase } from "./context.ts";
import { currentContext, currentCpu } from "./cpu.ts";
import { interruptsDisabled } from "./interrupts.ts";
import { panicAtFrame } from "./panic.ts";
import { isUserMode, ModelSpecificRegister, systemCallRing, writeModelSpecificRegister } from "./processor.ts";
import { leaveStub } from "./system_call_sites.ts";
import { Exception, PageFaultError, readRegisters, type TrapFrame } from "./trap_frame.ts";
import { copyBytesFromUser } from "./user_copy.ts";

/** @extern user_copy_start */
declare function userCopyStart(): void;
/** @extern user_copy_end */
declare function userCopyEnd(): void;
/** @extern user_copy_failed */
declare function userCopyFailed(): void;
/** @extern user_copy_string_start */
declare function userCopyStringStart(): void;
/** @extern user_copy_string_end */
declare function userCopyStringEnd(): void;
/** @extern user_copy_string_failed */
declare function userCopyStringFailed(): void;
/** @extern system_call_entry_counted */
declare function systemCallEntryCounted(): void;
/** @extern system_call_entry_traced */
declare function systemCallEntryTraced(): void;

/** @extern system_call_entry_ring0 */
declare function systemCallEntryRing0(): void;
/** @extern system_call_probe */
declare function systemCallProbe(): void;
/** @extern system_call_dispatch */
declare function systemCallDispatch(): void;
/** @extern system_call_quick */
declare function systemCallQuick(): void;

const SYSTEM_CALL_COUNT = 512;

/** Addresses from here on are not the application's. */
const APPLICATION_END = 0x8000_0000_0000;

/** Flags that the entry of a system call clears: TF, DF, NT, AC. The interrupt flag stays on. */
const SYSTEM_CALL_CLEARED_FLAGS = 0x4_4500;
/** The interrupt flag. */
const INTERRUPT_FLAG = 0x200;
/** Ring 0's code and stack segments for `syscall`, in STAR. */
const ENTRY_SEGMENTS: u64 = 0x08 << 32;

let pageFaultHandler: Static<(frame: TrapFrame, address: u64, error: u64) => boolean> | null = null;
let exceptionHandler: Static<(frame: TrapFrame) => void> | null = null;
/**
 * Read by entry.S: whether calls with a frame come from the traced entry.
 * @export system_call_tracing
 */
let systemCallTracing: u8 = 0;

/**
 * Has `handler` called for page faults in the application's range of addresses, also when the kernel's copy functions
 * touch it. Interrupts enabled; it may sleep. It says whether the access may be tried again.
 */
export function setPageFaultHandler(handler: Static<(frame: TrapFrame, address: u64, error: u64) => boolean>): void {
  pageFaultHandler = handler;
}

/**
 * Has `handler` called when the application raised an exception (frame.vector, frame.error; for page faults the address is
 * in currentContext().faultAddress). Interrupts enabled; it may change the frame, sleep, and end the thread.
 */
export function setExceptionHandler(handler: Static<(frame: TrapFrame) => void>): void {
  exceptionHandler = handler;
}

/** Has every system call go through linux_traced_system_call(frame). Called before secondary CPUs start and the application runs. */
export function setSystemCallTracing(on: boolean): void {
  systemCallTracing = on ? 1 : 0;
  initializeSystemCalls();
}

/** Says that the table's function for a call changes no register (it carries @preserves): it is called without storing any. */
export function setQuickSystemCall(number: u32): void {
  if (number >= SYSTEM_CALL_COUNT) panic(`traps: there is no system call ${number}`);
  // Safe: the table is entry.S's, with that many entries.
  pointer<u64>(addressOf(systemCallDispatch))[u64(number)] = addressOf(systemCallQuick);
}

/**
 * Read by entry.S: where a system call goes on that has arrived in ring 0 in user mode.
 * @export system_call_target
 */
export let systemCallTarget: u64 = 0;

/** Makes `syscall` enter the kernel on this CPU (Intel SDM 3A, 5.8.8). */
export function initializeSystemCalls(): void {
  const entry = systemCallTracing === 0 ? addressOf(systemCallEntryCounted) : addressOf(systemCallEntryTraced);
  systemCallTarget = entry;
  // The return is a jump, so STAR needs only the selectors of the entry.
  writeModelSpecificRegister(ModelSpecificRegister.Star, ENTRY_SEGMENTS);
  if (isUserMode() && arrivesInRing0()) {
    writeModelSpecificRegister(ModelSpecificRegister.LongStar, addressOf(systemCallEntryRing0));
    return;
  }
  writeModelSpecificRegister(ModelSpecificRegister.LongStar, entry);
  writeModelSpecificRegister(ModelSpecificRegister.SystemCallMask, SYSTEM_CALL_CLEARED_FLAGS);
}

/** Whether `syscall` in ring 3 does as the manuals say. Then ring 0's real interrupts must be off, and they are from here on. */
function arrivesInRing0(): boolean {
  writeModelSpecificRegister(ModelSpecificRegister.SystemCallMask, SYSTEM_CALL_CLEARED_FLAGS | INTERRUPT_FLAG);
  writeModelSpecificRegister(ModelSpecificRegister.LongStar, addressOf(systemCallProbe));
  return systemCallRing() === 0;
}

/**
 * The registers with which the current thread entered the kernel from the application. In a system call only complete in
 * calls that get the frame, in traced calls, and in the work before the return (trap_frame.ts).
 */
export function currentTrapFrame(): TrapFrame {
  // Safe: entry.S puts the application's frame at the top of the kernel stack.
  return objectAt<TrapFrame>(currentContext().kernelStackTop - sizeOf<TrapFrame>());
}

/** The first bytes of an instruction. */
class InstructionBytes {
  readonly data!: FixedArray<u8, 16>;
}

const LONGEST_INSTRUCTION = 15;
/** No address: the fault's own is lost. */
const LOST_ADDRESS = 0xffff_ffff_ffff_ffff;

/**
 * User mode, interrupts disabled: which address a page fault is about, by its instruction. To ask ring 0 costs more than all the
 * rest of most faults. A wrong guess makes the fault come back, or be refused: then the processor is asked (ring 0, by entry.S).
 * @returns 0: ring 0 must say it; LOST_ADDRESS: not even ring 0 can
 * @export arch_guess_fault_address
 */
export function guessFaultAddress(frame: TrapFrame): u64 {
  const context = currentContext();
  const guess = (frame.error & PageFaultError.InstructionFetch) !== 0 ? frame.rip : operandOf(frame);
  const isRepeated = context.guessedInstruction === frame.rip && context.guessedAddress === guess;
  context.guessedInstruction = 0;
  if (guess === LOST_ADDRESS) return guess;
  if (guess === 0 || guess >= APPLICATION_END || isRepeated) return 0;
  context.guessedInstruction = frame.rip;
  context.guessedAddress = guess;
  return guess;
}

function operandOf(frame: TrapFrame): u64 {
  const code = new InstructionBytes();
  const length = minimum(u64(LONGEST_INSTRUCTION), 4096 - (frame.rip & 4095));
  if (isUserCopy(frame.rip)) {
    // Safe: the kernel's own text.
    return operandIn(sliceAt<u8>(frame.rip, length), frame);
  }
  if (frame.rip >= APPLICATION_END) return 0;
  // The code has gone for a moment since the processor read it, as while another CPU puts a page in its place. The fault that
  // says so has taken the place of the first one's address in the processor's register.
  if (!copyBytesFromUser(addressOf(code.data), frame.rip, length)) return LOST_ADDRESS;
  return operandIn(code.data.slice(0, length), frame);
}

function operandIn(code: Slice<u8>, frame: TrapFrame): u64 {
  const registers = new Registers();
  readRegisters(frame, registers);
  return memoryOperand(code, registers, readFsBase(), (frame.error & PageFaultError.Write) !== 0);
}

/**
 * Where entry.S brings a page fault. Interrupts as they were.
 * @export arch_page_fault
 */
export function handlePageFault(frame: TrapFrame, address: u64): void {
  // The instruction runs again, and raises its fault once more.
  if (address === LOST_ADDRESS && frame.rip < APPLICATION_END) return;
  const application = isApplications(frame);
  if (application) leaveStub(frame, false);
  const copying = !application && isUserCopy(frame.rip);
  if (!application && !copying) panicAtFrame(frame, address, "the kernel touched an address that is not there");
  if (copying && interruptsDisabled()) {
    fixUp(frame);
    return;
  }
  const handler = pageFaultHandler;
  const context = currentContext();
  context.faultWasIdle = 0;
  if (address < APPLICATION_END && handler !== null && handler(frame, address, frame.error)) {
    if (context.faultWasIdle === 0) context.guessedInstruction = 0;
    return;
  }
  // Refused, but the address was only a guess: the fault comes again, with the processor's own.
  if (context.guessedInstruction !== 0) return;
  if (copying) {
    fixUp(frame);
    return;
  }
  context.faultAddress = address;
  raise(frame);
}

/** EFLAGS.AC (Intel SDM 1, 3.4.3.3). */
const ALIGNMENT_CHECK_FLAG = 0x4_0000;

/**
 * Where entry.S brings the other exceptions. Interrupts as they were.
 * @export arch_exception
 */
export function handleException(frame: TrapFrame): void {
  if (!isApplications(frame)) {
    // In ring 3 the application's EFLAGS.AC is the kernel's as well until somebody minds. The way out restores it.
    if (frame.vector === u64(Exception.AlignmentCheck)) {
      frame.rflags &= ~u64(ALIGNMENT_CHECK_FLAG);
      return;
    }
    panicAtFrame(frame, 0, "the kernel raised an exception");
  }
  if (leaveStub(frame, frame.vector === u64(Exception.Debug))) raise(frame);
}

/** Whether an exception is the application's: then its frame is at the top of the stack. A call of address 0 by the kernel is not. */
function isApplications(frame: TrapFrame): boolean {
  return addressOf(frame) + sizeOf<TrapFrame>() === currentContext().kernelStackTop;
}

function raise(frame: TrapFrame): void {
  recordEvent("exception of the application: vector, rip", frame.vector, frame.rip);
  const handler = exceptionHandler;
  if (handler !== null) handler(frame);
  else panicAtFrame(frame, currentContext().faultAddress, "the application raised an exception too early");
}

/**
 * An exception inside the entry code or on a bad stack, or a double fault: on the panic's own stack.
 * @export arch_fatal
 */
export function handleFatal(frame: TrapFrame, address: u64): never {
  const top = currentCpu().stackTop;
  // The guard page below a kernel stack: what was being pushed lies just under it.
  const bottom = top - KERNEL_STACK_SIZE;
  const overflowed = frame.rsp <= bottom && frame.rsp + 4096 > bottom;
  panicAtFrame(frame, address, overflowed ? "the kernel's stack overflowed" : "an exception on the way into the kernel");
}

function isUserCopy(rip: u64): boolean {
  return rip >= addressOf(userCopyStart) && rip < addressOf(userCopyEnd);
}

/** Lets a copy function say that it failed. They have nothing on the stack but their return address. */
function fixUp(frame: TrapFrame): void {
  const inString = frame.rip >= addressOf(userCopyStringStart) && frame.rip < addressOf(userCopyStringEnd);
  frame.rip = inString ? addressOf(userCopyStringFailed) : addressOf(userCopyFailed);
}
