// Opening and closing files: open(2), openat(2), openat2(2), creat(2), close(2), close_range(2), memfd_create(2), umask(2).

import { Writer } from "prelude/writer.ts";
import { AT_CURRENT_DIRECTORY, Mode, OpenFlag, PAGE_SIZE, Seal } from "../fs/abi.ts";
import { createDentry, type Dentry } from "../fs/dentry.ts";
import { forgetProcessLocks } from "../fs/file_locks.ts";
import {
  acquireFile,
  cancelDescriptor,
  DESCRIPTORS_MAX,
  installFile,
  nextOpenDescriptor,
  removeFile,
  reserveDescriptor,
  setCloseOnExec,
} from "../fs/file_table.ts";
import type { FileSystem, Inode } from "../fs/inode.ts";
import { filesAreWatched, Notice, noteFile } from "../fs/inotify.ts";
import { nameLock } from "../fs/names.ts";
import { type OpenFile, openDentry } from "../fs/open_file.ts";
import { LastPart, WalkFlag } from "../fs/path.ts";
import { takePathBuffer } from "../fs/path_buffer.ts";
import { processInformation } from "../fs/process_information.ts";
import { memoryFileSystem } from "../fs/root.ts";
import { now } from "../fs/time.ts";
import { makeMemoryFile } from "../fs/tmpfs.ts";
import { createNode, inheritGroup } from "../fs/tree.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { readUser8, type UserPointer } from "../mm/user_memory.ts";
import { Resource, softLimit } from "./limits.ts";
import { PathCall } from "./path_call.ts";
import { readUserObject } from "./user_object.ts";

/** Flags that an open file with O_PATH keeps. */
const PATH_FLAGS = OpenFlag.Path | OpenFlag.Directory | OpenFlag.NoFollow | OpenFlag.CloseOnExec;
/** Flags that say what to do while opening, and are not the open file's. */
const OPENING_FLAGS =
  OpenFlag.Create | OpenFlag.Exclusive | OpenFlag.NoControllingTerminal | OpenFlag.Truncate | OpenFlag.CloseOnExec;
const KNOWN_FLAGS = 0o37777703;
const LARGE_FILE = 0o100000;

let creationMask: u32 = 0o022;

/** The permission bits that new files do not get. */
export function maskOff(mode: u32): u32 {
  return mode & ~creationMask;
}

/** The bits that new files do not get, as /proc shows them. */
export function creationMaskNow(): u32 {
  return creationMask;
}

/** umask(2) */
export function sysUmask(mask: u64): i64 {
  const before = creationMask;
  creationMask = u32(mask) & 0o777;
  return i64(before);
}

/** Reserves the lowest free descriptor within RLIMIT_NOFILE. */
export function newDescriptor(from: u32 = 0): Result<u32> {
  return reserveDescriptor(from, softLimit(Resource.OpenFiles));
}

/** Gives an open file a descriptor, and the table the caller's reference. @returns the descriptor or -errno */
export function installNew(open: OpenFile, closeOnExec: boolean): i64 {
  const descriptor = newDescriptor();
  if (!descriptor.ok) {
    open.release();
    return errorCode(descriptor.error);
  }
  installFile(descriptor.value, open, closeOnExec);
  return i64(descriptor.value);
}

/** Does something with the open file of a descriptor; -EBADF without one. */
export function withOpen(descriptor: u64, action: (open: OpenFile) => i64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const result = action(open);
  open.release();
  return result;
}

/** open(2) */
export function sysOpen(path: u64, flags: u64, mode: u64): i64 {
  return openPath(u64(AT_CURRENT_DIRECTORY), path, u32(flags) | LARGE_FILE, u32(mode), 0);
}

/** creat(2) */
export function sysCreat(path: u64, mode: u64): i64 {
  const flags = OpenFlag.Create | OpenFlag.WriteOnly | OpenFlag.Truncate;
  return openPath(u64(AT_CURRENT_DIRECTORY), path, u32(flags) | LARGE_FILE, u32(mode), 0);
}

