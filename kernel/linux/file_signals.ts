// Signals for input and output (O_ASYNC, fcntl(2)): a pipe or a socket that becomes ready has its owner told, by SIGIO or by the signal
// of F_SETSIG with the descriptor and the events. The owner of a socket is told of urgent data by SIGURG, with O_ASYNC or without.
//
// Files wake their waiters under locks that come after those of signals, so what a wake-up finds is handed to a thread of the kernel's
// own, which is made when somebody first asks. What happens to one file meanwhile is told once for input and once for output.

import { Link, List } from "prelude/list.ts";
import { addressOf, objectAt } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Mode, OpenFlag, PollEvent } from "../fs/abi.ts";
import { type OpenFile, setSignalReleaser } from "../fs/open_file.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { createThread, releaseThread, startThread } from "../sched/lifecycle.ts";
import { setThreadName } from "../sched/thread.ts";
import { findThread } from "../sched/thread_table.ts";
import { Waiter, WaitQueue } from "../sched/wait_queue.ts";
import { Signal, SignalCode } from "./signal_numbers.ts";
import { sendSignalFrom } from "./signal_send.ts";

/** POLL_IN, POLL_OUT, POLL_PRI (asm-generic/siginfo.h), and what si_band says with each. */
const CODE_IN = 1;
const CODE_OUT = 2;
const CODE_URGENT = 5;
const BAND_URGENT = PollEvent.Priority | PollEvent.ReadBand;
/** What wakes everybody says so of all events, and is about none in particular. */
const ALL_EVENTS = 0xffff;
const BAND_IN = PollEvent.Readable | PollEvent.ReadNormal;
const BAND_OUT = PollEvent.Writable | PollEvent.WriteNormal | PollEvent.WriteBand;
const INPUT = 1;
const OUTPUT = 2;
const URGENT = 4;
/** OwnerKind of a single thread (file_owner.ts). */
const OWNED_BY_THREAD = 0;

/** One open file with O_ASYNC, or a socket with an owner. */
class Watch {
  /** The place among those that have something to tell. */
  readonly link = new Link<Watch>();
  readonly waiter = new Waiter();
  open!: OpenFile;
  descriptor: u32 = 0;
  /** INPUT, OUTPUT and URGENT, while it is on the list. */
  found: u32 = 0;
}

class Watches {
  /** Guards the list and what watches have found. */
  readonly lock = new SpinLock(LockOrder.FileSignals);
  readonly ready = new List<Watch>();
  readonly queue = new WaitQueue();
  readonly started = new Atomic<boolean>(false);
}

const watches = new Watches();

/** Runs under the file's wait queue lock, perhaps in an interrupt. */
function noteReady(waiter: Waiter, key: u64): boolean {
  // Safe: the argument is the watch that embeds the waiter, which is taken off its queue before the watch goes.
  const watch = objectAt<Watch>(waiter.argument);
  const events = u32(key);
  const isInput = watch.open.readable && (events === 0 || (events & BAND_IN) !== 0);
  let found: u32 = 0;
  if ((watch.open.flags & OpenFlag.Async) !== 0) found = isInput ? INPUT : OUTPUT;
  if ((events & PollEvent.ReadBand) !== 0 && events !== ALL_EVENTS) found |= URGENT;
  if (found === 0) return false;
  {
    using _ = watches.lock.acquire();
    watch.found |= found;
    if (!watch.link.linked) watches.ready.append(watch);
  }
  watches.queue.wakeAll();
  return true;
}

/** F_SETFL: begins or ends to tell. Files that cannot tell stay as they are. NOMEM. */
export function setAsynchronous(open: OpenFile, descriptor: u32, wanted: boolean): Errno {
  const is = (open.flags & OpenFlag.Async) !== 0;
  if (is === wanted || !canTell(open)) return Errno.NONE;
  if (!wanted) {
    using _ = watches.lock.acquire();
    open.flags &= ~u32(OpenFlag.Async);
    return Errno.NONE;
  }
  return beginWatch(open, descriptor, OpenFlag.Async);
}

/** F_SETOWN: begins to tell the owner of a socket of urgent data. Other files have none. NOMEM. */
export function watchUrgent(open: OpenFile): Errno {
  const isSocket = (open.dentry.inode.mode & Mode.TypeMask) === Mode.Socket;
  return isSocket && canTell(open) && open.asynchronousAddress === 0 ? beginWatch(open, 0, 0) : Errno.NONE;
}

