// Pending signals: what was sent and has not been delivered yet, to a thread or to the whole process.
//
// Invariants, under `lock`: a bit of a pending set (Thread.pendingSignals, or processPending) is set while there is at least
// one sending of that signal to that target; each sending has an entry on the queue, unless the entries had run out, and
// then the bit alone stands for one sending by nobody.
// A standard signal is pending once however often it is sent; a real-time signal queues.
// Entries are a fixed array, because timers and interrupts send signals and must not allocate. The last ones are kept for
// timers: each has one signal pending at most, and nobody could be told that it finds no entry.
//
// Lock order: this lock → the thread table. Waking happens after it is released.

import { Link, List } from "prelude/list.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import type { Thread } from "../sched/thread.ts";
import { WaitQueue } from "../sched/wait_queue.ts";
import { FIRST_REAL_TIME_SIGNAL, SignalCode, SYNCHRONOUS_SIGNALS, signalBit } from "./signal_numbers.ts";

const ENTRIES = 640;
/** Of these, for timers alone: one for each that there can be. */
const TIMER_ENTRIES = 128;
/** POSIX timers, numbered from 0 (posix_timer.ts). */
export const POSIX_TIMERS = 128;
/** DELAYTIMER_MAX. */
const OVERRUN_LIMIT: u64 = 0x7fff_ffff;

/** One sending, or a copy of it on its way to a handler. */
export class SentSignal {
  readonly link = new Link<SentSignal>();
  /** Null: the whole process. */
  target: Thread | null = null;
  signal: u32 = 0;
  /** A SignalCode, or what rt_sigqueueinfo said. */
  code: i32 = 0;
  /** SignalInformation.origin: the sender, the timer with its overruns, or the address of the fault. */
  origin: u64 = 0;
  /** By a POSIX timer itself, not by who says so in rt_sigqueueinfo(2). */
  isTimers = false;
  /** SignalInformation.value. */
  value: u64 = 0;
  /** A fault's vector and error code; 0 otherwise. */
  trapNumber: u64 = 0;
  trapError: u64 = 0;
}

/** Apart from the queue, for all of it is zero at first: the kernel's file need not hold it. */
class SignalEntries {
  readonly all!: FixedArray<SentSignal, 640>;
}

class SignalQueue {
  readonly lock = new SpinLock(LockOrder.Signals);
  /** Entries from here on have never been used. */
  used: usize = 0;
  /** Entries on `sent`. */
  count: usize = 0;
  readonly free = new List<SentSignal>();
  readonly sent = new List<SentSignal>();
  /** Of each POSIX timer: the overruns of its signal that was taken last. */
  readonly overruns!: FixedArray<u32, 128>;
}

const entries = new SignalEntries();
const queue = new SignalQueue();
const arrivalQueue = new WaitQueue();
const processPending = new Atomic<u64>(0);

/** The lock that senders hold from looking at a signal's action until its bit is set. */
export function signalLock(): SpinLock {
  return queue.lock;
}

/** Woken when a signal has become pending, for those who read signals from a file. */
export function arrivals(): WaitQueue {
  return arrivalQueue;
}

/**
 * Signals sent to the process as a whole.
 * @inline
 */
export function processPendingSignals(): u64 {
  return processPending.load();
}

/**
 * Makes a signal pending. The lock is held.
 * @param sending what to remember; its link is not used
 * @param limit how many may be queued: RLIMIT_SIGPENDING
 * @returns false when a real-time signal found no free entry
 */
export function addPending(sending: SentSignal, limit: u64): boolean {
  const target = sending.target;
  const bit = signalBit(sending.signal);
  const pending = target === null ? processPending.load() : target.pendingSignals.load();
  if (sending.signal < FIRST_REAL_TIME_SIGNAL && (pending & bit) !== 0) return true;
  const entry = sending.isTimers || u64(queue.count) < limit ? takeEntry(sending.isTimers) : null;
  if (entry !== null) {
    entry.target = target;
    entry.signal = sending.signal;
    entry.code = sending.code;
    entry.origin = sending.origin;
    entry.value = sending.value;
    entry.trapNumber = sending.trapNumber;
    entry.trapError = sending.trapError;
    entry.isTimers = sending.isTimers;
    queue.sent.append(entry);
    queue.count++;
  } else if (sending.signal >= FIRST_REAL_TIME_SIGNAL && sending.code !== i32(SignalCode.User)) {
    return false;
  }
  if (target === null) processPending.or(bit);
  else target.pendingSignals.or(bit);
  return true;
}

/**
 * Takes the next signal of a set that is pending for a thread: its own before the process's, what an instruction did
 * before everything else, then the lowest number.
 * @param taken filled in when there is one
 * @returns whether there was one
 */