/** openat(2) */
export function sysOpenat(directory: u64, path: u64, flags: u64, mode: u64): i64 {
  return openPath(directory, path, u32(flags) | LARGE_FILE, u32(mode), 0);
}

/** RESOLVE_ flags of openat2(2) (linux/openat2.h). */
const enum Resolve {
  NoCrossing = 1,
  NoMagicLinks = 2,
  NoLinks = 4,
  Beneath = 8,
  InRoot = 16,
}

/** struct open_how. @size 24 */
export class OpenHow {
  flags: u64 = 0;
  mode: u64 = 0;
  resolve: u64 = 0;

  /** `resolve` as a union of WalkFlag. */
  walkFlags(): u32 {
    let flags: u32 = 0;
    if ((this.resolve & Resolve.NoCrossing) !== 0) flags |= WalkFlag.OneFileSystem;
    if ((this.resolve & Resolve.NoMagicLinks) !== 0) flags |= WalkFlag.NoJumps;
    if ((this.resolve & Resolve.NoLinks) !== 0) flags |= WalkFlag.NoLinks;
    if ((this.resolve & Resolve.Beneath) !== 0) flags |= WalkFlag.Beneath;
    if ((this.resolve & Resolve.InRoot) !== 0) flags |= WalkFlag.InRoot;
    return flags;
  }
}

/** openat2(2) */
export function sysOpenat2(directory: u64, path: u64, howAddress: u64, size: u64): i64 {
  const how = new OpenHow();
  const error = readOpenHow(how, howAddress, size);
  if (error !== Errno.NONE) return errorCode(error);
  return openPath(directory, path, u32(how.flags) | LARGE_FILE, u32(how.mode), how.walkFlags());
}

/** Reads and checks what openat2(2) is told. */
export function readOpenHow(how: OpenHow, howAddress: u64, size: u64): Errno {
  if (size < sizeOf<OpenHow>()) return Errno.INVAL;
  if (size > PAGE_SIZE) return Errno.TOOBIG;
  const rest = checkZeros(howAddress + sizeOf<OpenHow>(), size - sizeOf<OpenHow>());
  if (rest !== Errno.NONE) return rest;
  const error = readUserObject(how, howAddress);
  if (error !== Errno.NONE) return error;
  if ((how.flags & OpenFlag.Path) !== 0 && (how.flags & ~u64(PATH_FLAGS)) !== 0) return Errno.INVAL;
  if ((how.flags & ~u64(KNOWN_FLAGS)) !== 0 || (how.mode & ~u64(Mode.Permissions)) !== 0) return Errno.INVAL;
  const creates = (how.flags & (OpenFlag.Create | OpenFlag.TemporaryFile)) !== 0;
  if (how.mode !== 0 && !creates) return Errno.INVAL;
  if ((how.resolve & ~u64(31)) !== 0) return Errno.INVAL;
  const both = Resolve.Beneath | Resolve.InRoot;
  return (how.resolve & both) === u64(both) ? Errno.INVAL : Errno.NONE;
}

/** Fields of a newer struct: they must be zero. */
function checkZeros(address: u64, length: u64): Errno {
  for (let i: u64 = 0; i < length; i++) {
    const byte = readUser8((address + i) as UserPointer);
    if (!byte.ok) return byte.error;
    if (byte.value !== 0) return Errno.TOOBIG;
  }
  return Errno.NONE;
}

/** Whether the flags of an open go together: NONE or INVAL. */
function checkOpenFlags(flags: u32): Errno {
  const access = flags & OpenFlag.AccessMode;
  if ((flags & OpenFlag.TemporaryFile) !== 0) {
    if ((flags & OpenFlag.Directory) === 0 || access === OpenFlag.ReadOnly) return Errno.INVAL;
    if ((flags & OpenFlag.Create) !== 0) return Errno.INVAL;
  } else if ((flags & OpenFlag.Create) !== 0 && (flags & OpenFlag.Directory) !== 0) {
    return Errno.INVAL;
  }
  return Errno.NONE;
}

