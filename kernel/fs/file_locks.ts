// Locks that programs put on files: records (fcntl(2), of the process or of one open file) and whole files (flock(2)).
//
// An inode that was ever locked has a FileLocks until it goes. Records and whole-file locks do not meet. There is one process,
// so its records never keep itself out: they are kept for the open files that do have locks of their own.
// `guard` is held for the look and the change; whoever must wait waits for the count of changes to move, and looks again.

import { addressOf } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import type { Inode } from "./inode.ts";
import type { OpenFile } from "./open_file.ts";
import { LAST_BYTE, LockKind, RangeLocks } from "./range_locks.ts";

/** The process as an owner of records: no address is 1. */
export const PROCESS_OWNER = 1;

export class FileLocks {
  readonly records = new RangeLocks();
  readonly wholes = new RangeLocks();
}

class Changes {
  /** How often a lock went away. */
  readonly count = new Atomic<u64>(0);
  readonly queue = new WaitQueue();
}

const guard = new SpinLock(LockOrder.FileLocks);
const changes = new Changes();

/** What stands in a lock's way: a range, its kind, and whether it is the process's (else an open file's). */
export class LockConflict {
  kind: LockKind = LockKind.None;
  start: u64 = 0;
  end: u64 = 0;
  isProcess = false;
}

/** The locks of an inode, made when they are missing. Null: no memory. */
function locksOf(inode: Inode): FileLocks | null {
  {
    using _ = guard.acquire();
    if (inode.locks !== null) return inode.locks;
  }
  const fresh = create(FileLocks);
  if (fresh === null) return null;
  let existing: FileLocks | null = null;
  {
    using _ = guard.acquire();
    existing = inode.locks;
    if (existing === null) inode.locks = fresh;
  }
  if (existing === null) return fresh;
  destroy(fresh);
  return existing;
}

function announce(): void {
  changes.count.add(1);
  changes.queue.wakeAll(0);
}

/**
 * Locks a range of bytes for an owner, or unlocks it. Sleeps when it may wait.
 * @returns AGAIN when another one has it; NOLCK: no memory; RESTARTSYS: a signal came
 */
export function lockRecord(inode: Inode, owner: u64, kind: LockKind, start: u64, end: u64, mayWait: boolean): Errno {
  if (kind === LockKind.None && inode.locks === null) return Errno.NONE;
  const locks = locksOf(inode);
  if (locks === null) return Errno.NOLCK;
  for (;;) {
    const seen = changes.count.load();
    const error = tryRecord(locks, owner, kind, start, end);
    // A lock that was given up, or became shared, may be what somebody waits for.
    if (error === Errno.NONE && kind !== LockKind.Exclusive) announce();
    if (error !== Errno.AGAIN || !mayWait) return error;
    if (changes.queue.wait(() => changes.count.load() !== seen) !== WakeReason.Woken) return Errno.RESTARTSYS;
  }
}

function tryRecord(locks: FileLocks, owner: u64, kind: LockKind, start: u64, end: u64): Errno {
  using _ = guard.acquire();
  if (kind !== LockKind.None && locks.records.conflict(owner, kind, start, end) !== null) return Errno.AGAIN;
  return locks.records.change(owner, kind, start, end) ? Errno.NONE : Errno.NOLCK;
}

/** Finds what keeps an owner from a record lock. @returns false when nothing does */
export function findConflict(inode: Inode, owner: u64, kind: LockKind, start: u64, end: u64, into: LockConflict): boolean {
  using _ = guard.acquire();
  const locks = inode.locks;
  if (locks === null) return false;
  const lock = locks.records.conflict(owner, kind, start, end);
  if (lock === null) return false;
  into.kind = lock.kind;
  into.start = lock.start;
  into.end = lock.end;
  into.isProcess = lock.owner === PROCESS_OWNER;
  return true;
}

/** flock(2): an open file's lock on the whole file. A change of kind gives the old lock up first. Errors as {@link lockRecord}. */
export function lockWhole(open: OpenFile, kind: LockKind, mayWait: boolean): Errno {
  const inode = open.dentry.inode;
  if (kind === LockKind.None && inode.locks === null) return Errno.NONE;
  const locks = locksOf(inode);
  if (locks === null) return Errno.NOLCK;
  for (;;) {
    const seen = changes.count.load();
    const [error, gaveUp] = tryWhole(locks, addressOf(open), kind);
    if (gaveUp) announce();
    if (error !== Errno.AGAIN || !mayWait) return error;
    const before = gaveUp ? seen + 1 : seen;
    if (changes.queue.wait(() => changes.count.load() !== before) !== WakeReason.Woken) return Errno.RESTARTSYS;
  }
}

/** @returns how it ended, and whether a lock was given up */
function tryWhole(locks: FileLocks, owner: u64, kind: LockKind): [Errno, boolean] {
  using _ = guard.acquire();
  if (kind !== LockKind.None && locks.wholes.kindAt(owner, 0) === kind) return [Errno.NONE, false];
  const gaveUp = locks.wholes.forget(owner);
  if (kind === LockKind.None) return [Errno.NONE, gaveUp];
  if (locks.wholes.conflict(owner, kind, 0, LAST_BYTE) !== null) return [Errno.AGAIN, gaveUp];
  return [locks.wholes.change(owner, kind, 0, LAST_BYTE) ? Errno.NONE : Errno.NOLCK, gaveUp];
}

/** Gives up the locks of an open file that closes for good. */
export function forgetOpenLocks(open: OpenFile, locks: FileLocks): void {
  let had = false;
  {
    using _ = guard.acquire();
    had = locks.wholes.forget(addressOf(open));
    if (locks.records.forget(addressOf(open))) had = true;
  }
  if (had) announce();
}

/** Gives up the process's records of a file: one of its descriptors was closed (fcntl(2)). */
export function forgetProcessLocks(locks: FileLocks): void {
  let had = false;
  {
    using _ = guard.acquire();
    had = locks.records.forget(PROCESS_OWNER);
  }
  if (had) announce();
}

/** Frees the locks of an inode that goes. */
export function freeLocks(locks: FileLocks): void {
  locks.records.clear();
  locks.wholes.clear();
  destroy(locks);
}
