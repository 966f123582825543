// A dentry: one name in one folder, and the inode it stands for. The dentries in memory form the tree that paths walk.
//
// Every child that is in memory is in one hash table, keyed by folder and name, and on its folder's list in order of
// creation. Its `offset` never changes while it is linked and is never given out twice in that folder, so that a listing
// that stopped goes on at the right place whatever was added or removed meanwhile.
//
// A linked dentry has one reference for its place in the folder; open files, working folders and children (for their
// parent) hold further ones. An unlinked dentry lives until the last of them goes: its inode and its parent stay readable.
// `linkDentry`, `unlinkDentry` and `findChild` need the name lock (names.ts); references do not.
// Rejected: a table for each folder. Most folders have a dozen children, and one table needs no growing.

import { HashEntry, HashTable, hashBytes, mixHash } from "prelude/hash_table.ts";
import { Link, List } from "prelude/list.ts";
import { addressOf } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import type { Inode } from "./inode.ts";
import { noteGone } from "./inotify.ts";

/** Who owns the memory of a dentry and of its name. */
export const enum DentryStorage {
  /** Dentry and name are on the heap and go with the last reference. */
  Heap = 0,
  /** The dentry is on the heap; the name belongs to the archive or to the kernel's text. */
  BorrowedName = 1,
  /** The dentry is part of another object, which the inode's content frees. */
  Embedded = 2,
}

/** Offsets below this one are `.` and `..` in a listing. */
const FIRST_OFFSET = 2;

export class Dentry {
  /** The place on the folder's list. */
  readonly link = new Link<Dentry>();
  /** The place in the table of names. */
  readonly entry = new HashEntry<Dentry>();
  name!: Slice<u8>;
  nameHash: u64 = 0;
  /** The folder; null for the root and for files without a name. */
  parent: Dentry | null = null;
  inode!: Inode;
  /** Of a folder: children in memory, in order of creation. */
  readonly children = new List<Dentry>();
  /** Of a folder: the offset for the next child. */
  nextOffset: u64 = FIRST_OFFSET;
  /** The place in a listing of the folder. */
  offset: u64 = 0;
  readonly references = new Atomic<u32>(1);
  storage: DentryStorage = DentryStorage.Heap;
  /** Whether it is in its folder; false for the root, for unlinked and for nameless files. */
  linked = false;
  /** Whether another file system begins here. */
  isMountPoint = false;

  /** For the table of names. */
  hash(): u64 {
    return this.nameHash;
  }

  /** @inline */
  retain(): void {
    this.references.add(1);
  }

  /** Takes a reference back; the last one frees the dentry and lets go of inode and parent. May sleep. */
  release(): void {
    if (this.references.subtract(1) === 1) freeDentry(this);
  }

  /** Whether this folder is `other` or lies below it. */
  isWithin(other: Dentry): boolean {
    let dentry: Dentry | null = this;
    while (dentry !== null) {
      if (dentry === other) return true;
      dentry = dentry.parent;
    }
    return false;
  }
}

const table = new HashTable<Dentry, 2048>();

function childHash(directory: Dentry, name: Slice<u8>): u64 {
  return hashBytes(name) ^ mixHash(addressOf(directory));
}