/** The open file of a path, without a descriptor: for a ring, which has a table of its own and does not wait for a FIFO's other end. */
export function openWithoutWaiting(directory: u64, path: u64, givenFlags: u32, mode: u32, walkFlags: u32): Result<OpenFile> {
  const checked = checkOpenFlags(givenFlags);
  if (checked !== Errno.NONE) return failure<OpenFile>(checked);
  let flags = givenFlags | LARGE_FILE;
  if ((flags & OpenFlag.Path) !== 0) flags &= PATH_FLAGS;
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(directory, path);
  if (begun !== Errno.NONE) return failure<OpenFile>(begun);
  const isPath = (flags & OpenFlag.Path) !== 0;
  const open = openResolved(call, isPath ? flags : flags | OpenFlag.NonBlocking, mode, walkFlags);
  if (open.ok && (flags & OpenFlag.NonBlocking) === 0) open.value.flags &= ~u32(OpenFlag.NonBlocking);
  return open;
}

function openPath(directory: u64, path: u64, givenFlags: u32, mode: u32, walkFlags: u32): i64 {
  const checked = checkOpenFlags(givenFlags);
  if (checked !== Errno.NONE) return errorCode(checked);
  const flags = (givenFlags & OpenFlag.Path) !== 0 ? givenFlags & PATH_FLAGS : givenFlags;
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(directory, path);
  if (begun !== Errno.NONE) return errorCode(begun);
  const descriptor = newDescriptor();
  if (!descriptor.ok) return errorCode(descriptor.error);
  const open = openResolved(call, flags, mode, walkFlags);
  if (!open.ok) {
    cancelDescriptor(descriptor.value);
    return errorCode(open.error);
  }
  installFile(descriptor.value, open.value, (flags & OpenFlag.CloseOnExec) !== 0);
  return i64(descriptor.value);
}

function openResolved(call: PathCall, flags: u32, mode: u32, walkFlags: u32): Result<OpenFile> {
  const fileFlags = flags & ~u32(OPENING_FLAGS);
  const found = findOrCreate(call, flags, mode, walkFlags);
  if (!found.ok) return failure<OpenFile>(found.error);
  // Outside the name lock: opening a FIFO waits for its other end.
  const dentry = found.value.dentry;
  const open = openDentry(dentry, fileFlags);
  dentry.release();
  if (!open.ok || (flags & OpenFlag.Truncate) === 0 || found.value.isNew || open.value.pathOnly) return noteOpen(open);
  const inode = dentry.inode;
  if (!inode.isRegular()) return noteOpen(open);
  const error = inode.resize(0);
  if (error === Errno.NONE) {
    noteFile(dentry, Notice.Modify);
    return noteOpen(open);
  }
  open.value.release();
  return failure<OpenFile>(error);
}

/** Tells those who watch a file that it was opened, if it was. */
function noteOpen(open: Result<OpenFile>): Result<OpenFile> {
  if (filesAreWatched() && open.ok && !open.value.pathOnly) noteFile(open.value.dentry, Notice.Open);
  return open;
}

/** A dentry with a reference, and whether this call made the file. */
type Found = { readonly dentry: Dentry; readonly isNew: boolean };