/** Watches an open file, if nobody does yet. @param flags to set for it */
function beginWatch(open: OpenFile, descriptor: u32, flags: u32): Errno {
  if (!start()) return Errno.NOMEM;
  const watch = create(Watch);
  if (watch === null) return Errno.NOMEM;
  watch.open = open;
  watch.descriptor = descriptor;
  watch.waiter.callback = noteReady;
  watch.waiter.argument = addressOf(watch);
  {
    using _ = watches.lock.acquire();
    // Two threads may ask at once.
    open.flags |= flags;
    const known = open.asynchronousAddress;
    if (known !== 0) {
      // Safe: the address of the Watch that is there already, which stays as long as the open file.
      if (flags !== 0) objectAt<Watch>(known).descriptor = descriptor;
      destroy(watch);
      return Errno.NONE;
    }
    open.asynchronousAddress = addressOf(watch);
  }
  open.file.waitQueue(open)!.add(watch.waiter);
  return Errno.NONE;
}

/** Pipes and sockets. */
function canTell(open: OpenFile): boolean {
  const inode = open.dentry.inode;
  const kind = inode.mode & Mode.TypeMask;
  const isStream = kind === Mode.Fifo || kind === Mode.Socket;
  return isStream && !inode.isConsole && open.file.waitQueue(open) !== null;
}

/** Ends to tell of an open file. */
function forget(open: OpenFile): void {
  let address: u64 = 0;
  {
    using _ = watches.lock.acquire();
    address = open.asynchronousAddress;
    open.asynchronousAddress = 0;
    open.flags &= ~u32(OpenFlag.Async);
  }
  if (address === 0) return;
  // Safe: the address of the Watch that setAsynchronous made, which only who has cleared it here frees.
  const watch = objectAt<Watch>(address);
  const queue = watch.waiter.queue;
  if (queue !== null) queue.remove(watch.waiter);
  {
    using _ = watches.lock.acquire();
    if (watch.link.linked) watches.ready.remove(watch);
  }
  destroy(watch);
}

/** Starts the thread, once. @returns whether there is one */
function start(): boolean {
  setSignalReleaser(forget);
  if (!watches.started.compareExchange(false, true)) return true;
  const thread = createThread(runTeller, 0);
  if (thread === null) {
    watches.started.store(false);
    return false;
  }
  setThreadName(thread, bytes("signals"));
  thread.affinity = ~u64(0);
  startThread(thread);
  return true;
}

/** What is to be told of one file: copied under the lock, for the watch may go. */
class Telling {
  found: u32 = 0;
  descriptor: u32 = 0;
  owner: i32 = 0;
  ownerKind: u8 = 0;
  signal: u8 = 0;
  isAsynchronous = false;

  /** Takes the first of the list. @returns whether there was one */
  take(): boolean {
    using _ = watches.lock.acquire();
    const watch = watches.ready.takeFirst();
    if (watch === null) return false;
    this.found = watch.found;
    watch.found = 0;
    this.descriptor = watch.descriptor;
    this.owner = watch.open.owner;
    this.ownerKind = watch.open.ownerKind;
    this.signal = watch.open.signal;
    this.isAsynchronous = (watch.open.flags & OpenFlag.Async) !== 0;
    return true;
  }

  /** Urgent data are told by a signal of their own, and to who asked for input as well. */
  sendUrgent(): void {
    if (this.owner === 0) return;
    const isThread = this.ownerKind === OWNED_BY_THREAD;
    const target = isThread ? findThread(u32(this.owner)) : null;
    if (isThread && target === null) return;
    sendSignalFrom(target, u32(Signal.Urgent), i32(SignalCode.Kernel), 0, 0);
    if (target !== null) releaseThread(target);
    if (this.isAsynchronous) this.send(CODE_URGENT, u32(BAND_URGENT));
  }

  send(code: i32, band: u32): void {
    if (this.owner === 0) return;
    const isThread = this.ownerKind === OWNED_BY_THREAD;
    const target = isThread ? findThread(u32(this.owner)) : null;
    if (isThread && target === null) return;
    let error = Errno.AGAIN;
    if (this.signal !== 0) error = sendSignalFrom(target, u32(this.signal), code, u64(band), u64(this.descriptor));
    // Without a signal of its own, or when no more of it can be queued: the plain one.
    if (error === Errno.AGAIN) sendSignalFrom(target, u32(Signal.IO), i32(SignalCode.Kernel), 0, 0);
    if (target !== null) releaseThread(target);
  }
}

function runTeller(argument: u64): void {
  const telling = new Telling();
  for (;;) {
    watches.queue.wait(() => !watches.ready.isEmpty(), 0, false);
    while (telling.take()) {
      if ((telling.found & INPUT) !== 0) telling.send(CODE_IN, u32(BAND_IN));
      if ((telling.found & OUTPUT) !== 0) telling.send(CODE_OUT, u32(BAND_OUT));
      if ((telling.found & URGENT) !== 0) telling.sendUrgent();
    }
  }
}
