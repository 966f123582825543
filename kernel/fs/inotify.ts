// What happens to files, told to those who watch them: inotify(7).
//
//   call that changes a file ─▶ noteFile, noteName, noteSelf ─▶ the watches of its inode and of its folder's ─▶ each
//   instance's queue of events ─▶ read(2)
//
// A watch belongs to an instance and to an inode, of which it holds a reference. It goes when either says so: by
// inotify_rm_watch, when the instance closes, with the file's last name and opening (its dentry), or after one event
// (IN_ONESHOT). `placeLock` (dentry.ts) guards all watches, all queues, and the names that events are made of: it is held for
// a few hundred instructions, and only while somebody watches anything. Files that are nobody's concern cost one comparison.

import { Link, List, ListEntry } from "prelude/list.ts";
import { addressOf, objectAt } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import { Control, PollEvent } from "./abi.ts";
import { type Dentry, placeLock, sameName } from "./dentry.ts";
import type { File } from "./file.ts";
import type { Inode } from "./inode.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";

/** Events, and flags of a watch (linux/inotify.h). */
export const enum Notice {
  Access = 1,
  Modify = 2,
  Attributes = 4,
  CloseWritten = 8,
  CloseUnwritten = 0x10,
  Open = 0x20,
  MovedFrom = 0x40,
  MovedTo = 0x80,
  Create = 0x100,
  Delete = 0x200,
  DeleteSelf = 0x400,
  MoveSelf = 0x800,
  AllEvents = 0xfff,
  Overflow = 0x4000,
  Ignored = 0x8000,
  OnlyDirectory = 0x100_0000,
  DontFollow = 0x200_0000,
  ExcludeUnlinked = 0x400_0000,
  MaskCreate = 0x1000_0000,
  MaskAdd = 0x2000_0000,
  IsDirectory = 0x4000_0000,
  OneShot = 0x8000_0000,
}

/** What a watch keeps of the mask that it was asked for. */
const KEPT = Notice.AllEvents | Notice.ExcludeUnlinked | Notice.OneShot;
/** Events that an instance keeps for its reader. */
export const QUEUED_MAX = 16384;
/** Names are filled up with zeros to a multiple of struct inotify_event. */
const NAME_UNIT = 16;

/** struct inotify_event up to its name. @size 16 */
class EventHeader {
  watch: i32 = 0;
  mask: u32 = 0;
  cookie: u32 = 0;
  length: u32 = 0;
}

class QueuedEvent {
  readonly link = new Link<QueuedEvent>();
  readonly header = new EventHeader();
  /** The name, with zeros up to `header.length`; null: none. */
  name: Slice<u8> | null = null;

  size(): u64 {
    return sizeOf<EventHeader>() + u64(this.header.length);
  }
}

export class FileWatch {
  /** The place in its instance. */
  readonly link = new Link<FileWatch>();
  /** The place at its inode. */
  readonly entry = new ListEntry<FileWatch>();
  instance!: Inotify;
  inode!: Inode;
  descriptor: i32 = 0;
  mask: u32 = 0;
}

/** The watches of one inode. Stays until the inode goes. */
export class FileWatches {
  readonly list = new List<ListEntry<FileWatch>>();
}

class Watching {
  /** Watches there are, of all instances. */
  readonly count = new Atomic<u32>(0);
  /** The cookie of the last rename. */
  readonly cookie = new Atomic<u32>(0);
}

const watching = new Watching();

/** Whether anybody watches anything. @inline */
export function filesAreWatched(): boolean {
  return watching.count.load() !== 0;
}

export class Inotify implements File {
  private readonly watches = new List<FileWatch>();
  private readonly events = new List<QueuedEvent>();
  private queued: u32 = 0;
  private bytesQueued: u64 = 0;
  private nextDescriptor: i32 = 1;
  private readonly queue = new WaitQueue();

  // ---- watches ------------------------------------------------------------------------------------------------------

  /** Watches an inode, or changes how it is watched. @returns the watch's number, or -errno */
  watch(inode: Inode, mask: u32): i64 {
    const fresh = create(FileWatch);
    const freshList = create(FileWatches);
    if (fresh === null || freshList === null) {
      if (fresh !== null) destroy(fresh);
      if (freshList !== null) destroy(freshList);
      return errorCode(Errno.NOMEM);
    }
    let usedList = false;
    let used = false;
    let result: i64 = 0;
    {
      using _ = placeLock.acquire();
      const existing = this.find(inode);
      if (existing !== null) {
        const before = existing.mask & ~u32(Notice.OneShot);
        if ((mask & Notice.MaskCreate) !== 0) result = errorCode(Errno.EXIST);
        else {
          existing.mask = (mask & KEPT) | ((mask & Notice.MaskAdd) !== 0 ? before : 0);
          result = i64(existing.descriptor);
        }
      } else {
        if (inode.watches === null) {
          inode.watches = freshList;
          usedList = true;
        }
        fresh.instance = this;
        fresh.inode = inode;
        fresh.mask = mask & KEPT;
        fresh.descriptor = this.nextDescriptor;
        this.nextDescriptor++;
        fresh.entry.owner = fresh;
        inode.retain();
        this.watches.append(fresh);
        inode.watches!.list.append(fresh.entry);
        watching.count.add(1);
        used = true;
        result = i64(fresh.descriptor);
      }
    }
    if (!used) destroy(fresh);
    if (!usedList) destroy(freshList);
    return result;
  }