function findOrCreate(call: PathCall, flags: u32, mode: u32, walkFlags: u32): Result<Found> {
  const creates = (flags & OpenFlag.Create) !== 0;
  const exclusive = creates && (flags & OpenFlag.Exclusive) !== 0;
  let how = walkFlags;
  if ((flags & OpenFlag.NoFollow) === 0 && !exclusive) how |= WalkFlag.Follow;
  if (creates) how |= WalkFlag.MayBeMissing;

  using _ = nameLock.acquire();
  // A slash behind what is to be created can only mean a folder.
  if (creates && call.endsWithSlash()) {
    const parent = call.resolveLast(u32(WalkFlag.MayBeMissing));
    if (parent !== Errno.NONE) return failure<Found>(parent);
    if (call.walk.last === LastPart.Name) return failure<Found>(Errno.ISDIR);
  }
  const walked = call.resolve(how);
  if (walked !== Errno.NONE) return failure<Found>(walked);
  const existing = call.walk.dentry;
  if (existing === null) {
    const made = createNode(call.walk, Mode.Regular | maskOff(mode & Mode.Permissions), 0, bytes(""));
    // A file system that makes no folders says PERM, and one that makes no files, ACCES.
    if (!made.ok) return failure<Found>(made.error === Errno.PERM ? Errno.ACCES : made.error);
    made.value.retain();
    return success({ dentry: made.value, isNew: true });
  }

  if (exclusive) return failure<Found>(Errno.EXIST);
  const inode = existing.inode;
  if ((flags & OpenFlag.TemporaryFile) !== 0) return temporaryFile(existing, mode, (flags & OpenFlag.Exclusive) === 0);
  if ((flags & OpenFlag.Directory) !== 0 && !inode.isDirectory()) return failure<Found>(Errno.NOTDIR);
  if (inode.isLink() && (flags & OpenFlag.Path) === 0) return failure<Found>(Errno.LOOP);
  if (inode.isDirectory()) {
    const writes = (flags & OpenFlag.AccessMode) !== OpenFlag.ReadOnly || (flags & OpenFlag.Truncate) !== 0;
    if (creates || (writes && (flags & OpenFlag.Path) === 0)) return failure<Found>(Errno.ISDIR);
  }
  if (runsNow(inode) && (flags & OpenFlag.Path) === 0) {
    const writes = (flags & OpenFlag.AccessMode) !== OpenFlag.ReadOnly || (flags & OpenFlag.Truncate) !== 0;
    if (writes) return failure<Found>(Errno.TXTBSY);
  }
  existing.retain();
  return success({ dentry: existing, isNew: false });
}

/** Whether a file is the program that runs, which nobody may write meanwhile. */
function runsNow(inode: Inode): boolean {
  const program = processInformation.program;
  return program !== null && program.inode === inode;
}

/** A file without a name, in a folder's file system (O_TMPFILE). @param mayBeLinked linkat(2) can give it one */
function temporaryFile(directory: Dentry, mode: u32, mayBeLinked: boolean): Result<Found> {
  if (!directory.inode.isDirectory()) return failure<Found>(Errno.NOTDIR);
  const fileSystem = directory.inode.fileSystem;
  if (fileSystem.maker === null) return failure<Found>(Errno.OPNOTSUPP);
  const dentry = namelessFile(fileSystem, Mode.Regular | maskOff(mode & Mode.Permissions), "", bytes("#tmpfile"), "");
  if (dentry === null) return failure<Found>(Errno.NOSPC);
  directory.retain();
  dentry.parent = directory;
  dentry.inode.mayBeLinked = mayBeLinked;
  inheritGroup(directory.inode, dentry.inode);
  return success({ dentry, isNew: true });
}

/** A regular file in memory that no folder names. Null: no memory. */
function namelessFile(fileSystem: FileSystem, mode: u32, prefix: string, name: Slice<u8>, suffix: string): Dentry | null {
  const file = makeMemoryFile(fileSystem, mode, now());
  if (file === null) return null;
  const buffer = takePathBuffer();
  if (buffer === null) {
    file.inode.release();
    return null;
  }
  using _ = buffer;
  const writer = new Writer(buffer.whole());
  writer.text(prefix);
  writer.bytes(name);
  writer.text(suffix);
  const dentry = createDentry(writer.written(), file.inode);
  if (dentry === null) file.inode.release();
  return dentry;
}

