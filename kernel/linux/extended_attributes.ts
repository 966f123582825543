// Extended attributes: setxattr(2), getxattr(2), listxattr(2), removexattr(2) and their relatives for links and descriptors.
// The files of memory file systems have them (fs/extended_attributes.ts), in the spaces user, trusted and security, as Linux's
// tmpfs has; other file systems answer OPNOTSUPP. What is checked in which order is Linux's fs/xattr.c.

import { addressOf, sliceAt } from "unsafe";
import { AT_CURRENT_DIRECTORY, FileSystemMagic } from "../fs/abi.ts";
import { type Dentry, sameName } from "../fs/dentry.ts";
import {
  getAttribute,
  listAttributes,
  NO_ATTRIBUTE,
  removeAttribute,
  setAttribute,
  TOO_SHORT,
} from "../fs/extended_attributes.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { Inode } from "../fs/inode.ts";
import { Notice, noteFile } from "../fs/inotify.ts";
import { nameLock } from "../fs/names.ts";
import { WalkFlag } from "../fs/path.ts";
import { now } from "../fs/time.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { copyFromUser, copyToUser, readUserString, type UserPointer } from "../mm/user_memory.ts";
import { PathCall } from "./path_call.ts";

const CURRENT = u64(AT_CURRENT_DIRECTORY);
/** XATTR_NAME_MAX, XATTR_SIZE_MAX and XATTR_LIST_MAX (linux/limits.h). */
const NAME_SIZE = 256;
const VALUE_MAX = 65536;
const LIST_MAX = 65536;

/** What a call is about, with a reference, or why there is nothing. */
class Target {
  inode: Inode | null = null;
  private dentry: Dentry | null = null;
  error: Errno = Errno.NONE;

  findPath(path: u64, follow: boolean): void {
    const call = new PathCall();
    using _call = call;
    this.error = call.begin(CURRENT, path);
    if (this.error !== Errno.NONE) return;
    using _names = nameLock.acquire();
    this.error = call.resolve(follow ? u32(WalkFlag.Follow) : 0);
    if (this.error === Errno.NONE) this.keep(call.walk.dentry!);
  }

  findDescriptor(descriptor: u64): void {
    const open = acquireFile(u32(descriptor));
    if (open === null) {
      this.error = Errno.BADF;
      return;
    }
    if (open.pathOnly) this.error = Errno.BADF;
    else this.keep(open.dentry);
    open.release();
  }

  private keep(dentry: Dentry): void {
    dentry.retain();
    this.dentry = dentry;
    this.inode = dentry.inode;
  }

  /** An attribute was set or removed. */
  noteChange(): void {
    const dentry = this.dentry!;
    dentry.inode.changed = now();
    noteFile(dentry, Notice.Attributes);
  }

  [Symbol.dispose](): void {
    const dentry = this.dentry;
    if (dentry !== null) dentry.release();
  }
}

/** A name as the application gives it. */
class AttributeName {
  private readonly storage!: FixedArray<u8, 256>;
  private length: usize = 0;

  /** RANGE: it is empty, or longer than a name may be. */
  read(address: u64): Errno {
    const result = readUserString(address as UserPointer, this.storage.slice(0, NAME_SIZE));
    if (!result.ok) return result.error === Errno.NAMETOOLONG ? Errno.RANGE : result.error;
    this.length = result.value;
    return this.length === 0 ? Errno.RANGE : Errno.NONE;
  }

  text(): Slice<u8> {
    return this.storage.slice(0, this.length);
  }

  private startsWith(prefix: string): boolean {
    const start = bytes(prefix);
    return this.length >= start.length && sameName(this.storage.slice(0, start.length), start);
  }

