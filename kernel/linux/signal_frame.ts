// The frame of a handler on the application's stack: built before the handler runs, taken apart when it has returned.
//
// The extended state goes through the thread's own save area: registers → area → stack, and back. The area's software bytes
// (464 to 511) are the processor's to ignore, so the note for the application lies there all the time.
// What comes back was in the application's hands: XRSTOR faults on reserved bits, so they are checked or masked before.
// In supervisor mode the application's frame is one of ring 0: selectors and the interrupt flag are never taken from it.

import { addressOf, copyBytes, fillBytes, objectAt, pointer } from "unsafe";
import {
  extendedComponents,
  extendedStateSize,
  initializeExtendedArea,
  loadExtendedState,
  saveExtendedState,
} from "../arch/x86_64/extended_state.ts";
import { disableInterrupts } from "../arch/x86_64/interrupts.ts";
import type { TrapFrame } from "../arch/x86_64/trap_frame.ts";
import { copyBytesFromUser, copyBytesToUser } from "../arch/x86_64/user_copy.ts";
import { Errno } from "../lib/errno.ts";
import { currentThread, type Thread } from "../sched/thread.ts";
import {
  ActionFlag,
  AlternateStackFlag,
  EXTENDED_STATE_END_MAGIC,
  EXTENDED_STATE_MAGIC,
  EXTENDED_STATE_NOTE_OFFSET,
  ExtendedStateNote,
  MachineContext,
  RED_ZONE_SIZE,
  SignalAction,
  SignalFrame,
  SignalInformation,
  UserContext,
  UserContextFlag,
} from "./signal_layout.ts";
import { signalBit } from "./signal_numbers.ts";
import type { SentSignal } from "./signal_queue.ts";
import { setSignalMask } from "./signal_send.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** The legacy part of the area, as FXSAVE writes it. */
const LEGACY_SIZE = 512;
const LEGACY_ALIGNMENT = 16;
const STATE_ALIGNMENT = 64;
const MXCSR_OFFSET = 24;
const MXCSR_MASK_OFFSET = 28;
/** When the processor gives no mask. */
const DEFAULT_MXCSR_MASK = 0xffbf;
/** The XSAVE header, in words of 8 bytes: components, layout, reserved (Intel SDM 1, 13.4.2). */
const HEADER_WORD = 64;
const HEADER_WORDS = 8;
const X87_AND_SSE = 3;
const INITIAL_CONTROL_WORD = 0x37f;
const INITIAL_MXCSR = 0x1f80;
/** The flags that belong to the application: AC OF DF TF SF ZF AF PF CF and RF. */
const APPLICATION_FLAGS = 0x5_0dd5;
/** Off when a handler starts: DF (AMD64 supplement 3.2.1), RF, TF. */
const FLAGS_OFF_IN_HANDLER = 0x1_0500;

/** Fills siginfo_t for what was sent. */
export function fillInformation(information: SignalInformation, sent: SentSignal): void {
  information.number = i32(sent.signal);
  information.code = sent.code;
  information.origin = sent.origin;
  information.value = sent.value;
}

/** Whether a stack pointer is on the thread's alternate stack. */
export function isOnAlternateStack(thread: Thread, stackPointer: u64): boolean {
  if ((thread.alternateStackFlags & AlternateStackFlag.AutoDisarm) !== 0) return false;
  return stackPointer > thread.alternateStackBase && stackPointer - thread.alternateStackBase <= thread.alternateStackSize;
}

/**
 * Makes the interrupted code call a handler: frame and extended state on its stack, registers changed, signals blocked.
 * @param frame complete
 * @param action a copy of the signal's action, whose handler is an address
 * @returns false when the stack cannot be written: nothing has changed
 */
export function enterHandler(frame: TrapFrame, sent: SentSignal, action: SignalAction): boolean {
  const thread = currentThread();
  let top = frame.rsp - RED_ZONE_SIZE;
  const onStack = (action.flags & ActionFlag.OnStack) !== 0;
  if (onStack && thread.alternateStackSize !== 0 && !isOnAlternateStack(thread, frame.rsp)) {
    top = thread.alternateStackBase + thread.alternateStackSize;
  }
  const stateSize = extendedStateSize();
  const stateAddress = (top - stateSize - 4) & ~u64(63);
  const frameAddress = ((stateAddress - sizeOf<SignalFrame>()) & ~u64(15)) - 8;
  // A stack that ends within itself has overflowed: the handler would overwrite what it is to look at.
  if (isOnAlternateStack(thread, frame.rsp) && onStack && !isOnAlternateStack(thread, frameAddress)) return false;

  const built = new SignalFrame();
  built.restorer = action.restorer;
  fillInformation(built.information, sent);
  fillContext(built.context, frame, thread, sent, stateAddress);
  if (!storeState(thread, stateAddress, built.context)) return false;
  if (writeUserObject(frameAddress, built) !== Errno.NONE) return false;

  resetState(thread);
  if ((thread.alternateStackFlags & AlternateStackFlag.AutoDisarm) !== 0 && onStack) disarmAlternateStack(thread);
  const blocked = action.mask | ((action.flags & ActionFlag.NoDefer) !== 0 ? 0 : signalBit(sent.signal));
  thread.restoreSignalMask = false;
  setSignalMask(thread.signalMask | blocked);
  frame.rsp = frameAddress;
  frame.rip = action.handler;
  frame.rdi = u64(sent.signal);
  frame.rsi = frameAddress + offsetOf<SignalFrame>("information");
  frame.rdx = frameAddress + offsetOf<SignalFrame>("context");
  frame.rax = 0;
  frame.rflags &= ~u64(FLAGS_OFF_IN_HANDLER);
  return true;
}

