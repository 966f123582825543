// Sending a signal: from a system call, a timer's callback, the serial port's interrupt, or the fault of an instruction.
//
// A sender makes the signal pending and then looks for a thread that does not block it; a thread that changes its mask
// does it before it looks at what is pending. Whoever comes second sees the other, so no signal lies about unnoticed. A
// thread that was chosen for a signal of the process and then blocks it, or ends, finds another one.

import { PollEvent } from "../fs/abi.ts";
import { Errno } from "../lib/errno.ts";
import { interruptThread } from "../sched/scheduler.ts";
import { currentThread, type Thread } from "../sched/thread.ts";
import { firstThread, lockThreads, nextThread, PROCESS_ID } from "../sched/thread_table.ts";
import { Resource, softLimit, UNLIMITED } from "./limits.ts";
import { copyAction, isIgnored, signalAction } from "./signal_actions.ts";
import { HANDLER_IGNORE, SignalAction } from "./signal_layout.ts";
import { Signal, SignalCode, signalBit, UNBLOCKABLE_SIGNALS } from "./signal_numbers.ts";
import {
  addPending,
  arrivals,
  discardSignals,
  discardThread,
  processPendingSignals,
  SentSignal,
  signalLock,
} from "./signal_queue.ts";

/** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU. */
const STOPPING_SIGNALS: u64 = 0x3c_0000;

/**
 * Sends a signal to the process: some thread that does not block it gets it. Any context.
 * @param signal 1 to 64
 * @param code a SignalCode
 * @param value sigval, 0 without one
 * @returns AGAIN when no more real-time signals can be queued
 */
export function sendSignalToProcess(signal: u32, code: i32, value: u64): Errno {
  return send(null, signal, code, originOf(code), value);
}

/** Sends a signal to one thread. The caller holds a reference to it. Otherwise as sendSignalToProcess. */
export function sendSignalToThread(thread: Thread, signal: u32, code: i32, value: u64): Errno {
  // A thread of the kernel, which works for a ring, takes none: a pipe that it finds broken is told by the result alone.
  if (thread.id === 0) return Errno.NONE;
  return send(thread, signal, code, originOf(code), value);
}

/** As the two above, for who knows SignalInformation.origin, which is another sender. Null: the process. */
export function sendSignalFrom(target: Thread | null, signal: u32, code: i32, origin: u64, value: u64): Errno {
  return send(target, signal, code, origin, value);
}

/** A POSIX timer's signal; there is room for it always. @param origin timerOrigin() */
export function sendTimerSignal(target: Thread | null, signal: u32, origin: u64, value: u64): void {
  const sending = new SentSignal();
  sending.isTimers = true;
  sending.code = i32(SignalCode.Timer);
  sending.origin = origin;
  sending.value = value;
  post(target, signal, sending);
}

/**
 * Gives the current thread a signal that it cannot escape, because an instruction of its own cannot go on: when it blocks
 * or ignores the signal, the signal's action is the default one from now on. Thread context.
 * @param address SignalInformation.origin: where the fault was
 * @param trapNumber vector of the exception, with its error code
 */
export function forceSignal(signal: u32, code: i32, address: u64, trapNumber: u64, trapError: u64): void {
  const thread = currentThread();
  const sending = new SentSignal();
  sending.target = thread;
  sending.signal = signal;
  sending.code = code;
  sending.origin = address;
  sending.trapNumber = trapNumber;
  sending.trapError = trapError;
  const lock = signalLock().acquire();
  const action = signalAction(signal);
  const blocked = (thread.signalMask & signalBit(signal)) !== 0;
  if (blocked || action.handler === HANDLER_IGNORE) {
    const fallback = new SignalAction();
    copyAction(action, fallback);
    thread.signalMask &= ~signalBit(signal);
  }
  addPending(sending, UNLIMITED);
  lock.release();
  interruptThread(thread);
}

/**
 * Changes what the current thread blocks, and notices what was waiting for it. Thread context.
 * @param mask KILL and STOP in it are left out
 */
