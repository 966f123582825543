// The system calls of signals: actions, masks, stacks, waiting and sending.

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { requestApplicationWork } from "../arch/x86_64/interrupts.ts";
import { currentTrapFrame } from "../arch/x86_64/traps.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { readUser64, type UserPointer, writeUser64 } from "../mm/user_memory.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { currentThread, type Thread } from "../sched/thread.ts";
import { findThread, PROCESS_ID } from "../sched/thread_table.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { copyAction, isIgnored, isSignal, signalAction } from "./signal_actions.ts";
import { fillInformation, isOnAlternateStack } from "./signal_frame.ts";
import {
  ActionFlag,
  AlternateStack,
  AlternateStackFlag,
  MINIMUM_SIGNAL_STACK,
  SignalAction,
  SignalInformation,
} from "./signal_layout.ts";
import { Signal, SignalCode, signalBit, UNBLOCKABLE_SIGNALS } from "./signal_numbers.ts";
import { discardSignals, processPendingSignals, SentSignal, signalLock, takePending } from "./signal_queue.ts";
import { sendSignalFrom, sendSignalToProcess, sendSignalToThread, setSignalMask } from "./signal_send.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** sizeof(sigset_t) as the kernel has it; every other size is refused. */
const SIGNAL_SET_SIZE = 8;

const ACTION_FLAGS =
  ActionFlag.NoChildStop |
  ActionFlag.NoChildWait |
  ActionFlag.Information |
  ActionFlag.ExposeTagBits |
  ActionFlag.Restorer |
  ActionFlag.OnStack |
  ActionFlag.Restart |
  ActionFlag.NoDefer |
  ActionFlag.ResetHandler;

const enum MaskChange {
  Block = 0,
  Unblock = 1,
  Set = 2,
}

/** struct timespec. @size 16 */
class TimeSpan {
  seconds: i64 = 0;
  nanoseconds: i64 = 0;
}

/** rt_sigaction(2) */
export function sysRtSigaction(signal: u64, newAddress: u64, oldAddress: u64, setSize: u64): i64 {
  if (setSize !== SIGNAL_SET_SIZE || !isSignal(u64(u32(signal)))) return errorCode(Errno.INVAL);
  const number = u32(signal);
  const wanted = new SignalAction();
  const old = new SignalAction();
  if (newAddress !== 0) {
    if (number === Signal.KILL || number === Signal.STOP) return errorCode(Errno.INVAL);
    const error = readUserObject(wanted, newAddress);
    if (error !== Errno.NONE) return errorCode(error);
    wanted.mask &= ~u64(UNBLOCKABLE_SIGNALS);
    // What no kernel knows does not come back, so that programs find out.
    wanted.flags &= ACTION_FLAGS;
  }
  const lock = signalLock().acquire();
  const action = signalAction(number);
  copyAction(old, action);
  if (newAddress !== 0) {
    copyAction(action, wanted);
    if (isIgnored(number)) discardSignals(signalBit(number));
  }
  lock.release();
  return oldAddress === 0 ? 0 : errorCode(writeUserObject(oldAddress, old));
}

/** rt_sigprocmask(2) */
export function sysRtSigprocmask(how: u64, setAddress: u64, oldAddress: u64, setSize: u64): i64 {
  if (setSize !== SIGNAL_SET_SIZE) return errorCode(Errno.INVAL);
  const thread = currentThread();
  const old = thread.signalMask;
  if (setAddress !== 0) {
    const set = readUser64(setAddress as UserPointer);
    if (!set.ok) return errorCode(set.error);
    switch (u32(how) as MaskChange) {
      case MaskChange.Block:
        setSignalMask(old | set.value);
        break;
      case MaskChange.Unblock:
        setSignalMask(old & ~set.value);
        break;
      case MaskChange.Set:
        setSignalMask(set.value);
        break;
      default:
        return errorCode(Errno.INVAL);
    }
  }
  return oldAddress === 0 ? 0 : errorCode(writeUser64(oldAddress as UserPointer, old));
}

/** rt_sigpending(2) */
export function sysRtSigpending(address: u64, setSize: u64): i64 {
  if (setSize > SIGNAL_SET_SIZE) return errorCode(Errno.INVAL);
  const thread = currentThread();
  const pending = (thread.pendingSignals.load() | processPendingSignals()) & thread.signalMask;
  return errorCode(writeUser64(address as UserPointer, pending));
}

/** rt_sigsuspend(2) */
export function sysRtSigsuspend(setAddress: u64, setSize: u64): i64 {
  if (setSize !== SIGNAL_SET_SIZE) return errorCode(Errno.INVAL);
  const set = readUser64(setAddress as UserPointer);
  if (!set.ok) return errorCode(set.error);
  suspendSignalMask(set.value);
  return sysPause();
}

