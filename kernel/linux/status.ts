// What a file is: stat(2), fstat(2), lstat(2), newfstatat(2), statx(2), statfs(2).

import { AT_CURRENT_DIRECTORY, AtFlag, FileSystemMagic, NAME_MAX, PAGE_SIZE } from "../fs/abi.ts";
import type { Dentry } from "../fs/dentry.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { Inode } from "../fs/inode.ts";
import { nameLock } from "../fs/names.ts";
import { WalkFlag } from "../fs/path.ts";
import { availableSpace } from "../fs/tmpfs_space.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { totalMemory } from "../mm/frames.ts";
import { readUser8, type UserPointer } from "../mm/user_memory.ts";
import { PathCall } from "./path_call.ts";
import { writeUserObject } from "./user_object.ts";

const CURRENT = u64(AT_CURRENT_DIRECTORY);
const NANOSECONDS = 1_000_000_000;

/** struct stat of x86-64 (asm/stat.h). @size 144 */
class FileStatus {
  device: u64 = 0;
  inode: u64 = 0;
  links: u64 = 0;
  mode: u32 = 0;
  owner: u32 = 0;
  group: u32 = 0;
  padding: u32 = 0;
  deviceOfFile: u64 = 0;
  size: u64 = 0;
  blockSize: u64 = 0;
  blocks: u64 = 0;
  accessedSeconds: i64 = 0;
  accessedNanoseconds: u64 = 0;
  modifiedSeconds: i64 = 0;
  modifiedNanoseconds: u64 = 0;
  changedSeconds: i64 = 0;
  changedNanoseconds: u64 = 0;
  readonly reserved!: FixedArray<u64, 3>;
}

function fillStatus(status: FileStatus, inode: Inode): void {
  status.device = inode.fileSystem.device;
  status.inode = inode.number;
  status.links = u64(inode.links);
  status.mode = inode.mode;
  status.owner = inode.owner;
  status.group = inode.group;
  status.deviceOfFile = inode.device;
  status.size = inode.size;
  status.blockSize = PAGE_SIZE;
  status.blocks = inode.blocks();
  status.accessedSeconds = secondsOf(inode.accessed);
  status.accessedNanoseconds = nanosecondsOf(inode.accessed);
  status.modifiedSeconds = secondsOf(inode.modified);
  status.modifiedNanoseconds = nanosecondsOf(inode.modified);
  status.changedSeconds = secondsOf(inode.changed);
  status.changedNanoseconds = nanosecondsOf(inode.changed);
}

/** Whole seconds, rounded towards the past. */
function secondsOf(time: i64): i64 {
  const seconds = time / NANOSECONDS;
  return time % NANOSECONDS < 0 ? seconds - 1 : seconds;
}

function nanosecondsOf(time: i64): u64 {
  const rest = time % NANOSECONDS;
  return u64(rest < 0 ? rest + NANOSECONDS : rest);
}

/** stat(2) */
export function sysStat(path: u64, address: u64): i64 {
  return statusOfPath(CURRENT, path, address, 0);
}

/** lstat(2) */
export function sysLstat(path: u64, address: u64): i64 {
  return statusOfPath(CURRENT, path, address, AtFlag.SymlinkNoFollow);
}

/** fstat(2) */
export function sysFstat(descriptor: u64, address: u64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const status = new FileStatus();
  fillStatus(status, open.dentry.inode);
  open.release();
  return errorCode(writeUserObject(address, status));
}

const STAT_FLAGS = AtFlag.SymlinkNoFollow | AtFlag.NoAutomount | AtFlag.EmptyPath | AtFlag.ForceSync | AtFlag.DontSync;

/** newfstatat(2) */
export function sysNewfstatat(directory: u64, path: u64, address: u64, flags: u64): i64 {
  const how = u32(flags);
  if ((how & ~u32(STAT_FLAGS)) !== 0) return errorCode(Errno.INVAL);
  // The C library's fstat is this call with an empty path.
  if ((how & AtFlag.EmptyPath) !== 0 && i32(directory) >= 0) {
    const first = readUser8(path as UserPointer);
    if (first.ok && first.value === 0) return sysFstat(directory, address);
  }
  return statusOfPath(directory, path, address, how);
}

function statusOfPath(directory: u64, path: u64, address: u64, flags: u32): i64 {
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(directory, path, (flags & AtFlag.EmptyPath) !== 0);
  if (begun !== Errno.NONE) return errorCode(begun);
  const status = new FileStatus();
  {
    using _names = nameLock.acquire();
    const error = call.resolve((flags & AtFlag.SymlinkNoFollow) !== 0 ? 0 : u32(WalkFlag.Follow));
    if (error !== Errno.NONE) return errorCode(error);
    fillStatus(status, call.walk.dentry!.inode);
  }
  return errorCode(writeUserObject(address, status));
}

/** struct statx_timestamp. @size 16 */
class ExtendedTime {
  seconds: i64 = 0;
  nanoseconds: u32 = 0;
  reserved: i32 = 0;

  set(time: i64): void {
    this.seconds = secondsOf(time);
    this.nanoseconds = u32(nanosecondsOf(time));
  }
}

/** struct statx (linux/stat.h). @size 256 */
class ExtendedStatus {
  mask: u32 = 0;
  blockSize: u32 = 0;
  attributes: u64 = 0;
  links: u32 = 0;
  owner: u32 = 0;
  group: u32 = 0;
  mode: u16 = 0;
  padding: u16 = 0;
  inode: u64 = 0;
  size: u64 = 0;
  blocks: u64 = 0;
  attributesMask: u64 = 0;
  readonly accessed = new ExtendedTime();
  readonly created = new ExtendedTime();
  readonly changed = new ExtendedTime();
  readonly modified = new ExtendedTime();
  majorOfFile: u32 = 0;
  minorOfFile: u32 = 0;
  major: u32 = 0;
  minor: u32 = 0;
  mount: u64 = 0;
  readonly reserved!: FixedArray<u64, 13>;
}