export function setSignalMask(mask: u64): void {
  const thread = currentThread();
  const before = thread.signalMask;
  thread.signalMask = mask & ~u64(UNBLOCKABLE_SIGNALS);
  fence();
  const shared = processPendingSignals();
  if (((thread.pendingSignals.load() | shared) & ~thread.signalMask) !== 0) interruptThread(thread);
  offerToOthers(thread, shared & thread.signalMask & ~before);
}

/** Lets the other threads look at signals of the process that a thread does not take any more. */
function offerToOthers(thread: Thread, signals: u64): void {
  if (signals === 0) return;
  using _ = lockThreads();
  for (let other = firstThread(); other !== null; other = nextThread(other)) {
    if (other !== thread && (signals & ~other.signalMask) !== 0) interruptThread(other);
  }
}

/** Forgets what was sent to a thread that ends, and finds another one for what it might have taken of the process's. */
export function forgetThreadSignals(thread: Thread): void {
  const lock = signalLock().acquire();
  // It takes nothing any more.
  thread.signalMask = ~u64(0);
  thread.refusesSignals = true;
  discardThread(thread);
  const left = processPendingSignals();
  lock.release();
  offerToOthers(thread, left);
}

function send(target: Thread | null, signal: u32, code: i32, origin: u64, value: u64): Errno {
  const sending = new SentSignal();
  sending.code = code;
  sending.origin = origin;
  sending.value = value;
  return post(target, signal, sending);
}

/** @param sending filled in but for the target and the signal */
function post(target: Thread | null, signal: u32, sending: SentSignal): Errno {
  sending.target = target;
  sending.signal = signal;
  const lock = signalLock().acquire();
  forgetOpposite(signal);
  const isForNobody = (isIgnored(signal) && !isBlocked(target, signal)) || (target !== null && target.refusesSignals);
  const queued = isForNobody || addPending(sending, softLimit(Resource.PendingSignals));
  lock.release();
  if (!queued) return Errno.AGAIN;
  if (isForNobody) return Errno.NONE;
  arrivals().wakeAll(u64(u32(PollEvent.Readable | PollEvent.ReadNormal)));
  fence();
  if (target === null) interruptReceiver(signal);
  else if (wants(target, signal)) interruptThread(target);
  return Errno.NONE;
}

/** A signal that continues takes the pending ones away that stop, and the other way round. The lock is held. */
function forgetOpposite(signal: u32): void {
  if (signal === Signal.CONT) discardSignals(STOPPING_SIGNALS);
  else if ((signalBit(signal) & STOPPING_SIGNALS) !== 0) discardSignals(signalBit(Signal.CONT));
}

/** Whether a thread, or all of the process, blocks a signal: it may be wanted later then, ignored or not (sigwait). */
function isBlocked(target: Thread | null, signal: u32): boolean {
  if (target !== null) return (target.signalMask & signalBit(signal)) !== 0;
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) {
    if ((thread.signalMask & signalBit(signal)) === 0) return false;
  }
  return true;
}

/** Lets a thread look that takes a signal of the process now: the current one, or the oldest that does not block it. */
function interruptReceiver(signal: u32): void {
  const current = currentThread();
  if (current.id !== 0 && wants(current, signal)) {
    interruptThread(current);
    return;
  }
  // Under the lock, so that no thread is passed over because another one ends.
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) {
    if (!wants(thread, signal)) continue;
    interruptThread(thread);
    return;
  }
}

/** Whether a thread takes a signal now, or waits for it in sigtimedwait. */
function wants(thread: Thread, signal: u32): boolean {
  return (thread.signalMask & ~thread.awaitedSignals & signalBit(signal)) === 0;
}

/** SignalInformation.origin of what a process sends: its number and user 0, or nobody for what the kernel sends. */
function originOf(code: i32): u64 {
  return code === i32(SignalCode.Kernel) ? 0 : PROCESS_ID;
}
