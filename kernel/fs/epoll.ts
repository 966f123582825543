// An epoll instance: the set of open files that somebody wants to hear of, and the list of those that may be ready (epoll(7)).
//
//   file becomes ready ─▶ its wait queue ─▶ the watch's callback ─▶ ready list ─▶ whoever waits in epoll_wait
//
// A watch is on the ready list when it may be ready: the collector asks the file again before it reports. A level-triggered
// watch that was reported goes to the end of the list at once, an edge-triggered one only at the next callback, a one-shot
// one only after it was armed again.
// Each file that becomes ready wakes one thread. One that leaves something on the list, because it is level-triggered or found no
// room, wakes the next thread: so all hear of what nobody takes away.
// A watch does not keep its file open: when the last reference to an open file goes, its watches go (forgetWatches).
//
// Locks: `setLock` for the sets of all instances (control, closing), then an instance's `collectLock` (both sleeping; the
// second is held while events are copied to the application), then `readyLock`, the only one that callbacks take.

import { GrowingHashTable } from "prelude/growing_hash_table.ts";
import { HashEntry, mixHash } from "prelude/hash_table.ts";
import { Link, List, ListEntry } from "prelude/list.ts";
import type { Writer } from "prelude/writer.ts";
import { addressOf, objectAt } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { copyBytesToUser } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { Mutex } from "../sched/mutex.ts";
import { Waiter, WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import { PollEvent } from "./abi.ts";
import { writeHexadecimal } from "./digits.ts";
import type { File } from "./file.ts";
import type { IoBuffer } from "./io_buffer.ts";
import { type OpenFile, setWatchReleaser } from "./open_file.ts";

/** How to watch (linux/eventpoll.h). */
export const enum WatchFlag {
  Exclusive = 0x1000_0000,
  Wakeup = 0x2000_0000,
  OneShot = 0x4000_0000,
  EdgeTriggered = 0x8000_0000,
}

/** What every watch hears of, asked or not. */
const ALWAYS = PollEvent.Error | PollEvent.HangUp;
/** How deep instances may watch each other. */
const NESTING_MAX = 5;

/** struct epoll_event. @packed @size 12 */
export class EpollEvent {
  events!: u32;
  data!: u64;
}

/** One open file in one instance. */
export class EpollWatch {
  /** The place among the open file's watches. */
  readonly link = new Link<EpollWatch>();
  /** The place in the instance's set. */
  readonly entry = new HashEntry<EpollWatch>();
  /** The place on the instance's ready list. */
  readonly ready = new ListEntry<EpollWatch>();
  readonly waiter = new Waiter();
  instance!: Epoll;
  open!: OpenFile;
  descriptor: u32 = 0;
  /** What to report, and WatchFlag. A one-shot watch that has fired has no events. */
  events: u32 = 0;
  data: u64 = 0;

  hash(): u64 {
    return watchHash(this.open, this.descriptor);
  }

  /** What is to be reported now. */
  pending(): u32 {
    if ((this.events & ~u32(FLAGS)) === 0) return 0;
    return this.open.file.ready(this.open) & (this.events | ALWAYS);
  }
}

const FLAGS = WatchFlag.Exclusive | WatchFlag.Wakeup | WatchFlag.OneShot | WatchFlag.EdgeTriggered;

const setLock = new Mutex(LockOrder.EpollSet);

function watchHash(open: OpenFile, descriptor: u32): u64 {
  return mixHash(addressOf(open) ^ (u64(descriptor) << 48));
}

/** Runs under the file's wait queue lock, perhaps in an interrupt. */
function noteReady(waiter: Waiter, key: u64): boolean {
  // Safe: the argument is the watch that embeds the waiter, which is taken off its queue before the watch goes.
  const watch = objectAt<EpollWatch>(waiter.argument);
  const wanted = watch.events & ~u32(FLAGS);
  if (wanted === 0 || (key !== 0 && (u32(key) & (wanted | ALWAYS)) === 0)) return false;
  watch.instance.push(watch);
  return true;
}

export class Epoll implements File {
  private readonly collectLock = new Mutex(LockOrder.EpollCollect);
  private readonly readyLock = new SpinLock(LockOrder.EpollReady);
  private readonly readyList = new List<ListEntry<EpollWatch>>();
  private readonly watches = new GrowingHashTable<EpollWatch>();
  private readonly queue = new WaitQueue();

  /**
   * Watches an open file, which the caller holds.
   * @returns EXIST when it is watched already, PERM when it cannot be waited for, LOOP when instances would watch each other
   */
  add(open: OpenFile, descriptor: u32, events: u32, data: u64): Errno {
    const queue = open.file.waitQueue(open);
    if (queue === null) return Errno.PERM;
    using _ = setLock.acquire();
    if (this.find(open, descriptor) !== null) return Errno.EXIST;
    const other = asEpoll(open);
    if (other !== null && (other === this || other.reaches(this, 1))) return Errno.LOOP;
    const watch = create(EpollWatch);
    if (watch === null) return Errno.NOMEM;
    watch.instance = this;
    watch.open = open;
    watch.descriptor = descriptor;
    watch.events = events;
    watch.data = data;
    watch.ready.owner = watch;
    watch.waiter.callback = noteReady;
    watch.waiter.argument = addressOf(watch);
    watch.waiter.exclusive = (events & WatchFlag.Exclusive) !== 0;
    {
      using _collect = this.collectLock.acquire();
      this.watches.insert(watch);
      open.watches.append(watch);
      queue.add(watch.waiter);
      if (watch.pending() !== 0) this.push(watch);
    }
    return Errno.NONE;
  }

  /** Changes what a watch reports, and arms it again. */
  modify(open: OpenFile, descriptor: u32, events: u32, data: u64): Errno {
    using _ = setLock.acquire();
    const watch = this.find(open, descriptor);
    if (watch === null) return Errno.NOENT;
    if (((watch.events | events) & WatchFlag.Exclusive) !== 0) return Errno.INVAL;
    using _collect = this.collectLock.acquire();
    watch.events = events;
    watch.data = data;
    fence(); // the events before the look at the file: noteReady may have dropped a wake-up that is wanted now
    if (watch.pending() !== 0) this.push(watch);
    return Errno.NONE;
  }

  /** Ends a watch. */
  remove(open: OpenFile, descriptor: u32): Errno {
    using _ = setLock.acquire();
    const watch = this.find(open, descriptor);
    if (watch === null) return Errno.NOENT;
    this.drop(watch);
    return Errno.NONE;
  }

  /**
   * Reports events to the application's array, waiting for the first one.
   * @param deadline monotonic nanoseconds; 0 for none. @param mayWait false: only look
   * @returns their number, or -errno
   */
  collect(address: u64, limit: u32, deadline: u64, mayWait: boolean): i64 {
    for (;;) {
      const count = this.report(address, limit);
      if (count !== 0 || !mayWait) return count;
      const reason = this.queue.wait(() => !this.readyList.isEmpty(), deadline, true, true);
      if (reason === WakeReason.TimedOut) return this.report(address, limit);
      if (reason === WakeReason.Interrupted) return errorCode(Errno.INTR);
    }
  }

  /** Puts a watch on the ready list. Any context. */
  push(watch: EpollWatch): void {
    {
      using _ = this.readyLock.acquire();
      if (watch.ready.link.linked) return;
      this.readyList.append(watch.ready);
    }
    this.queue.wakeOne(PollEvent.Readable | PollEvent.ReadNormal);
  }

  // ---- File: an instance can itself be watched ----------------------------------------------------------------------

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.INVAL);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.INVAL);
  }

  ready(open: OpenFile): u32 {
    using _ = this.collectLock.acquire();
    let place = this.firstReady();
    const last = this.lastReady();
    while (place !== null) {
      const watch = place.owner!;
      if (watch.pending() !== 0) return PollEvent.Readable | PollEvent.ReadNormal;
      // Not ready any more: whoever makes it ready puts it back.
      const wasLast = place === last;
      this.takeOff(watch);
      if (watch.pending() !== 0) this.push(watch);
      if (wasLast) break;
      place = this.firstReady();
    }
    return 0;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return this.queue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {
    {
      using _ = setLock.acquire();
      let watch = this.watches.first();
      while (watch !== null) {
        const next = this.watches.next(watch);
        this.drop(watch);
        watch = next;
      }
    }
    this.watches.dispose();
    destroy(this);
  }

  /** For /proc/self/fdinfo: a line for each watch (fs/eventpoll.c, ep_show_fdinfo). */
  describe(writer: Writer): void {
    using _ = setLock.acquire();
    for (let watch = this.watches.first(); watch !== null; watch = this.watches.next(watch)) {
      const inode = watch.open.dentry.inode;
      writer.message(`tfd: ${padded(watch.descriptor, 8)} events: `);
      writeHexadecimal(writer, u64(watch.events), 8);
      writer.text(" data: ");
      writeHexadecimal(writer, watch.data, 16);
      writer.message(`  pos:${watch.open.position} ino:`);
      writeHexadecimal(writer, inode.number);
      writer.text(" sdev:");
      writeHexadecimal(writer, inode.fileSystem.device);
      writer.text("\n");
    }
  }

  // ---- The set ------------------------------------------------------------------------------------------------------

  private find(open: OpenFile, descriptor: u32): EpollWatch | null {
    let watch = this.watches.firstWithHash(watchHash(open, descriptor));
    while (watch !== null) {
      if (watch.open === open && watch.descriptor === descriptor) return watch;
      watch = this.watches.nextWithHash(watch);
    }
    return null;
  }

  /** Whether this instance watches `target`, or one that does. The set lock is held. */
  private reaches(target: Epoll, depth: u32): boolean {
    if (depth >= NESTING_MAX) return true;
    for (let watch = this.watches.first(); watch !== null; watch = this.watches.next(watch)) {
      const other = asEpoll(watch.open);
      if (other !== null && (other === target || other.reaches(target, depth + 1))) return true;
    }
    return false;
  }

  /** Frees a watch. The set lock is held. */
  drop(watch: EpollWatch): void {
    {
      using _ = this.collectLock.acquire();
      const queue = watch.waiter.queue;
      if (queue !== null) queue.remove(watch.waiter);
      this.takeOff(watch);
      this.watches.remove(watch);
      watch.open.watches.remove(watch);
    }
    destroy(watch);
  }

  // ---- The ready list -----------------------------------------------------------------------------------------------

  /** Reports what is ready now. */
  private report(address: u64, limit: u32): i64 {
    if (this.readyList.isEmpty()) return 0;
    const count = this.reportLocked(address, limit);
    if (count !== 0 && !this.readyList.isEmpty()) this.queue.wakeOne(PollEvent.Readable | PollEvent.ReadNormal);
    return count;
  }

  private reportLocked(address: u64, limit: u32): i64 {
    using _ = this.collectLock.acquire();
    const last = this.lastReady();
    const event = new EpollEvent();
    let count: u32 = 0;
    while (count < limit) {
      const place = this.firstReady();
      if (place === null) break;
      const watch = place.owner!;
      this.takeOff(watch);
      const pending = watch.pending();
      if (pending !== 0) {
        event.events = pending;
        event.data = watch.data;
        // Safe: the object is the 12 bytes that the application expects.
        if (!copyBytesToUser(address + u64(count) * sizeOf<EpollEvent>(), addressOf(event), sizeOf<EpollEvent>())) {
          this.push(watch);
          return count > 0 ? i64(count) : errorCode(Errno.FAULT);
        }
        count++;
        if ((watch.events & WatchFlag.OneShot) !== 0) watch.events &= FLAGS;
        else if ((watch.events & WatchFlag.EdgeTriggered) === 0) this.pushQuietly(watch);
      }
      if (place === last) break;
    }
    return i64(count);
  }

  /** Puts a watch that was just reported back, without waking anybody. */
  private pushQuietly(watch: EpollWatch): void {
    using _ = this.readyLock.acquire();
    if (!watch.ready.link.linked) this.readyList.append(watch.ready);
  }

  private takeOff(watch: EpollWatch): void {
    using _ = this.readyLock.acquire();
    if (watch.ready.link.linked) this.readyList.remove(watch.ready);
  }

  private firstReady(): ListEntry<EpollWatch> | null {
    using _ = this.readyLock.acquire();
    return this.readyList.first;
  }

  private lastReady(): ListEntry<EpollWatch> | null {
    using _ = this.readyLock.acquire();
    return this.readyList.last;
  }
}

/** The instance behind an open file, when it is one: only epoll's own files are marked so. */
export function asEpoll(open: OpenFile): Epoll | null {
  // Safe: `epoll` holds the address of the Epoll that is the open file's file.
  return open.epollAddress === 0 ? null : objectAt<Epoll>(open.epollAddress);
}

/** Ends all watches of an open file that closes. */
function forgetWatches(open: OpenFile): void {
  using _ = setLock.acquire();
  let watch = open.watches.first;
  while (watch !== null) {
    watch.instance.drop(watch);
    watch = open.watches.first;
  }
}

/** Makes an open file an epoll instance. */
export function becomeEpoll(open: OpenFile, instance: Epoll): void {
  setWatchReleaser(forgetWatches);
  open.file = instance;
  open.epollAddress = addressOf(instance);
}