  /** Ends a watch. INVAL: there is none of this number. */
  unwatch(descriptor: i32): Errno {
    let watch: FileWatch | null = null;
    {
      using _ = placeLock.acquire();
      watch = this.watches.first;
      while (watch !== null && watch.descriptor !== descriptor) watch = this.watches.next(watch);
      if (watch === null) return Errno.INVAL;
      this.enqueue(descriptor, Notice.Ignored, 0, null);
      detach(watch);
    }
    freeWatch(watch);
    return Errno.NONE;
  }

  /** The place lock is held. */
  private find(inode: Inode): FileWatch | null {
    let watch = this.watches.first;
    while (watch !== null && watch.inode !== inode) watch = this.watches.next(watch);
    return watch;
  }

  /** The place lock is held. */
  drop(watch: FileWatch): void {
    this.watches.remove(watch);
  }

  // ---- events -------------------------------------------------------------------------------------------------------

  /** Adds an event, unless it says what the last one says. The place lock is held. */
  enqueue(watch: i32, mask: u32, cookie: u32, name: Slice<u8> | null): void {
    const last = this.events.last;
    if (last !== null && last.header.watch === watch && last.header.mask === mask && sameEventName(last, name)) return;
    if (this.queued === QUEUED_MAX) {
      if (last === null || last.header.mask !== Notice.Overflow) this.append(-1, Notice.Overflow, 0, null);
    } else {
      this.append(watch, mask, cookie, name);
    }
    this.queue.wakeAll(PollEvent.Readable | PollEvent.ReadNormal);
  }

  /** An event that finds no memory is lost, as one that finds no room. */
  private append(watch: i32, mask: u32, cookie: u32, name: Slice<u8> | null): void {
    const event = create(QueuedEvent);
    if (event === null) return;
    event.header.watch = watch;
    event.header.mask = mask;
    event.header.cookie = cookie;
    if (name !== null) {
      const length = (name.length + NAME_UNIT) & ~u64(NAME_UNIT - 1);
      const copy = createArray<u8>(length);
      if (copy === null) {
        destroy(event);
        return;
      }
      copy.slice(0, name.length).copyFrom(name);
      event.header.length = u32(length);
      event.name = copy;
    }
    this.events.append(event);
    this.queued++;
    this.bytesQueued += event.size();
  }

  /** Takes the first event if it fits. Null: there is none, or (the second value) it is too long. */
  private takeFirst(room: u64): [QueuedEvent | null, boolean] {
    using _ = placeLock.acquire();
    const event = this.events.first;
    if (event === null || event.size() > room) return [null, event !== null];
    this.events.remove(event);
    this.queued--;
    this.bytesQueued -= event.size();
    return [event, false];
  }

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    let done: i64 = 0;
    for (;;) {
      const [event, isTooLong] = this.takeFirst(buffer.remaining);
      if (event === null) {
        if (done > 0) return done;
        if (isTooLong) return errorCode(Errno.INVAL);
        if (open.isNonBlocking() || buffer.noWait) return errorCode(Errno.AGAIN);
        const reason = this.queue.wait(() => !this.events.isEmpty());
        if (reason !== WakeReason.Woken) return errorCode(Errno.RESTARTSYS);
        continue;
      }
      const size = event.size();
      let given = buffer.give(addressOf(event.header), sizeOf<EventHeader>());
      const name = event.name;
      if (name !== null && given === sizeOf<EventHeader>()) given += buffer.give(addressOf(name), name.length);
      freeEvent(event);
      if (given !== size) return done > 0 ? done : errorCode(Errno.FAULT);
      done += i64(size);
    }
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.BADF);
  }

  ready(open: OpenFile): u32 {
    return this.events.isEmpty() ? 0 : PollEvent.Readable | PollEvent.ReadNormal;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return this.queue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    if (request !== Control.BytesReadable) return errorCode(Errno.NOTTY);
    return errorCode(writeUser32(argument as UserPointer, u32(this.bytesQueued)));
  }

  close(open: OpenFile): void {
    for (let watch = this.takeWatch(); watch !== null; watch = this.takeWatch()) freeWatch(watch);
    for (let event = this.events.takeFirst(); event !== null; event = this.events.takeFirst()) freeEvent(event);
    destroy(this);
  }

  private takeWatch(): FileWatch | null {
    using _ = placeLock.acquire();
    const watch = this.watches.first;
    if (watch !== null) detach(watch);
    return watch;
  }
}