  /** Whether an inode can have an attribute of this name. */
  check(inode: Inode, writes: boolean): Errno {
    const isUser = this.startsWith("user.");
    // Users' attributes are for what users' rights are for.
    if (isUser && !inode.isRegular() && !inode.isDirectory()) return writes ? Errno.PERM : Errno.NODATA;
    if (inode.fileSystem.magic !== FileSystemMagic.Tmpfs) return Errno.OPNOTSUPP;
    if (isUser) return this.length > 5 ? Errno.NONE : Errno.INVAL;
    if (this.startsWith("trusted.")) return this.length > 8 ? Errno.NONE : Errno.INVAL;
    if (this.startsWith("security.")) return this.length > 9 ? Errno.NONE : Errno.INVAL;
    // Access control lists are not kept: no file has one.
    if (this.startsWith("system.posix_acl_")) return writes ? Errno.OPNOTSUPP : Errno.NODATA;
    return Errno.OPNOTSUPP;
  }
}

// ---- set ------------------------------------------------------------------------------------------------------------

/** A value on its way from the application; `using` frees it. */
class Value {
  bytes: Slice<u8> | null = null;

  read(address: u64, size: u64): Errno {
    if (size === 0) return Errno.NONE;
    const buffer = createArray<u8>(size);
    if (buffer === null) return Errno.NOMEM;
    this.bytes = buffer;
    return copyFromUser(buffer, address as UserPointer);
  }

  [Symbol.dispose](): void {
    const buffer = this.bytes;
    if (buffer !== null) destroyArray(buffer);
  }
}

/** What setxattr is told of the attribute. */
class Setting {
  readonly name = new AttributeName();
  readonly value = new Value();
  flags: u32 = 0;

  read(name: u64, value: u64, size: u64, flags: u64): Errno {
    if ((u32(flags) & ~u32(3)) !== 0) return Errno.INVAL;
    this.flags = u32(flags);
    const error = this.name.read(name);
    if (error !== Errno.NONE) return error;
    return size > VALUE_MAX ? Errno.TOOBIG : this.value.read(value, size);
  }

  [Symbol.dispose](): void {
    this.value[Symbol.dispose]();
  }
}

function set(target: Target, setting: Setting): i64 {
  const inode = target.inode;
  if (inode === null) return errorCode(target.error);
  let error = setting.name.check(inode, true);
  if (error === Errno.NONE) error = setAttribute(inode, setting.name.text(), setting.value.bytes ?? bytes(""), setting.flags);
  if (error === Errno.NONE) target.noteChange();
  return errorCode(error);
}

function setPath(path: u64, name: u64, value: u64, size: u64, flags: u64, follow: boolean): i64 {
  const setting = new Setting();
  using _setting = setting;
  const error = setting.read(name, value, size, flags);
  if (error !== Errno.NONE) return errorCode(error);
  const target = new Target();
  using _target = target;
  target.findPath(path, follow);
  return set(target, setting);
}

/** setxattr(2) */
export function sysSetxattr(path: u64, name: u64, value: u64, size: u64, flags: u64): i64 {
  return setPath(path, name, value, size, flags, true);
}

/** lsetxattr(2) */
export function sysLsetxattr(path: u64, name: u64, value: u64, size: u64, flags: u64): i64 {
  return setPath(path, name, value, size, flags, false);
}

/** fsetxattr(2) */
export function sysFsetxattr(descriptor: u64, name: u64, value: u64, size: u64, flags: u64): i64 {
  const setting = new Setting();
  using _setting = setting;
  const error = setting.read(name, value, size, flags);
  if (error !== Errno.NONE) return errorCode(error);
  const target = new Target();
  using _target = target;
  target.findDescriptor(descriptor);
  return set(target, setting);
}

// ---- get ------------------------------------------------------------------------------------------------------------

/** What a call fills for the application: `size` bytes, or nothing when only a length is asked for. */
type Fill = (into: Slice<u8>) => i64;

/** Fills a buffer of the kernel and copies it out. */
function answer(address: u64, size: u64, limit: u64, fill: Fill): i64 {
  const length = minimum(size, limit);
  // Safe: a slice of no bytes.
  if (length === 0) return resultOf(fill(sliceAt<u8>(addressOf(empty), 0)));
  const buffer = createArray<u8>(length);
  if (buffer === null) return errorCode(Errno.NOMEM);
  let result = resultOf(fill(buffer));
  if (result > 0) {
    const error = copyToUser(address as UserPointer, buffer.slice(0, u64(result)));
    if (error !== Errno.NONE) result = errorCode(error);
  }
  destroyArray(buffer);
  return result;
}

