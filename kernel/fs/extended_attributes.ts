// The extended attributes of one inode (xattr(7)): names with values, in the order of their names.
//
// Most files have none, so an inode has only a pointer here. Names and values are copies on the heap. A file has a few, of a
// few bytes: a list is right. One lock serves all inodes; it is held for a copy within the kernel and never longer.

import { Link, List } from "prelude/list.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { Mutex } from "../sched/mutex.ts";
import { sameName } from "./dentry.ts";
import type { Inode } from "./inode.ts";
import { mayGrow } from "./tmpfs_space.ts";

/** Flags of setxattr(2) (linux/xattr.h). */
export const enum AttributeFlag {
  Create = 1,
  Replace = 2,
}

class Attribute {
  readonly link = new Link<Attribute>();
  name!: Slice<u8>;
  value!: Slice<u8>;
}

export class AttributeList {
  readonly list = new List<Attribute>();
}

const lock = new Mutex(LockOrder.ExtendedAttributes);

/** Sets an attribute. @param flags of AttributeFlag. EXIST, NODATA as these say; NOSPC: no memory */
export function setAttribute(inode: Inode, name: Slice<u8>, value: Slice<u8>, flags: u32): Errno {
  if (!mayGrow()) return Errno.NOSPC;
  const copy = copyOf(value);
  if (copy === null) return Errno.NOSPC;
  const error = put(inode, name, copy, flags);
  if (error !== Errno.NONE) freeBytes(copy);
  return error;
}

/** Puts a value that the list takes over when there is no error. */
function put(inode: Inode, name: Slice<u8>, value: Slice<u8>, flags: u32): Errno {
  using _ = lock.acquire();
  const existing = find(inode, name);
  if (existing !== null) {
    if ((flags & AttributeFlag.Create) !== 0) return Errno.EXIST;
    freeBytes(existing.value);
    existing.value = value;
    return Errno.NONE;
  }
  if ((flags & AttributeFlag.Replace) !== 0) return Errno.NODATA;
  const all = inode.attributes ?? create(AttributeList);
  if (all === null) return Errno.NOSPC;
  inode.attributes = all;
  const nameCopy = copyOf(name);
  if (nameCopy === null) return Errno.NOSPC;
  const attribute = create(Attribute);
  if (attribute === null) {
    freeBytes(nameCopy);
    return Errno.NOSPC;
  }
  attribute.name = nameCopy;
  attribute.value = value;
  let after = all.list.first;
  while (after !== null && isBefore(after.name, name)) after = all.list.next(after);
  if (after === null) all.list.append(attribute);
  else all.list.insertBefore(attribute, after);
  return Errno.NONE;
}

/**
 * Copies an attribute's value to a buffer of the kernel.
 * @returns its length, also when the buffer is empty; -1: there is no such attribute; -2: the buffer is too short
 */
export function getAttribute(inode: Inode, name: Slice<u8>, into: Slice<u8>): i64 {
  using _ = lock.acquire();
  const attribute = find(inode, name);
  if (attribute === null) return NO_ATTRIBUTE;
  const value = attribute.value;
  if (into.length === 0) return i64(value.length);
  if (value.length > into.length) return TOO_SHORT;
  into.slice(0, value.length).copyFrom(value);
  return i64(value.length);
}

/** Answers of {@link getAttribute} and {@link listAttributes}. */
export const NO_ATTRIBUTE: i64 = -1;
export const TOO_SHORT: i64 = -2;

/** Writes all names, each with its NUL, to a buffer of the kernel. @returns their length, as {@link getAttribute} */
export function listAttributes(inode: Inode, into: Slice<u8>): i64 {
  using _ = lock.acquire();
  const all = inode.attributes;
  if (all === null) return 0;
  let length: u64 = 0;
  for (let attribute = all.list.first; attribute !== null; attribute = all.list.next(attribute)) {
    const name = attribute.name;
    const end = length + name.length + 1;
    if (into.length > 0) {
      if (end > into.length) return TOO_SHORT;
      into.slice(length, length + name.length).copyFrom(name);
      into[end - 1] = 0;
    }
    length = end;
  }
  return i64(length);
}

/** Removes an attribute. NODATA: there is none of the name. */
export function removeAttribute(inode: Inode, name: Slice<u8>): Errno {
  using _ = lock.acquire();
  const attribute = find(inode, name);
  if (attribute === null) return Errno.NODATA;
  inode.attributes!.list.remove(attribute);
  freeAttribute(attribute);
  return Errno.NONE;
}

/** Frees all attributes of an inode that goes. */
export function freeAttributes(all: AttributeList): void {
  for (let attribute = all.list.takeFirst(); attribute !== null; attribute = all.list.takeFirst()) freeAttribute(attribute);
  destroy(all);
}

function freeAttribute(attribute: Attribute): void {
  freeBytes(attribute.name);
  freeBytes(attribute.value);
  destroy(attribute);
}

/** The lock is held. */
function find(inode: Inode, name: Slice<u8>): Attribute | null {
  const all = inode.attributes;
  if (all === null) return null;
  let attribute = all.list.first;
  while (attribute !== null && !sameName(attribute.name, name)) attribute = all.list.next(attribute);
  return attribute;
}

/** Whether a name comes before another one, byte by byte. */
function isBefore(a: Slice<u8>, b: Slice<u8>): boolean {
  const shared = minimum(a.length, b.length);
  for (let i: usize = 0; i < shared; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return a.length < b.length;
}

/** A copy on the heap; of nothing, nothing. Null: no memory. */
function copyOf(text: Slice<u8>): Slice<u8> | null {
  if (text.length === 0) return NOTHING.slice(0, 0);
  const copy = createArray<u8>(text.length);
  if (copy !== null) copy.copyFrom(text);
  return copy;
}

function freeBytes(text: Slice<u8>): void {
  if (text.length > 0) destroyArray(text);
}

const NOTHING: FixedArray<u8, 1> = [0];