/**
 * Goes back to what a handler interrupted: rt_sigreturn(2).
 * @param frame complete; rsp is where the handler's return left it
 * @returns false when the frame cannot be read: SIGSEGV is due
 */
export function leaveHandler(frame: TrapFrame): boolean {
  const thread = currentThread();
  // The handler's `ret` took the restorer's address off.
  const context = new UserContext();
  if (readUserObject(context, frame.rsp) !== Errno.NONE) return false;
  // First: the SIGSEGV of a frame that is bad is for a handler, where the interrupted code had it unblocked.
  setSignalMask(context.signalMask);
  const machine = context.machine;
  // The upper half is the kernel's, whose pages nothing else keeps the application from: its instructions and its stack are never there.
  if ((machine.rip | machine.rsp) >> 63 !== 0) return false;
  if (!restoreState(thread, machine.extendedState)) return false;
  frame.r8 = machine.r8;
  frame.r9 = machine.r9;
  frame.r10 = machine.r10;
  frame.r11 = machine.r11;
  frame.r12 = machine.r12;
  frame.r13 = machine.r13;
  frame.r14 = machine.r14;
  frame.r15 = machine.r15;
  frame.rdi = machine.rdi;
  frame.rsi = machine.rsi;
  frame.rbp = machine.rbp;
  frame.rbx = machine.rbx;
  frame.rdx = machine.rdx;
  frame.rax = machine.rax;
  frame.rcx = machine.rcx;
  frame.rsp = machine.rsp;
  frame.rip = machine.rip;
  frame.rflags = (frame.rflags & ~u64(APPLICATION_FLAGS)) | (machine.rflags & APPLICATION_FLAGS);
  restoreAlternateStack(thread, context);
  return true;
}

function fillContext(context: UserContext, frame: TrapFrame, thread: Thread, sent: SentSignal, stateAddress: u64): void {
  context.flags = UserContextFlag.StackSegment | UserContextFlag.StrictStackSegment;
  context.stack.address = thread.alternateStackBase;
  context.stack.size = thread.alternateStackSize;
  context.stack.flags = thread.alternateStackFlags;
  if (thread.alternateStackSize === 0) context.stack.flags |= AlternateStackFlag.Disable;
  else if (isOnAlternateStack(thread, frame.rsp)) context.stack.flags |= AlternateStackFlag.OnStack;
  context.signalMask = thread.restoreSignalMask ? thread.savedSignalMask : thread.signalMask;
  const machine: MachineContext = context.machine;
  machine.r8 = frame.r8;
  machine.r9 = frame.r9;
  machine.r10 = frame.r10;
  machine.r11 = frame.r11;
  machine.r12 = frame.r12;
  machine.r13 = frame.r13;
  machine.r14 = frame.r14;
  machine.r15 = frame.r15;
  machine.rdi = frame.rdi;
  machine.rsi = frame.rsi;
  machine.rbp = frame.rbp;
  machine.rbx = frame.rbx;
  machine.rdx = frame.rdx;
  machine.rax = frame.rax;
  machine.rcx = frame.rcx;
  machine.rsp = frame.rsp;
  machine.rip = frame.rip;
  machine.rflags = frame.rflags;
  // As Linux's own selectors for 64-bit programs: some programs look.
  machine.cs = LINUX_CODE_SELECTOR;
  machine.ss = LINUX_STACK_SELECTOR;
  machine.error = sent.trapError;
  machine.trapNumber = sent.trapNumber;
  machine.oldMask = thread.signalMask;
  machine.faultAddress = sent.trapNumber === PAGE_FAULT ? sent.origin : 0;
  machine.extendedState = stateAddress;
}

/** __USER_CS and __USER_DS of Linux. */
const LINUX_CODE_SELECTOR = 0x33;
const LINUX_STACK_SELECTOR = 0x2b;
const PAGE_FAULT = 14;

/** Saves x87, SSE and what else there is to the application's stack. */
function storeState(thread: Thread, address: u64, context: UserContext): boolean {
  const size = extendedStateSize();
  // Not straight from the save area: the application's stack may have no page yet, and a switch to another thread while the kernel
  // fills one would write into the area what the kernel has in its vector registers then.
  const copy = createArray<u64>((size + 7) / 8);
  if (copy === null) return false;
  const bytes = addressOf(copy);
  {
    using _ = disableInterrupts();
    const area = thread.context.extendedState;
    saveExtendedState(area);
    copyBytes(bytes, area, size);
  }
  const good = storeCopy(bytes, size, address, context);
  destroyArray(copy);
  return good;
}

