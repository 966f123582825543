// The one tree of names: its root, the working folder, and the lock that guards it.
//
// `nameLock` is a sleeping lock over every dentry's place, every link count, and everything a walk reads. It is taken for a
// whole walk and for the change that follows, so that a call either sees a name or does not. It is the first file-system
// lock in the order, and application memory is never touched under it: paths are copied in before.
// Rejected: a lock for each folder. Renames would need an order between folders, and walks are short here: no process but
// one, and every name in memory.

import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { Mutex } from "../sched/mutex.ts";
import type { Dentry } from "./dentry.ts";

export const nameLock = new Mutex(LockOrder.Names);

let root: Dentry | null = null;
/** Where absolute paths begin: the root, until chroot(2). */
let processRootFolder: Dentry | null = null;
let working: Dentry | null = null;

/** The root folder. */
export function rootDentry(): Dentry {
  return root!;
}

/** Where absolute paths begin, and above which `..` does not lead. The name lock is held, or the caller only compares. */
export function processRoot(): Dentry {
  return processRootFolder!;
}

/** Makes absolute paths begin elsewhere (chroot(2)). The name lock is held. */
export function setProcessRoot(dentry: Dentry): void {
  const before = processRootFolder!;
  dentry.retain();
  processRootFolder = dentry;
  before.release();
}

/** The working folder. The name lock is held, or the caller only compares. */
export function workingDentry(): Dentry {
  return working!;
}

/** Sets the root, once; the working folder begins there. */
export function setRoot(dentry: Dentry): void {
  root = dentry;
  dentry.retain();
  processRootFolder = dentry;
  dentry.retain();
  working = dentry;
}

/** Changes the working folder. The name lock is held. */
export function setWorking(dentry: Dentry): void {
  const before = working!;
  dentry.retain();
  working = dentry;
  before.release();
}

/** Text of a path, written from the end of a buffer towards its beginning. */
export class PathText {
  private readonly storage: Slice<u8>;
  private start: usize;

  constructor(storage: Slice<u8>) {
    this.storage = storage;
    this.start = storage.length;
  }

  /** What was written. */
  text(): Slice<u8> {
    return this.storage.slice(this.start);
  }

  /** Puts bytes before what is there. False: there is no room. */
  prepend(part: Slice<u8>): boolean {
    if (part.length > this.start) return false;
    this.storage.slice(this.start - part.length, this.start).copyFrom(part);
    this.start -= part.length;
    return true;
  }
}

/**
 * Puts the path of a dentry from the root before what is there: `/a/b`, with ` (deleted)` behind it when the name is gone,
 * or the plain name of what never was in a folder (`pipe:[7]`). The name lock is held.
 * @returns NAMETOOLONG when it does not fit
 */
export function writePath(dentry: Dentry, path: PathText): Errno {
  const parent = dentry.parent;
  if (parent === null && dentry !== rootDentry()) return path.prepend(dentry.name) ? Errno.NONE : Errno.NAMETOOLONG;
  if (parent !== null && !dentry.linked && !path.prepend(bytes(" (deleted)"))) return Errno.NAMETOOLONG;

  let current = dentry;
  const top = processRoot();
  while (current.parent !== null && current !== top) {
    if (!path.prepend(current.name) || !path.prepend(bytes("/"))) return Errno.NAMETOOLONG;
    current = current.parent;
  }
  if (dentry === current && !path.prepend(bytes("/"))) return Errno.NAMETOOLONG;
  return Errno.NONE;
}