/** STATX_BASIC_STATS and STATX_BTIME: all that is known. */
const KNOWN_FIELDS = 0xfff;
/** STATX_MNT_ID and STATX_MNT_ID_UNIQUE. */
const MOUNT = 0x1000;
const UNIQUE_MOUNT = 0x4000;
/** STATX_ATTR_MOUNT_ROOT; and with it STATX_ATTR_AUTOMOUNT and STATX_ATTR_DAX, which no file here has. */
const ATTRIBUTE_MOUNT_ROOT = 0x2000;
const KNOWN_ATTRIBUTES = 0x20_3000;
/** STATX__RESERVED */
const RESERVED_FIELD = 0x8000_0000;

/** statx(2) */
export function sysStatx(directory: u64, path: u64, flags: u64, mask: u64, address: u64): i64 {
  const how = u32(flags);
  if ((how & ~u32(STAT_FLAGS)) !== 0 || (u32(mask) & RESERVED_FIELD) !== 0) return errorCode(Errno.INVAL);
  if ((how & AtFlag.ForceSync) !== 0 && (how & AtFlag.DontSync) !== 0) return errorCode(Errno.INVAL);
  const call = new PathCall();
  using _call = call;
  const mayBeEmpty = (how & AtFlag.EmptyPath) !== 0;
  const begun = path === 0 && mayBeEmpty ? call.beginEmpty(directory) : call.begin(directory, path, mayBeEmpty);
  if (begun !== Errno.NONE) return errorCode(begun);
  const status = new ExtendedStatus();
  {
    using _names = nameLock.acquire();
    const error = call.resolve((how & AtFlag.SymlinkNoFollow) !== 0 ? 0 : u32(WalkFlag.Follow));
    if (error !== Errno.NONE) return errorCode(error);
    fillExtended(status, call.walk.dentry!, u32(mask));
  }
  return errorCode(writeUserObject(address, status));
}

function fillExtended(status: ExtendedStatus, dentry: Dentry, mask: u32): void {
  const inode = dentry.inode;
  // One number serves as the mount's, the reused and the unique one.
  status.mask = KNOWN_FIELDS | ((mask & UNIQUE_MOUNT) !== 0 ? UNIQUE_MOUNT : MOUNT);
  status.mount = inode.fileSystem.device;
  status.attributes = dentry.isMountPoint ? ATTRIBUTE_MOUNT_ROOT : 0;
  status.attributesMask = KNOWN_ATTRIBUTES;
  status.blockSize = PAGE_SIZE;
  status.links = inode.links;
  status.owner = inode.owner;
  status.group = inode.group;
  status.mode = u16(inode.mode);
  status.inode = inode.number;
  status.size = inode.size;
  status.blocks = inode.blocks();
  status.accessed.set(inode.accessed);
  status.created.set(inode.created);
  status.changed.set(inode.changed);
  status.modified.set(inode.modified);
  status.majorOfFile = u32(inode.device >> 8);
  status.minorOfFile = u32(inode.device & 0xff);
  status.major = u32(inode.fileSystem.device >> 8);
  status.minor = u32(inode.fileSystem.device & 0xff);
}

/** struct statfs of x86-64. @size 120 */
class FileSystemStatus {
  type: u64 = 0;
  blockSize: u64 = PAGE_SIZE;
  blocks: u64 = 0;
  freeBlocks: u64 = 0;
  availableBlocks: u64 = 0;
  files: u64 = 0;
  freeFiles: u64 = 0;
  identifier: u64 = 0;
  nameLength: u64 = NAME_MAX;
  fragmentSize: u64 = PAGE_SIZE;
  flags: u64 = 0;
  readonly reserved!: FixedArray<u64, 4>;
}

/** ST_VALID, which says that `flags` mean something, and ST_NOATIME. */
const STATFS_FLAGS = 0x0420;

function fillFileSystem(status: FileSystemStatus, inode: Inode): void {
  const fileSystem = inode.fileSystem;
  status.type = u64(fileSystem.magic);
  status.identifier = fileSystem.device;
  status.flags = STATFS_FLAGS;
  if (fileSystem.magic !== FileSystemMagic.Tmpfs) return;
  // All memory file systems share the memory.
  status.blocks = totalMemory() / PAGE_SIZE;
  status.freeBlocks = availableSpace() / PAGE_SIZE;
  status.availableBlocks = status.freeBlocks;
  status.files = status.blocks;
  status.freeFiles = status.freeBlocks;
}

/** statfs(2) */
export function sysStatfs(path: u64, address: u64): i64 {
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(CURRENT, path);
  if (begun !== Errno.NONE) return errorCode(begun);
  const status = new FileSystemStatus();
  {
    using _names = nameLock.acquire();
    const error = call.resolve(WalkFlag.Follow);
    if (error !== Errno.NONE) return errorCode(error);
    fillFileSystem(status, call.walk.dentry!.inode);
  }
  return errorCode(writeUserObject(address, status));
}

/** fstatfs(2) */
export function sysFstatfs(descriptor: u64, address: u64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const status = new FileSystemStatus();
  fillFileSystem(status, open.dentry.inode);
  open.release();
  return errorCode(writeUserObject(address, status));
}