/** Takes a watch off both lists. The place lock is held. */
function detach(watch: FileWatch): void {
  watch.instance.drop(watch);
  watch.inode.watches!.list.remove(watch.entry);
  watching.count.subtract(1);
}

/** Frees a watch that is on no list, with its reference to the inode. No spin lock is held. */
function freeWatch(watch: FileWatch): void {
  const inode = watch.inode;
  destroy(watch);
  inode.release();
}

function freeEvent(event: QueuedEvent): void {
  const name = event.name;
  if (name !== null) destroyArray(name);
  destroy(event);
}

function sameEventName(event: QueuedEvent, name: Slice<u8> | null): boolean {
  const own = event.name;
  if (own === null || name === null) return own === null && name === null;
  return name.length < own.length && sameName(own.slice(0, name.length), name) && own[name.length] === 0;
}

// ---- telling --------------------------------------------------------------------------------------------------------

/** Tells the watches of an inode; a one-shot watch that hears of it is taken off its lists and returned. The place lock is held. */
function tell(inode: Inode, mask: u32, cookie: u32, name: Slice<u8> | null, unlinked: boolean): FileWatch | null {
  const all = inode.watches;
  if (all === null) return null;
  let place = all.list.first;
  while (place !== null) {
    const next = all.list.next(place);
    const watch = place.owner!;
    if ((watch.mask & mask & Notice.AllEvents) !== 0 && !(unlinked && (watch.mask & Notice.ExcludeUnlinked) !== 0)) {
      watch.instance.enqueue(watch.descriptor, mask, cookie, name);
      if ((watch.mask & Notice.OneShot) !== 0) {
        watch.instance.enqueue(watch.descriptor, Notice.Ignored, 0, null);
        detach(watch);
        return watch;
      }
    }
    place = next;
  }
  return null;
}

/** A mask as it is told: whether it is about a folder belongs to all events but those of a file's own place. */
function withKind(mask: u32, isDirectory: boolean): u32 {
  if (!isDirectory || (mask & (Notice.MoveSelf | Notice.DeleteSelf)) !== 0) return mask;
  return mask | Notice.IsDirectory;
}

/** Something was done with a file: tells who watches its folder, by its name, and who watches itself. May sleep. */
export function noteFile(dentry: Dentry, mask: Notice): void {
  if (!filesAreWatched()) return;
  const inode = dentry.inode;
  const told = withKind(u32(mask), inode.isDirectory());
  let first: FileWatch | null = null;
  let second: FileWatch | null = null;
  {
    using _ = placeLock.acquire();
    const parent = dentry.parent;
    if (parent !== null) first = tell(parent.inode, told, 0, dentry.name, !dentry.linked);
    second = tell(inode, told, 0, null, false);
  }
  if (first !== null) freeWatch(first);
  if (second !== null) freeWatch(second);
}

/** A name came or went in a folder: tells who watches the folder. @param cookie of a rename, or 0 */
export function noteName(directory: Inode, name: Slice<u8>, mask: Notice, isDirectory: boolean, cookie: u32 = 0): void {
  if (!filesAreWatched()) return;
  let once: FileWatch | null = null;
  {
    using _ = placeLock.acquire();
    once = tell(directory, withKind(u32(mask), isDirectory), cookie, name, false);
  }
  if (once !== null) freeWatch(once);
}

/** Something happened to a file that is nothing to its folder. */
export function noteSelf(inode: Inode, mask: Notice): void {
  if (!filesAreWatched()) return;
  let once: FileWatch | null = null;
  {
    using _ = placeLock.acquire();
    once = tell(inode, withKind(u32(mask), inode.isDirectory()), 0, null, false);
  }
  if (once !== null) freeWatch(once);
}

/** A number that the two events of a rename share. */
export function nextCookie(): u32 {
  return watching.cookie.add(1) + 1;
}

/** A file is gone, its last name and opening: tells so, and ends its watches. Not called with a spin lock. */
export function noteGone(inode: Inode): void {
  noteSelf(inode, Notice.DeleteSelf);
  for (let watch = takeWatchOf(inode); watch !== null; watch = takeWatchOf(inode)) freeWatch(watch);
}

function takeWatchOf(inode: Inode): FileWatch | null {
  using _ = placeLock.acquire();
  const all = inode.watches;
  const place = all === null ? null : all.list.first;
  if (place === null) return null;
  const watch = place.owner!;
  watch.instance.enqueue(watch.descriptor, Notice.Ignored, 0, null);
  detach(watch);
  return watch;
}

/** The instance behind an open file, when it is one. */
export function asInotify(open: OpenFile): Inotify | null {
  // Safe: the address is that of the Inotify that is the open file's file.
  return open.inotifyAddress === 0 ? null : objectAt<Inotify>(open.inotifyAddress);
}
