// What the application's own instructions raise, as signals: arch brings the exceptions that nobody else has served.
// The codes are those that sigaction(2) lists.

import { pointer } from "unsafe";
import { currentContext } from "../arch/x86_64/cpu.ts";
import { saveExtendedState } from "../arch/x86_64/extended_state.ts";
import { Exception, PageFaultError, type TrapFrame } from "../arch/x86_64/trap_frame.ts";
import { log } from "../lib/log.ts";
import { diagnoseFault, FaultReason, handlePageFault } from "../mm/fault.ts";
import { currentThread } from "../sched/thread.ts";
import { Signal, SignalCode } from "./signal_numbers.ts";
import { forceSignal } from "./signal_send.ts";

/** Offsets in the save area (Intel SDM 1, 10.5.1): x87 control and status, SSE control and status. */
const X87_CONTROL = 0;
const MXCSR = 24;
/** Exception flags, in the same places of x87's status and of MXCSR; MXCSR has the masks 7 bits higher. */
const INVALID = 1;
const DENORMAL = 2;
const DIVIDE = 4;
const OVERFLOW = 8;
const UNDERFLOW = 16;
const PRECISION = 32;

/** Serves a page fault of the current thread, and counts it for getrusage(2) (setPageFaultHandler). Interrupts are enabled. */
export function servePageFault(frame: TrapFrame, address: u64, error: u64): boolean {
  currentThread().minorFaults++;
  return handlePageFault(frame, address, error);
}

/** Sends the signal of an exception to the current thread (setExceptionHandler). Interrupts are enabled. */
export function raiseException(frame: TrapFrame): void {
  switch (u32(frame.vector) as Exception) {
    case Exception.DivideError:
      raise(frame, Signal.FPE, SignalCode.IntegerDivide, frame.rip);
      return;
    case Exception.Debug:
      raise(frame, Signal.TRAP, SignalCode.Trace, frame.rip);
      return;
    case Exception.Breakpoint:
      raise(frame, Signal.TRAP, SignalCode.Kernel, 0);
      return;
    case Exception.InvalidOpcode:
      raise(frame, Signal.ILL, SignalCode.IllegalOperand, frame.rip);
      return;
    case Exception.StackFault:
      raise(frame, Signal.BUS, SignalCode.Kernel, 0);
      return;
    case Exception.FloatingPoint:
      raise(frame, Signal.FPE, x87Code(), frame.rip);
      return;
    case Exception.AlignmentCheck:
      raise(frame, Signal.BUS, SignalCode.AddressAlignment, 0);
      return;
    case Exception.SimdFloatingPoint:
      raise(frame, Signal.FPE, simdCode(), frame.rip);
      return;
    case Exception.PageFault:
      raisePageFault(frame);
      return;
    default:
      // General protection and what else has no address: a non-canonical address, a privileged instruction, a bad selector.
      raise(frame, Signal.SEGV, SignalCode.Kernel, 0);
  }
}

function raisePageFault(frame: TrapFrame): void {
  const address = currentContext().faultAddress;
  // The application sees itself as Linux would run it, in user mode, whatever level it runs at here.
  frame.error |= PageFaultError.User;
  switch (diagnoseFault(address, frame.error)) {
    case FaultReason.None:
      // Another thread has mapped it since: the instruction is tried again.
      return;
    case FaultReason.NotMapped:
      raise(frame, Signal.SEGV, SignalCode.MapError, address);
      return;
    case FaultReason.Protection:
      raise(frame, Signal.SEGV, SignalCode.AccessError, address);
      return;
    case FaultReason.BeyondEnd:
      raise(frame, Signal.BUS, SignalCode.AddressError, address);
      return;
    case FaultReason.NoMemory:
      outOfMemory(frame, address);
  }
}

/** No memory for a page: Linux kills a process then, with SIGKILL; there is only one. */
function outOfMemory(frame: TrapFrame, address: u64): void {
  log("the machine is out of memory: the application is killed (give it more with -m)");
  raise(frame, Signal.KILL, SignalCode.Kernel, address);
}

function raise(frame: TrapFrame, signal: Signal, code: SignalCode, address: u64): void {
  forceSignal(u32(signal), i32(code), address, frame.vector, frame.error);
}

/** What x87 raised: flags that are set and not masked. */
function x87Code(): SignalCode {
  const area = currentContext().extendedState;
  saveExtendedState(area);
  // Safe: the area is the current thread's own. Control word below, status word above.
  const words = pointer<u32>(area + X87_CONTROL)[0];
  return floatCode((words >> 16) & ~words);
}

function simdCode(): SignalCode {
  const area = currentContext().extendedState;
  saveExtendedState(area);
  // Safe: the area is the current thread's own.
  const state = pointer<u32>(area + MXCSR)[0];
  return floatCode(state & ~(state >> 7));
}

function floatCode(raised: u32): SignalCode {
  if ((raised & INVALID) !== 0) return SignalCode.FloatInvalid;
  if ((raised & DIVIDE) !== 0) return SignalCode.FloatDivide;
  if ((raised & OVERFLOW) !== 0) return SignalCode.FloatOverflow;
  if ((raised & (UNDERFLOW | DENORMAL)) !== 0) return SignalCode.FloatUnderflow;
  if ((raised & PRECISION) !== 0) return SignalCode.FloatInexact;
  return SignalCode.FloatInvalid;
}