/** pause(2) */
export function sysPause(): i64 {
  while (sleepCurrent(0, true) !== WakeReason.Interrupted) {}
  return errorCode(Errno.RESTARTNOHAND);
}

/**
 * Blocks other signals for the time of one system call (sigsuspend, ppoll, pselect, epoll_pwait). The old mask comes back
 * when the call returns to the application, after the frames of handlers that the new one let through.
 */
export function suspendSignalMask(mask: u64): void {
  const thread = currentThread();
  thread.savedSignalMask = thread.signalMask;
  thread.restoreSignalMask = true;
  setSignalMask(mask);
}

/**
 * Ends what suspendSignalMask began, for a call that no signal interrupted. A call that ends with INTR or a restart code
 * leaves it to delivery, which must still see the mask of the call.
 */
export function resumeSignalMask(): void {
  const thread = currentThread();
  if (!thread.restoreSignalMask) return;
  thread.restoreSignalMask = false;
  setSignalMask(thread.savedSignalMask);
}

/** rt_sigtimedwait(2) */
export function sysRtSigtimedwait(setAddress: u64, informationAddress: u64, timeAddress: u64, setSize: u64): i64 {
  if (setSize !== SIGNAL_SET_SIZE) return errorCode(Errno.INVAL);
  const set = readUser64(setAddress as UserPointer);
  if (!set.ok) return errorCode(set.error);
  let deadline: u64 = 0;
  let poll = false;
  if (timeAddress !== 0) {
    const time = new TimeSpan();
    const error = readUserObject(time, timeAddress);
    if (error !== Errno.NONE) return errorCode(error);
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= 1_000_000_000) return errorCode(Errno.INVAL);
    poll = time.seconds === 0 && time.nanoseconds === 0;
    deadline = deadlineAfter(time);
  }
  const sent = new SentSignal();
  const error = awaitSignal(set.value & ~u64(UNBLOCKABLE_SIGNALS), deadline, poll, sent);
  if (error !== Errno.NONE) return errorCode(error);
  if (informationAddress !== 0) {
    const information = new SignalInformation();
    fillInformation(information, sent);
    const written = writeUserObject(informationAddress, information);
    if (written !== Errno.NONE) return errorCode(written);
  }
  return i64(sent.signal);
}

/** Monotonic nanoseconds after which a wait of a length ends; 0 (never) when that is beyond the clock. */
function deadlineAfter(time: TimeSpan): u64 {
  if (time.seconds >= 4_000_000_000) return 0;
  return monotonicNanoseconds() + u64(time.seconds) * 1_000_000_000 + u64(time.nanoseconds);
}

/**
 * Waits until a signal of a set is pending and takes it.
 * @param poll look once, do not wait
 * @returns AGAIN when the time is over, INTR when another signal came
 */
function awaitSignal(set: u64, deadline: u64, poll: boolean, sent: SentSignal): Errno {
  const thread = currentThread();
  while (true) {
    if (takePending(thread, set, sent)) return Errno.NONE;
    if (poll) return Errno.AGAIN;
    thread.awaitedSignals = set;
    fence();
    let reason = WakeReason.Interrupted;
    if (((thread.pendingSignals.load() | processPendingSignals()) & set) === 0) reason = sleepCurrent(deadline, true);
    thread.awaitedSignals = 0;
    fence(); // a sender who still saw the set has made its signal pending before
    if (takePending(thread, set, sent)) return Errno.NONE;
    if (reason === WakeReason.TimedOut) return Errno.AGAIN;
    if (reason !== WakeReason.Interrupted) continue;
    // A signal outside of the set ends the wait. One that another thread took does not: the request to look is served.
    thread.context.applicationWork = 0;
    fence();
    if (hasDeliverable(thread)) {
      requestApplicationWork(thread.context);
      return Errno.INTR;
    }
  }
}

/** Whether a signal waits that the thread does not block. */
export function hasDeliverable(thread: Thread): boolean {
  return ((thread.pendingSignals.load() | processPendingSignals()) & ~thread.signalMask) !== 0;
}

