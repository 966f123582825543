// The length of files and what is stored of them: truncate(2), fallocate(2), the fsync family, hints.
// Files live in memory: there is nothing to write back, and a sync is done when it is asked for.

import { AT_CURRENT_DIRECTORY, Mode } from "../fs/abi.ts";
import type { Dentry } from "../fs/dentry.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { Inode } from "../fs/inode.ts";
import { Notice, noteFile } from "../fs/inotify.ts";
import { nameLock } from "../fs/names.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { WalkFlag } from "../fs/path.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { currentThread } from "../sched/thread.ts";
import { Resource, softLimit } from "./limits.ts";
import { withOpen } from "./open.ts";
import { PathCall } from "./path_call.ts";
import { sendSignalToThread } from "./signal_send.ts";

const SIGXFSZ = 25;
/** FALLOC_FL_KEEP_SIZE. */
const KEEP_SIZE = 1;

/** Whether a file would grow beyond RLIMIT_FSIZE, which the thread then gets a signal for. */
function passesLimit(inode: Inode, length: u64): boolean {
  if (length <= inode.size || length <= softLimit(Resource.FileSize)) return false;
  sendSignalToThread(currentThread(), SIGXFSZ, 0, 0);
  return true;
}

/** truncate(2) */
export function sysTruncate(path: u64, length: u64): i64 {
  if (i64(length) < 0) return errorCode(Errno.INVAL);
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(u64(AT_CURRENT_DIRECTORY), path);
  if (begun !== Errno.NONE) return errorCode(begun);
  const name = findDentry(call);
  if (name === null) return errorCode(call.error);
  const found = name.inode;
  let error = Errno.NONE;
  if (found.isDirectory()) error = Errno.ISDIR;
  else if (!found.isRegular()) error = Errno.INVAL;
  else if (passesLimit(found, length)) error = Errno.FBIG;
  else error = found.resize(length);
  if (error === Errno.NONE) noteFile(name, Notice.Modify);
  name.release();
  return errorCode(error);
}

/** What a path names, with a reference; null: `call.error` says why. */
function findDentry(call: PathCall): Dentry | null {
  using _ = nameLock.acquire();
  call.error = call.resolve(WalkFlag.Follow);
  if (call.error !== Errno.NONE) return null;
  const dentry = call.walk.dentry!;
  dentry.retain();
  return dentry;
}

/** ftruncate(2) */
export function sysFtruncate(descriptor: u64, length: u64): i64 {
  if (i64(length) < 0) return errorCode(Errno.INVAL);
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const inode = open.dentry.inode;
  let error = Errno.NONE;
  if (open.pathOnly) error = Errno.BADF;
  else if (!inode.isRegular() || !open.writable) error = Errno.INVAL;
  else if (passesLimit(inode, length)) error = Errno.FBIG;
  else error = inode.resize(length);
  if (error === Errno.NONE) noteFile(open.dentry, Notice.Modify);
  open.release();
  return errorCode(error);
}

/** fallocate(2) */
export function sysFallocate(descriptor: u64, mode: u64, offset: u64, length: u64): i64 {
  return withOpen(descriptor, (open) => allocateIn(open, mode, offset, length));
}

/** {@link sysFallocate} of an open file. */
export function allocateIn(open: OpenFile, mode: u64, offset: u64, length: u64): i64 {
  const inode = open.dentry.inode;
  let error = Errno.NONE;
  if (i64(offset) < 0 || i64(length) <= 0) error = Errno.INVAL;
  else if (!open.writable) error = Errno.BADF;
  else if ((inode.mode & Mode.TypeMask) === Mode.Fifo) error = Errno.SPIPE;
  else if (!inode.isRegular()) error = Errno.NODEV;
  else if (i64(offset + length) < 0) error = Errno.FBIG;
  else if ((u32(mode) & KEEP_SIZE) === 0 && passesLimit(inode, offset + length)) error = Errno.FBIG;
  else error = inode.allocate(u32(mode), offset, length);
  if (error === Errno.NONE) noteFile(open.dentry, Notice.Modify);
  return errorCode(error);
}

function checkOpen(descriptor: u64): Errno {
  const open = acquireFile(u32(descriptor));
  if (open === null) return Errno.BADF;
  const pathOnly = open.pathOnly;
  open.release();
  return pathOnly ? Errno.BADF : Errno.NONE;
}

/** {@link sysFsync} of an open file. Pipes, sockets and terminals have nothing that could be synchronised. */
export function synchronise(open: OpenFile): i64 {
  const inode = open.dentry.inode;
  let error = Errno.NONE;
  if (open.pathOnly) error = Errno.BADF;
  else if (!inode.isRegular() && !inode.isDirectory()) error = Errno.INVAL;
  return errorCode(error);
}

/** fsync(2) */
export function sysFsync(descriptor: u64): i64 {
  return withOpen(descriptor, synchronise);
}

/** fdatasync(2) */
export function sysFdatasync(descriptor: u64): i64 {
  return withOpen(descriptor, synchronise);
}

/** sync(2) */
export function sysSync(): i64 {
  return 0;
}

/** syncfs(2) */
export function sysSyncfs(descriptor: u64): i64 {
  return errorCode(checkOpen(descriptor));
}

/** sync_file_range(2) */
export function sysSyncFileRange(descriptor: u64, offset: u64, length: u64, flags: u64): i64 {
  return withOpen(descriptor, (open) => synchroniseRange(open, offset, length, flags));
}

/** {@link sysSyncFileRange} of an open file. */
export function synchroniseRange(open: OpenFile, offset: u64, length: u64, flags: u64): i64 {
  if (open.pathOnly) return errorCode(Errno.BADF);
  if (u32(flags) > 7 || i64(offset) < 0 || i64(length) < 0 || i64(offset + length) < 0) return errorCode(Errno.INVAL);
  return open.seekable ? 0 : errorCode(Errno.SPIPE);
}

/** posix_fadvise(2): all advice is taken, as nothing would be read ahead or dropped. */
export function sysFadvise64(descriptor: u64, offset: u64, length: u64, advice: u64): i64 {
  return withOpen(descriptor, (open) => adviseFile(open, offset, length, advice));
}

/** {@link sysFadvise64} of an open file. */
export function adviseFile(open: OpenFile, offset: u64, length: u64, advice: u64): i64 {
  let error = Errno.NONE;
  if (open.pathOnly) error = Errno.BADF;
  else if (!open.seekable) error = Errno.SPIPE;
  else if (i64(length) < 0 || u32(advice) > 5) error = Errno.INVAL;
  return errorCode(error);
}

/** readahead(2) */
export function sysReadahead(descriptor: u64, offset: u64, length: u64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  let error = Errno.NONE;
  if (!open.readable) error = Errno.BADF;
  else if (!open.dentry.inode.isRegular()) error = Errno.INVAL;
  open.release();
  return errorCode(error);
}