export function takePending(thread: Thread, allowed: u64, taken: SentSignal): boolean {
  if (((thread.pendingSignals.load() | processPending.load()) & allowed) === 0) return false;
  using _ = queue.lock.acquire();
  const own = thread.pendingSignals.load() & allowed;
  if (own !== 0) {
    takeSignal(thread, lowestSignal(own), taken);
    return true;
  }
  const shared = processPending.load() & allowed;
  if (shared === 0) return false;
  takeSignal(null, lowestSignal(shared), taken);
  return true;
}

/**
 * Adds to the overruns of a timer's signal, if it is still pending. The lock is held.
 * @returns false when it is not: the next one is to be sent
 */
export function countOverrun(signal: u32, timer: u32, fired: u64): boolean {
  for (let entry = queue.sent.first; entry !== null; entry = queue.sent.next(entry)) {
    if (entry.signal !== signal || !entry.isTimers || u32(entry.origin) !== timer) continue;
    entry.origin = timerOrigin(timer, (entry.origin >> 32) + fired);
    return true;
  }
  return false;
}

/** SignalInformation.origin of a timer's signal. @param overruns how often it has fired beyond the once that the signal stands for */
export function timerOrigin(timer: u32, overruns: u64): u64 {
  return (minimum(overruns, OVERRUN_LIMIT) << 32) | u64(timer);
}

/** How often a timer had fired beyond once when its last signal was taken: timer_getoverrun(2). */
export function takenOverruns(timer: u32): u32 {
  using _ = queue.lock.acquire();
  return queue.overruns[usize(timer)];
}

/** A timer is new, or set anew: no signal of it has been taken. */
export function forgetOverruns(timer: u32): void {
  using _ = queue.lock.acquire();
  queue.overruns[usize(timer)] = 0;
}

/** Forgets every sending of the signals in a set: they are ignored from now on. The lock is held. */
export function discardSignals(set: u64): void {
  processPending.and(~set);
  discardEntries((entry) => (signalBit(entry.signal) & set) !== 0);
}

/** Forgets what was sent to a thread, which ends. The lock is held. */
export function discardThread(thread: Thread): void {
  thread.pendingSignals.store(0);
  discardEntries((entry) => entry.target === thread);
}

function discardEntries(chosen: (entry: SentSignal) => boolean): void {
  let entry = queue.sent.first;
  while (entry !== null) {
    const next = queue.sent.next(entry);
    if (chosen(entry)) {
      const target = entry.target;
      if (target !== null) target.pendingSignals.and(~signalBit(entry.signal));
      giveEntry(entry);
    }
    entry = next;
  }
}

/** Takes one sending of a signal that is pending, and clears its bit when it was the last. */
function takeSignal(target: Thread | null, signal: u32, taken: SentSignal): void {
  taken.target = target;
  taken.signal = signal;
  taken.code = i32(SignalCode.User);
  taken.origin = 0;
  taken.value = 0;
  taken.trapNumber = 0;
  taken.trapError = 0;
  const found = findSending(queue.sent.first, target, signal);
  let more = false;
  if (found !== null) {
    taken.code = found.code;
    taken.origin = found.origin;
    taken.value = found.value;
    taken.trapNumber = found.trapNumber;
    taken.trapError = found.trapError;
    if (found.isTimers) queue.overruns[usize(u32(found.origin))] = u32(found.origin >> 32);
    more = findSending(queue.sent.next(found), target, signal) !== null;
    giveEntry(found);
  }
  if (more) return;
  if (target === null) processPending.and(~signalBit(signal));
  else target.pendingSignals.and(~signalBit(signal));
}

function findSending(from: SentSignal | null, target: Thread | null, signal: u32): SentSignal | null {
  for (let entry = from; entry !== null; entry = queue.sent.next(entry)) {
    if (entry.signal === signal && entry.target === target) return entry;
  }
  return null;
}

function lowestSignal(set: u64): u32 {
  const synchronous = set & SYNCHRONOUS_SIGNALS;
  return countTrailingZeros(synchronous !== 0 ? synchronous : set) + 1;
}

function takeEntry(isTimers: boolean): SentSignal | null {
  if (!isTimers && queue.count >= ENTRIES - TIMER_ENTRIES) return null;
  const entry = queue.free.takeFirst();
  if (entry !== null) return entry;
  if (queue.used === ENTRIES) return null;
  const fresh = entries.all[queue.used];
  queue.used++;
  return fresh;
}

function giveEntry(entry: SentSignal): void {
  queue.sent.remove(entry);
  queue.count--;
  entry.target = null;
  queue.free.append(entry);
}