function storeCopy(copy: u64, size: u64, address: u64, context: UserContext): boolean {
  const components = extendedComponents();
  if (components === 0) return copyBytesToUser(address, copy, size);
  context.flags |= UserContextFlag.ExtendedState;
  // Safe: the copy has extendedStateSize() bytes, at least 512; the note is within its software bytes.
  const note = objectAt<ExtendedStateNote>(copy + EXTENDED_STATE_NOTE_OFFSET);
  note.magic = EXTENDED_STATE_MAGIC;
  note.extendedSize = u32(size) + 4;
  note.features = components;
  note.size = u32(size);
  const end = new EndMagic();
  return copyBytesToUser(address, copy, size) && writeUserObject(address + size, end) === Errno.NONE;
}

/** Gives the handler the state that a program starts with, as Linux does: an x87 exception that waits must not end it as well. */
function resetState(thread: Thread): void {
  using _ = disableInterrupts();
  const area = thread.context.extendedState;
  // Safe: the area is the thread's own, and its registers have just been saved to the application's stack.
  fillBytes(area, 0, extendedStateSize());
  initializeExtendedArea(area);
  loadExtendedState(area);
}

class EndMagic {
  value: u32 = EXTENDED_STATE_END_MAGIC;
}

/** Loads x87, SSE and what else there is from the application's stack; an address of 0 means their initial state. */
function restoreState(thread: Thread, address: u64): boolean {
  const size = extendedStateSize();
  // Not straight into the save area: a switch to another thread in the middle would write over it.
  const copy = createArray<u64>((size + 7) / 8);
  if (copy === null) return false;
  const good = address === 0 ? initialState(copy) : copyState(copy, address, size);
  if (good) {
    using _ = disableInterrupts();
    copyBytes(thread.context.extendedState, addressOf(copy), size);
    loadExtendedState(thread.context.extendedState);
  }
  destroyArray(copy);
  return good;
}

/** What the processor starts with. The copy is zeros. */
function initialState(copy: Slice<u64>): boolean {
  copy[0] = INITIAL_CONTROL_WORD;
  copy[MXCSR_OFFSET / 8] = INITIAL_MXCSR;
  return true;
}

/** Copies the state, unless there is something in it that XRSTOR refuses: then Linux has no use for it either. */
function copyState(copy: Slice<u64>, address: u64, size: u64): boolean {
  if (address % LEGACY_ALIGNMENT !== 0 || !copyBytesFromUser(addressOf(copy), address, LEGACY_SIZE)) return false;
  // MXCSR in the low half of the word, its mask in the upper one, which the processor does not read.
  if ((u32(copy[MXCSR_OFFSET / 8]) & ~controlMask()) !== 0) return false;
  const components = extendedComponents();
  if (components === 0) return true;
  // Safe: the note is within the 512 bytes of the legacy part.
  const note = objectAt<ExtendedStateNote>(addressOf(copy) + EXTENDED_STATE_NOTE_OFFSET);
  const end = new EndMagic();
  const complete =
    note.magic === EXTENDED_STATE_MAGIC &&
    u64(note.size) === size &&
    readUserObject(end, address + size) === Errno.NONE &&
    end.value === EXTENDED_STATE_END_MAGIC;
  if (!complete) {
    // Somebody else's frame: x87 and SSE are there, the rest begins anew.
    copy[HEADER_WORD] = X87_AND_SSE;
    return true;
  }
  if (address % STATE_ALIGNMENT !== 0) return false;
  if (!copyBytesFromUser(addressOf(copy) + LEGACY_SIZE, address + LEGACY_SIZE, size - LEGACY_SIZE)) return false;
  if ((copy[HEADER_WORD] & ~components) !== 0) return false;
  for (const reserved of copy.slice(HEADER_WORD + 1, HEADER_WORD + HEADER_WORDS)) {
    if (reserved !== 0) return false;
  }
  return true;
}

/** The bits of MXCSR that the processor has (Intel SDM 1, 11.6.6): it writes them beside MXCSR with every save. */
function controlMask(): u32 {
  const area = currentThread().context.extendedState;
  saveExtendedState(area);
  // Safe: the area is the current thread's own, at least 512 bytes.
  const mask = pointer<u32>(area + MXCSR_MASK_OFFSET)[0];
  return mask === 0 ? DEFAULT_MXCSR_MASK : mask;
}

function disarmAlternateStack(thread: Thread): void {
  thread.alternateStackBase = 0;
  thread.alternateStackSize = 0;
  thread.alternateStackFlags = 0;
}

/** What sigreturn does with uc_stack: the alternate stack as it was when the handler was called. */
function restoreAlternateStack(thread: Thread, context: UserContext): void {
  if (isOnAlternateStack(thread, context.machine.rsp)) return;
  const stack = context.stack;
  if ((stack.flags & AlternateStackFlag.Disable) !== 0) return;
  thread.alternateStackBase = stack.address;
  thread.alternateStackSize = stack.size;
  thread.alternateStackFlags = stack.flags & AlternateStackFlag.AutoDisarm;
}