/** Whether two names are the same bytes. */
export function sameName(a: Slice<u8>, b: Slice<u8>): boolean {
  if (a.length !== b.length) return false;
  for (let i: usize = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** The child of a folder with a name, when it is in memory. No reference is taken. The name lock is held. */
export function findChild(directory: Dentry, name: Slice<u8>): Dentry | null {
  const hash = childHash(directory, name);
  let child = table.firstWithHash(hash);
  while (child !== null) {
    if (child.parent === directory && sameName(child.name, name)) return child;
    child = table.nextWithHash(child);
  }
  return null;
}

/**
 * A dentry on the heap, linked nowhere, with one reference for the caller. It takes over the caller's reference to the inode.
 * @param borrow the name outlives the dentry and is not copied
 * @returns null when there is no memory; the inode is then still the caller's
 */
export function createDentry(name: Slice<u8>, inode: Inode, borrow: boolean = false): Dentry | null {
  const dentry = create(Dentry);
  if (dentry === null) return null;
  dentry.inode = inode;
  if (borrow) {
    dentry.name = name;
    dentry.storage = DentryStorage.BorrowedName;
    return dentry;
  }
  const copy = copyName(name);
  if (copy === null) {
    destroy(dentry);
    return null;
  }
  dentry.name = copy;
  return dentry;
}

/** A copy of a name, which is not empty. */
function copyName(name: Slice<u8>): Slice<u8> | null {
  const copy = createArray<u8>(name.length);
  if (copy !== null) copy.copyFrom(name);
  return copy;
}

/** Puts a dentry into a folder that has no child of its name. The caller's reference becomes the folder's. The name lock is held. */
export function linkDentry(directory: Dentry, dentry: Dentry): void {
  directory.retain();
  dentry.parent = directory;
  dentry.nameHash = childHash(directory, dentry.name);
  dentry.offset = directory.nextOffset;
  directory.nextOffset++;
  dentry.linked = true;
  if (dentry.inode.knownAs === null) dentry.inode.knownAs = dentry;
  table.insert(dentry);
  directory.children.append(dentry);
}

/**
 * Takes a dentry out of its folder and drops the folder's reference to it. It keeps its name and its parent for those
 * that still hold it. The name lock is held.
 */
export function unlinkDentry(dentry: Dentry): void {
  detach(dentry);
  dentry.release();
}

function detach(dentry: Dentry): void {
  assert(dentry.linked, "dentry: it is not in a folder");
  table.remove(dentry);
  dentry.parent!.children.remove(dentry);
  dentry.linked = false;
}

/**
 * Moves a linked dentry to a folder and name where there is no child. The name lock is held.
 * @returns false when there is no memory for the name; nothing has changed then
 */
export function moveDentry(dentry: Dentry, directory: Dentry, name: Slice<u8>): boolean {
  const copy = copyName(name);
  if (copy === null) return false;
  const before = dentry.parent!;
  const nameBefore = dentry.name;
  const storageBefore = dentry.storage;
  detach(dentry);
  {
    using _ = placeLock.acquire();
    dentry.name = copy;
    dentry.storage = DentryStorage.Heap;
    dentry.parent = directory;
  }
  if (storageBefore === DentryStorage.Heap) destroyArray(nameBefore);
  linkDentry(directory, dentry);
  before.release();
  return true;
}

/** Exchanges the places of two linked dentries. The name lock is held. */
export function exchangeDentries(a: Dentry, b: Dentry): void {
  const parentOfA = a.parent!;
  const parentOfB = b.parent!;
  const nameOfA = a.name;
  const storageOfA = a.storage;
  detach(a);
  detach(b);
  {
    using _ = placeLock.acquire();
    a.name = b.name;
    a.storage = b.storage;
    a.parent = parentOfB;
    b.name = nameOfA;
    b.storage = storageOfA;
    b.parent = parentOfA;
  }
  linkDentry(parentOfB, a);
  linkDentry(parentOfA, b);
  parentOfA.release();
  parentOfB.release();
}

/** Held while a dentry changes its name and its folder, for those who read them without the name lock (inotify.ts). */
export const placeLock = new SpinLock(LockOrder.Places);

const knownLock = new SpinLock(LockOrder.Dentries);

/** The dentry that an inode is known as, with a reference; null when it is going or gone. Any context. */
export function retainKnown(inode: Inode): Dentry | null {
  using _ = knownLock.acquire();
  const dentry = inode.knownAs;
  if (dentry === null) return null;
  // A count of zero: freeDentry waits for the lock, to forget it.
  let references = dentry.references.load();
  while (references !== 0) {
    if (dentry.references.compareExchange(references, references + 1)) return dentry;
    references = dentry.references.load();
  }
  return null;
}

function forgetKnown(inode: Inode, dentry: Dentry): void {
  using _ = knownLock.acquire();
  if (inode.knownAs === dentry) inode.knownAs = null;
}

function freeDentry(dentry: Dentry): void {
  const inode = dentry.inode;
  const parent = dentry.parent;
  forgetKnown(inode, dentry);
  if (inode.links === 0 && inode.watches !== null) noteGone(inode);
  // An embedded dentry goes with its inode's content.
  switch (dentry.storage) {
    case DentryStorage.Heap:
      destroyArray(dentry.name);
      destroy(dentry);
      break;
    case DentryStorage.BorrowedName:
      destroy(dentry);
      break;
    case DentryStorage.Embedded:
      break;
  }
  inode.release();
  if (parent !== null) parent.release();
}