/** Memory for several mappings: a file of a length that nobody can open. Null: no memory. @param name what /proc/self/maps shows */
export function makeSharedMemory(length: u64, name: string): Dentry | null {
  const dentry = namelessFile(memoryFileSystem(), Mode.Regular | 0o600, name, bytes(""), " (deleted)");
  if (dentry === null) return null;
  const inode = dentry.inode;
  if (inode.resize(length) === Errno.NONE) return dentry;
  dentry.release();
  return null;
}

/** Flags of memfd_create(2) (linux/memfd.h). */
const enum MemoryFileFlag {
  CloseOnExec = 1,
  AllowSealing = 2,
  HugePages = 4,
  NotExecutable = 8,
  Executable = 16,
}
const MEMORY_FILE_FLAGS =
  MemoryFileFlag.CloseOnExec | MemoryFileFlag.AllowSealing | MemoryFileFlag.NotExecutable | MemoryFileFlag.Executable;

const MEMORY_NAME_MAX = 249;

/** memfd_create(2). Huge pages are not offered (EINVAL, as without CONFIG_HUGETLBFS). */
export function sysMemfdCreate(name: u64, flags: u64): i64 {
  const given = u32(flags);
  if ((given & ~u32(MEMORY_FILE_FLAGS)) !== 0) return errorCode(Errno.INVAL);
  const isPlain = (given & MemoryFileFlag.NotExecutable) !== 0;
  if (isPlain && (given & MemoryFileFlag.Executable) !== 0) return errorCode(Errno.INVAL);
  const buffer = takePathBuffer();
  if (buffer === null) return errorCode(Errno.NOMEM);
  using _ = buffer;
  const error = buffer.read(name);
  if (error === Errno.NAMETOOLONG) return errorCode(Errno.INVAL);
  if (error !== Errno.NONE) return errorCode(error);
  if (buffer.length > MEMORY_NAME_MAX) return errorCode(Errno.INVAL);
  const permissions: u32 = isPlain ? 0o666 : 0o777;
  const dentry = namelessFile(memoryFileSystem(), Mode.Regular | permissions, "/memfd:", buffer.text(), " (deleted)");
  if (dentry === null) return errorCode(Errno.NOMEM);
  dentry.inode.seals = (given & MemoryFileFlag.AllowSealing) !== 0 ? 0 : u32(Seal.Seal);
  // What is never to be executed can be sealed, and is against becoming executable.
  if (isPlain) dentry.inode.seals = u32(Seal.Execute);
  const open = openDentry(dentry, OpenFlag.ReadWrite | LARGE_FILE);
  dentry.release();
  if (!open.ok) return errorCode(open.error);
  return installNew(open.value, (given & MemoryFileFlag.CloseOnExec) !== 0);
}

/** close(2) */
export function sysClose(descriptor: u64): i64 {
  const open = removeFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  closeDescriptor(open);
  return 0;
}

/** What closing a descriptor does, with the table's reference to its open file. */
export function closeDescriptor(open: OpenFile): void {
  // POSIX: with any descriptor of a file go all record locks of the process on it.
  const locks = open.dentry.inode.locks;
  if (locks !== null) forgetProcessLocks(locks);
  open.release();
}

const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOSE_ON_EXEC = 4;

/** close_range(2) */
export function sysCloseRange(first: u64, last: u64, flags: u64): i64 {
  const how = u32(flags);
  if ((how & ~u32(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOSE_ON_EXEC)) !== 0) return errorCode(Errno.INVAL);
  if (u32(first) > u32(last)) return errorCode(Errno.INVAL);
  const end = minimum(u64(u32(last)) + 1, u64(DESCRIPTORS_MAX));
  let descriptor = nextOpenDescriptor(u32(first));
  while (u64(descriptor) < end) {
    if ((how & CLOSE_RANGE_CLOSE_ON_EXEC) !== 0) {
      setCloseOnExec(descriptor, true);
    } else {
      const open = removeFile(descriptor);
      if (open !== null) closeDescriptor(open);
    }
    descriptor = nextOpenDescriptor(descriptor + 1);
  }
  return 0;
}