/** sigaltstack(2) */
export function sysSigaltstack(newAddress: u64, oldAddress: u64): i64 {
  const thread = currentThread();
  const stackPointer = currentTrapFrame().rsp;
  const onStack = isOnAlternateStack(thread, stackPointer);
  const old = new AlternateStack();
  old.address = thread.alternateStackBase;
  old.size = thread.alternateStackSize;
  old.flags = thread.alternateStackFlags;
  if (thread.alternateStackSize === 0) old.flags |= AlternateStackFlag.Disable;
  else if (onStack) old.flags |= AlternateStackFlag.OnStack;
  if (newAddress !== 0) {
    const wanted = new AlternateStack();
    const error = readUserObject(wanted, newAddress);
    if (error !== Errno.NONE) return errorCode(error);
    const changed = changeAlternateStack(thread, wanted, onStack);
    if (changed !== Errno.NONE) return errorCode(changed);
  }
  return oldAddress === 0 ? 0 : errorCode(writeUserObject(oldAddress, old));
}

function changeAlternateStack(thread: Thread, wanted: AlternateStack, onStack: boolean): Errno {
  if (onStack) return Errno.PERM;
  const mode = wanted.flags & ~u32(AlternateStackFlag.AutoDisarm);
  if (mode === AlternateStackFlag.Disable) {
    thread.alternateStackBase = 0;
    thread.alternateStackSize = 0;
    thread.alternateStackFlags = 0;
    return Errno.NONE;
  }
  if (mode !== 0 && mode !== AlternateStackFlag.OnStack) return Errno.INVAL;
  if (wanted.size < MINIMUM_SIGNAL_STACK) return Errno.NOMEM;
  thread.alternateStackBase = wanted.address;
  thread.alternateStackSize = wanted.size;
  thread.alternateStackFlags = wanted.flags & AlternateStackFlag.AutoDisarm;
  return Errno.NONE;
}

/** restart_syscall(2): calls that go on after a stop keep nothing aside here, so there is nothing to go on with. */
export function sysRestartSyscall(): i64 {
  return errorCode(Errno.INTR);
}

/** kill(2): the application is the only process, its only group, and everybody. */
export function sysKill(process: u64, signal: u64): i64 {
  const number = i32(process);
  if (number !== PROCESS_ID && number !== 0 && number !== -PROCESS_ID) {
    // -1 is everybody but the sender and process 1, so nobody.
    return errorCode(u32(signal) > 64 ? Errno.INVAL : Errno.SRCH);
  }
  if (u32(signal) === 0) return 0;
  if (!isSignal(u64(u32(signal)))) return errorCode(Errno.INVAL);
  return errorCode(sendSignalToProcess(u32(signal), i32(SignalCode.User), 0));
}

/** tkill(2) */
export function sysTkill(thread: u64, signal: u64): i64 {
  return signalThread(u32(thread), u32(signal));
}

/** tgkill(2) */
export function sysTgkill(process: u64, thread: u64, signal: u64): i64 {
  if (i32(process) <= 0) return errorCode(Errno.INVAL);
  if (u32(process) !== PROCESS_ID) return errorCode(Errno.SRCH);
  return signalThread(u32(thread), u32(signal));
}

function signalThread(id: u32, signal: u32): i64 {
  if (i32(id) <= 0 || signal > 64) return errorCode(Errno.INVAL);
  const thread = findThread(id);
  if (thread === null) return errorCode(Errno.SRCH);
  const error = signal === 0 ? Errno.NONE : sendSignalToThread(thread, signal, i32(SignalCode.ThreadKill), 0);
  releaseThread(thread);
  return errorCode(error);
}

/** rt_sigqueueinfo(2) */
export function sysRtSigqueueinfo(process: u64, signal: u64, informationAddress: u64): i64 {
  const information = new SignalInformation();
  const error = readUserObject(information, informationAddress);
  if (error !== Errno.NONE) return errorCode(error);
  if (u32(process) !== PROCESS_ID) return errorCode(Errno.SRCH);
  if (u32(signal) === 0) return 0;
  if (!isSignal(u64(u32(signal)))) return errorCode(Errno.INVAL);
  return errorCode(sendSignalFrom(null, u32(signal), information.code, information.origin, information.value));
}

/** rt_tgsigqueueinfo(2) */
export function sysRtTgsigqueueinfo(process: u64, thread: u64, signal: u64, informationAddress: u64): i64 {
  const information = new SignalInformation();
  const error = readUserObject(information, informationAddress);
  if (error !== Errno.NONE) return errorCode(error);
  if (i32(process) <= 0 || i32(thread) <= 0) return errorCode(Errno.INVAL);
  if (u32(process) !== PROCESS_ID) return errorCode(Errno.SRCH);
  const target = findThread(u32(thread));
  if (target === null) return errorCode(Errno.SRCH);
  let result = Errno.NONE;
  if (u32(signal) > 64) result = Errno.INVAL;
  else if (u32(signal) !== 0)
    result = sendSignalFrom(target, u32(signal), information.code, information.origin, information.value);
  releaseThread(target);
  return errorCode(result);
}