class Empty {
  byte: u8 = 0;
}

const empty = new Empty();

function resultOf(result: i64): i64 {
  if (result === NO_ATTRIBUTE) return errorCode(Errno.NODATA);
  return result === TOO_SHORT ? errorCode(Errno.RANGE) : result;
}

function get(target: Target, name: AttributeName, address: u64, size: u64): i64 {
  const inode = target.inode;
  if (inode === null) return errorCode(target.error);
  const error = name.check(inode, false);
  if (error !== Errno.NONE) return errorCode(error);
  return answer(address, size, VALUE_MAX, (into) => getAttribute(inode, name.text(), into));
}

function getPath(path: u64, nameAddress: u64, address: u64, size: u64, follow: boolean): i64 {
  const name = new AttributeName();
  const error = name.read(nameAddress);
  if (error !== Errno.NONE) return errorCode(error);
  const target = new Target();
  using _target = target;
  target.findPath(path, follow);
  return get(target, name, address, size);
}

/** getxattr(2) */
export function sysGetxattr(path: u64, name: u64, address: u64, size: u64): i64 {
  return getPath(path, name, address, size, true);
}

/** lgetxattr(2) */
export function sysLgetxattr(path: u64, name: u64, address: u64, size: u64): i64 {
  return getPath(path, name, address, size, false);
}

/** fgetxattr(2) */
export function sysFgetxattr(descriptor: u64, nameAddress: u64, address: u64, size: u64): i64 {
  const name = new AttributeName();
  const error = name.read(nameAddress);
  if (error !== Errno.NONE) return errorCode(error);
  const target = new Target();
  using _target = target;
  target.findDescriptor(descriptor);
  return get(target, name, address, size);
}

// ---- list -----------------------------------------------------------------------------------------------------------

function list(target: Target, address: u64, size: u64): i64 {
  const inode = target.inode;
  if (inode === null) return errorCode(target.error);
  return answer(address, size, LIST_MAX, (into) => listAttributes(inode, into));
}

/** listxattr(2) */
export function sysListxattr(path: u64, address: u64, size: u64): i64 {
  const target = new Target();
  using _target = target;
  target.findPath(path, true);
  return list(target, address, size);
}

/** llistxattr(2) */
export function sysLlistxattr(path: u64, address: u64, size: u64): i64 {
  const target = new Target();
  using _target = target;
  target.findPath(path, false);
  return list(target, address, size);
}

/** flistxattr(2) */
export function sysFlistxattr(descriptor: u64, address: u64, size: u64): i64 {
  const target = new Target();
  using _target = target;
  target.findDescriptor(descriptor);
  return list(target, address, size);
}

// ---- remove ---------------------------------------------------------------------------------------------------------

function remove(target: Target, name: AttributeName): i64 {
  const inode = target.inode;
  if (inode === null) return errorCode(target.error);
  let error = name.check(inode, true);
  if (error === Errno.NONE) error = removeAttribute(inode, name.text());
  if (error === Errno.NONE) target.noteChange();
  return errorCode(error);
}

function removePath(path: u64, nameAddress: u64, follow: boolean): i64 {
  const name = new AttributeName();
  const error = name.read(nameAddress);
  if (error !== Errno.NONE) return errorCode(error);
  const target = new Target();
  using _target = target;
  target.findPath(path, follow);
  return remove(target, name);
}

/** removexattr(2) */
export function sysRemovexattr(path: u64, name: u64): i64 {
  return removePath(path, name, true);
}

/** lremovexattr(2) */
export function sysLremovexattr(path: u64, name: u64): i64 {
  return removePath(path, name, false);
}

/** fremovexattr(2) */
export function sysFremovexattr(descriptor: u64, nameAddress: u64): i64 {
  const name = new AttributeName();
  const error = name.read(nameAddress);
  if (error !== Errno.NONE) return errorCode(error);
  const target = new Target();
  using _target = target;
  target.findDescriptor(descriptor);
  return remove(target, name);
}
