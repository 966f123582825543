// clone(2) and clone3(2) for threads, and the end of a thread.
//
// A new thread shares everything with the one that made it: there is one process. So the flags must ask for just that; what
// asks for another process is refused (process.ts). The child begins with a copy of its parent's registers, rax 0, on
// its own stack; the copy waits at the deep end of its kernel stack, where nothing else comes before it is used.

import { addressOf, copyBytes, objectAt, pointer } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { enterApplication, KERNEL_STACK_SIZE, readFsBase } from "../arch/x86_64/context.ts";
import { saveExtendedState } from "../arch/x86_64/extended_state.ts";
import { TrapFrame } from "../arch/x86_64/trap_frame.ts";
import { loadUser64, storeUser32 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { APPLICATION_END } from "../mm/user_memory.ts";
import { createThread, exitThread, startThread } from "../sched/lifecycle.ts";
import { currentThread, type Thread } from "../sched/thread.ts";
import { enterThread, PROCESS_ID, removeThread, threadCount } from "../sched/thread_table.ts";
import { endWithStatus } from "./exit.ts";
import { futexWake } from "./futex.ts";
import { sharedKey } from "./futex_key.ts";
import { bequeathOwnerships } from "./futex_ownership.ts";
import { refuseProcess } from "./process.ts";
import { releaseRobustList } from "./robust_list.ts";
import { forgetThreadSignals } from "./signal_send.ts";
import { readUserObject } from "./user_object.ts";

/** Flags of clone: include/uapi/linux/sched.h of Linux 6.1. */
const enum CloneFlag {
  SharedMemory = 0x100,
  SharedWorkingDirectory = 0x200,
  SharedFiles = 0x400,
  SharedSignalHandlers = 0x800,
  ProcessDescriptor = 0x1000,
  Traced = 0x2000,
  Suspended = 0x4000,
  SameParent = 0x8000,
  Thread = 0x1_0000,
  SharedSemaphoreUndo = 0x4_0000,
  SetThreadPointer = 0x8_0000,
  SetParentId = 0x10_0000,
  ClearChildId = 0x20_0000,
  Detached = 0x40_0000,
  Untraced = 0x80_0000,
  SetChildId = 0x100_0000,
  SharedIo = 0x8000_0000,
}
const EXIT_SIGNAL_MASK = 0xff;
/** What a thread shares, because there is only one of each. */
const REQUIRED =
  CloneFlag.SharedMemory |
  CloneFlag.SharedWorkingDirectory |
  CloneFlag.SharedFiles |
  CloneFlag.SharedSignalHandlers |
  CloneFlag.Thread;
const ACCEPTED =
  REQUIRED |
  CloneFlag.Traced |
  CloneFlag.SharedSemaphoreUndo |
  CloneFlag.SetThreadPointer |
  CloneFlag.SetParentId |
  CloneFlag.ClearChildId |
  CloneFlag.Detached |
  CloneFlag.Untraced |
  CloneFlag.SetChildId |
  CloneFlag.SharedIo;

/** struct clone_args, version 2. @size 88 */
class CloneArguments {
  flags: u64 = 0;
  processDescriptor: u64 = 0;
  childId: u64 = 0;
  parentId: u64 = 0;
  exitSignal: u64 = 0;
  stack: u64 = 0;
  stackSize: u64 = 0;
  threadPointer: u64 = 0;
  setIds: u64 = 0;
  setIdsSize: u64 = 0;
  group: u64 = 0;
}
/** CLONE_NEWNS. */
const NEW_MOUNTS: u64 = 0x2_0000;
/** What clone3 knows: no CLONE_DETACHED and no signal in the low byte; CLONE_CLEAR_SIGHAND and CLONE_INTO_CGROUP above. */
const CLONE3_FLAGS: u64 = 0x3_ffbf_ff80;
/** CLONE_ARGS_SIZE_VER0. */
const SMALLEST_ARGUMENTS = 64;
const LARGEST_ARGUMENTS = 4096;
const WORD = 8;

/**
 * clone(2), with the whole frame of the caller.
 * @export linux_clone_with_frame
 */
export function cloneWithFrame(frame: TrapFrame): i64 {
  const given = new CloneArguments();
  given.flags = frame.rdi & ~u64(EXIT_SIGNAL_MASK) & 0xffff_ffff;
  given.exitSignal = frame.rdi & EXIT_SIGNAL_MASK;
  given.stack = frame.rsi;
  given.parentId = frame.rdx;
  given.childId = frame.r10;
  given.threadPointer = frame.r8;
  const both = u64(CloneFlag.ProcessDescriptor) | u64(CloneFlag.SetParentId);
  if (!areConsistent(given.flags) || (given.flags & both) === both) return errorCode(Errno.INVAL);
  if ((given.flags & u64(CloneFlag.Thread)) === 0) return refuseProcess("clone");
  given.exitSignal = 0; // that of a thread does not count
  return cloneThread(frame, given);
}

/**
 * clone3(2), with the whole frame of the caller.
 * @export linux_clone3_with_frame
 */
export function clone3WithFrame(frame: TrapFrame): i64 {
  const address = frame.rdi;
  const size = frame.rsi;
  if (size > LARGEST_ARGUMENTS) return errorCode(Errno.TOOBIG);
  if (size < SMALLEST_ARGUMENTS) return errorCode(Errno.INVAL);
  const given = new CloneArguments();
  const error = readArguments(given, address, size);
  if (error !== Errno.NONE) return errorCode(error);
  if ((given.flags & EXIT_SIGNAL_MASK) !== 0 || given.exitSignal > EXIT_SIGNAL_MASK) return errorCode(Errno.INVAL);
  if ((given.stack === 0) !== (given.stackSize === 0)) return errorCode(Errno.INVAL);
  if ((given.flags & ~u64(CLONE3_FLAGS)) !== 0 || (given.setIds === 0) !== (given.setIdsSize === 0))
    return errorCode(Errno.INVAL);
  if (!areConsistent(given.flags)) return errorCode(Errno.INVAL);
  if ((given.flags & u64(CloneFlag.Thread)) === 0) return refuseProcess("clone3");
  if (given.exitSignal !== 0 || given.setIdsSize !== 0) return errorCode(Errno.INVAL);
  given.stack += given.stackSize;
  return cloneThread(frame, given);
}

/** Whether flags fit together: signal handlers need the memory that they lie in, a new tree of mounts has a working directory of its own. */
function areConsistent(flags: u64): boolean {
  const shares = u64(CloneFlag.SharedSignalHandlers);
  if ((flags & shares) !== 0 && (flags & u64(CloneFlag.SharedMemory)) === 0) return false;
  return (flags & NEW_MOUNTS) === 0 || (flags & u64(CloneFlag.SharedWorkingDirectory)) === 0;
}

/** Reads what the application has of the structure: less than ours, or more, which must be zero. */
function readArguments(given: CloneArguments, address: u64, size: u64): Errno {
  if (size >= sizeOf<CloneArguments>()) {
    for (let offset = sizeOf<CloneArguments>(); offset + WORD <= size; offset += WORD) {
      const [value, worked] = loadUser64(address + offset);
      if (!worked) return Errno.FAULT;
      if (value !== 0) return Errno.TOOBIG;
    }
    return readUserObject(given, address);
  }
  // Safe: the words are the object's own; size is at least SMALLEST_ARGUMENTS and less than the object's.
  for (let offset: u64 = 0; offset + WORD <= size; offset += WORD) {
    const [value, worked] = loadUser64(address + offset);
    if (!worked) return Errno.FAULT;
    pointer<u64>(addressOf(given) + offset)[0] = value;
  }
  return Errno.NONE;
}

/** Makes a thread; gives its number, or -errno. */
function cloneThread(frame: TrapFrame, given: CloneArguments): i64 {
  const flags = given.flags;
  if ((flags & u64(CloneFlag.SharedSignalHandlers)) === 0 || (flags & u64(CloneFlag.SharedMemory)) === 0) {
    return errorCode(Errno.INVAL);
  }
  if ((flags & u64(REQUIRED)) !== REQUIRED || (flags & ~u64(ACCEPTED)) !== 0) {
    logOnce("clone flags", `clone: a thread with flags ${hex(flags)} is not supported`);
    return errorCode(Errno.INVAL);
  }
  const setsPointer = (flags & u64(CloneFlag.SetThreadPointer)) !== 0;
  if (setsPointer && given.threadPointer >= APPLICATION_END) return errorCode(Errno.PERM);
  const parent = currentThread();
  const child = createThread(beginApplicationThread, 0, true);
  if (child === null) return errorCode(Errno.AGAIN);
  inherit(child, parent, frame, given);
  enterThread(child);
  const id = child.id;
  // As on Linux, an address that cannot be written does not undo the thread.
  if ((flags & u64(CloneFlag.SetParentId)) !== 0) storeUser32(given.parentId, u64(id));
  if ((flags & u64(CloneFlag.SetChildId)) !== 0) storeUser32(given.childId, u64(id));
  startThread(child);
  return i64(id);
}

/** Gives a new thread what it has from its parent, and what the call says. */
function inherit(child: Thread, parent: Thread, frame: TrapFrame, given: CloneArguments): void {
  const flags = given.flags;
  saveExtendedState(child.context.extendedState);
  child.context.fsBase = (flags & u64(CloneFlag.SetThreadPointer)) !== 0 ? given.threadPointer : readFsBase();
  if ((flags & u64(CloneFlag.ClearChildId)) !== 0) child.clearChildTid = given.childId;
  child.signalMask = parent.signalMask;
  child.startedAt = monotonicNanoseconds();
  child.name.slice().copyFrom(parent.name.slice());
  // Safe: the child's kernel stack is its own from here to the top, and the child has not started.
  const copy = objectAt<TrapFrame>(child.kernelStackTop - KERNEL_STACK_SIZE);
  copyBytes(addressOf(copy), addressOf(frame), sizeOf<TrapFrame>());
  copy.rax = 0;
  if (given.stack !== 0) copy.rsp = given.stack;
  child.argument = addressOf(copy);
}

/** Where a new thread of the application begins. */
function beginApplicationThread(argument: u64): void {
  // Safe: inherit put a frame at the bottom of this thread's stack.
  enterApplication(objectAt<TrapFrame>(argument));
}

/** set_tid_address(2) */
export function sysSetTidAddress(address: u64): i64 {
  const thread = currentThread();
  thread.clearChildTid = address;
  return i64(thread.id);
}

/** The status that the first thread ended with, for the process, which lives on with its other threads. */
let firstThreadStatus: u32 = 0;

/** exit(2): ends the current thread; with the last one, the process, by the status of the first. */
export function sysExit(status: u64): i64 {
  endThread(u32(status));
}

/** Ends the current thread. Thread context, no lock held. */
export function endThread(status: u32): never {
  const thread = currentThread();
  if (thread.id === PROCESS_ID) firstThreadStatus = status;
  releaseRobustList(thread);
  bequeathOwnerships(thread);
  const clearAddress = thread.clearChildTid;
  if (clearAddress !== 0 && threadCount() > 1 && storeUser32(clearAddress, 0)) {
    futexWake(sharedKey(clearAddress), clearAddress, 1, 0xffff_ffff);
  }
  forgetThreadSignals(thread);
  if (removeThread(thread) === 0) endWithStatus(firstThreadStatus);
  exitThread();
}
