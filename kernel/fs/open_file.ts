// An open file ("open file description" in POSIX): what open(2) makes and descriptors share: a position, status flags, and
// the file behind it.
//
// Lookups by descriptor take no lock, so the memory of an OpenFile stays an OpenFile for ever: freed ones go to a list of
// their own. Whoever finds one in a table raises the count of references only if it is not zero, and then looks
// whether the table still says the same (file_table.ts).

import { List } from "prelude/list.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { Mutex } from "../sched/mutex.ts";
import { OpenFlag } from "./abi.ts";
import type { Dentry } from "./dentry.ts";
import type { EpollWatch } from "./epoll.ts";
import type { File } from "./file.ts";
import { forgetOpenLocks } from "./file_locks.ts";
import { filesAreWatched, Notice, noteFile } from "./inotify.ts";
import { pathFile } from "./path_file.ts";

export class OpenFile {
  file!: File;
  /** The name it was opened by. One reference. */
  dentry!: Dentry;
  /** Access mode and status flags (O_APPEND, O_NONBLOCK …). */
  flags: u32 = 0;
  readable = false;
  writable = false;
  /** Has a position. Streams have none. */
  seekable = false;
  /** Opened with O_PATH: names a file and does nothing else. */
  pathOnly = false;
  readonly references = new Atomic<u32>(0);
  /** Bytes. Guarded by `positionLock`. */
  position: u64 = 0;
  /** Held while a call uses the position, so that threads that share a descriptor take turns. */
  readonly positionLock = new Mutex(LockOrder.FilePosition);
  /** The address of the Epoll that `file` is, or 0. */
  epollAddress: u64 = 0;
  /** Address of the timer behind this open file; 0 when it is none. */
  timerAddress: u64 = 0;
  /** Address of the signal file behind this open file; 0 when it is none. */
  signalsAddress: u64 = 0;
  /** Address of the event counter behind this open file; 0 when it is none. */
  counterAddress: u64 = 0;
  /** Address of the inotify instance behind this open file; 0 when it is none. */
  inotifyAddress: u64 = 0;
  /** Address of the message queue behind this open file; 0 when it is none. */
  queueAddress: u64 = 0;
  /** Address of what tells of this open file by signals (O_ASYNC); 0: nothing does. */
  asynchronousAddress: u64 = 0;
  /** Address of the ring behind this open file; 0 when it is none. */
  ringAddress: u64 = 0;
  /** Whom to tell of input by a signal (F_SETOWN): a thread, the process or its group, by OwnerKind; 0: nobody. */
  owner: i32 = 0;
  ownerKind: u8 = 0;
  /** The signal for that (F_SETSIG); 0: SIGIO. */
  signal: u8 = 0;
  /** The epoll instances that watch this open file. Guarded by the set lock of epoll.ts. */
  readonly watches = new List<EpollWatch>();
  /** The next one on the free list. */
  next: OpenFile | null = null;

  /** @inline */
  retain(): void {
    this.references.add(1);
  }

  /**
   * Takes a reference back; the last one closes the file. May sleep.
   * @inline
   */
  release(): void {
    if (this.references.subtract(1) === 1) closeOpenFile(this);
  }

  /** Whether a call must not block. @inline */
  isNonBlocking(): boolean {
    return (this.flags & OpenFlag.NonBlocking) !== 0;
  }
}

const freeLock = new SpinLock(LockOrder.OpenFiles);
let freeList: OpenFile | null = null;
let releaseWatches: Static<(open: OpenFile) => void> | null = null;

/** Epoll's function that forgets an open file that closes. */
export function setWatchReleaser(releaser: Static<(open: OpenFile) => void>): void {
  releaseWatches = releaser;
}

let releaseSignals: Static<(open: OpenFile) => void> | null = null;

/** The function that ends to tell of an open file that closes by signals. */
export function setSignalReleaser(releaser: Static<(open: OpenFile) => void>): void {
  releaseSignals = releaser;
}

/**
 * A new open file with one reference, not yet open: `file` is set by the content. It takes over the caller's
 * reference to the dentry. Null: no memory.
 */
export function allocateOpenFile(dentry: Dentry, flags: u32): OpenFile | null {
  const open = takeFree() ?? create(OpenFile);
  if (open === null) return null;
  const access = flags & OpenFlag.AccessMode;
  open.dentry = dentry;
  open.flags = flags;
  open.pathOnly = (flags & OpenFlag.Path) !== 0;
  open.readable = !open.pathOnly && access !== OpenFlag.WriteOnly;
  open.writable = !open.pathOnly && (access === OpenFlag.WriteOnly || access === OpenFlag.ReadWrite);
  open.seekable = false;
  open.position = 0;
  open.epollAddress = 0;
  open.timerAddress = 0;
  open.signalsAddress = 0;
  open.inotifyAddress = 0;
  open.counterAddress = 0;
  open.ringAddress = 0;
  open.asynchronousAddress = 0;
  open.queueAddress = 0;
  open.owner = 0;
  open.ownerKind = 1;
  open.signal = 0;
  open.references.store(1);
  return open;
}

/** Gives back an open file whose opening failed, with its reference to the dentry. */
export function abandonOpenFile(open: OpenFile): void {
  // By its reference: a lookup that has seen it under another descriptor, in its life before, may hold one for a moment.
  open.file = pathFile;
  open.release();
}

/**
 * Opens what a dentry names. Takes a reference to the dentry of its own.
 * @param flags of open(2), already checked
 */
export function openDentry(dentry: Dentry, flags: u32): Result<OpenFile> {
  dentry.retain();
  const open = allocateOpenFile(dentry, flags);
  if (open === null) {
    dentry.release();
    return failure<OpenFile>(Errno.NFILE);
  }
  const inode = dentry.inode;
  let error = Errno.NONE;
  if (open.pathOnly) open.file = pathFile;
  else error = inode.content.open(inode, open);
  if (error !== Errno.NONE) {
    abandonOpenFile(open);
    return failure<OpenFile>(error);
  }
  return success(open);
}

/** @noinline */
function closeOpenFile(open: OpenFile): void {
  const releaser = releaseWatches;
  if (!open.watches.isEmpty() && releaser !== null) releaser(open);
  const signalReleaser = releaseSignals;
  if (open.asynchronousAddress !== 0 && signalReleaser !== null) signalReleaser(open);
  const dentry = open.dentry;
  if (filesAreWatched() && !open.pathOnly) noteFile(dentry, open.writable ? Notice.CloseWritten : Notice.CloseUnwritten);
  const locks = dentry.inode.locks;
  if (locks !== null) forgetOpenLocks(open, locks);
  open.file.close(open);
  putFree(open);
  dentry.release();
}

function takeFree(): OpenFile | null {
  using _ = freeLock.acquire();
  const open = freeList;
  if (open !== null) freeList = open.next;
  return open;
}

function putFree(open: OpenFile): void {
  using _ = freeLock.acquire();
  open.next = freeList;
  freeList = open;
}
