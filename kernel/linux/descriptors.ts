// Descriptors: dup(2), fcntl(2), ioctl(2). Locks are in file_locks.ts.

import { objectAt } from "unsafe";
import { Control, FileCommand, OpenFlag, PAGE_SIZE, Seal } from "../fs/abi.ts";
import { acquireFile, closesOnExec, installFile, replaceFile, setCloseOnExec } from "../fs/file_table.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { pipeOf } from "../fs/pipe.ts";
import { LockKind } from "../fs/range_locks.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { hasWritableMapping } from "../mm/area_list.ts";
import { readUser32, readUser64, type UserPointer, writeUser32, writeUser64 } from "../mm/user_memory.ts";
import { socketOf } from "../sockets/socket.ts";
import { getRecordLock, setRecordLock } from "./file_locks.ts";
import { controlOwner } from "./file_owner.ts";
import { setAsynchronous } from "./file_signals.ts";
import { Resource, softLimit } from "./limits.ts";
import { closeDescriptor, newDescriptor } from "./open.ts";
import { controlSocket } from "./socket_requests.ts";

/** dup(2) */
export function sysDup(descriptor: u64): i64 {
  return duplicate(u32(descriptor), 0, false);
}

function duplicate(descriptor: u32, from: u32, closeOnExec: boolean): i64 {
  const open = acquireFile(descriptor);
  if (open === null) return errorCode(Errno.BADF);
  const fresh = newDescriptor(from);
  if (!fresh.ok) {
    open.release();
    return errorCode(fresh.error);
  }
  installFile(fresh.value, open, closeOnExec);
  return i64(fresh.value);
}

/** dup2(2) */
export function sysDup2(from: u64, to: u64): i64 {
  if (u32(from) !== u32(to)) return duplicateTo(u32(from), u32(to), false);
  const open = acquireFile(u32(from));
  if (open === null) return errorCode(Errno.BADF);
  open.release();
  return i64(u32(from));
}

/** dup3(2) */
export function sysDup3(from: u64, to: u64, flags: u64): i64 {
  if ((u32(flags) & ~u32(OpenFlag.CloseOnExec)) !== 0 || u32(from) === u32(to)) return errorCode(Errno.INVAL);
  return duplicateTo(u32(from), u32(to), u32(flags) !== 0);
}

function duplicateTo(from: u32, to: u32, closeOnExec: boolean): i64 {
  const open = acquireFile(from);
  if (open === null) return errorCode(Errno.BADF);
  const replaced = replaceFile(to, open, closeOnExec, softLimit(Resource.OpenFiles));
  if (!replaced.ok) {
    open.release();
    return errorCode(replaced.error);
  }
  // Safe: the table's reference to what was there is now this one.
  if (replaced.value.address !== 0) closeDescriptor(objectAt<OpenFile>(replaced.value.address));
  return i64(to);
}

/** fcntl(2) */
export function sysFcntl(descriptor: u64, command: u64, argument: u64): i64 {
  const number = u32(descriptor);
  const open = acquireFile(number);
  if (open === null) return errorCode(Errno.BADF);
  const result = control(number, open, u32(command), argument);
  open.release();
  return result;
}

/** Status flags that F_SETFL can change. */
const CHANGEABLE = OpenFlag.Append | OpenFlag.NonBlocking | OpenFlag.Direct | OpenFlag.NoAccessTime;
const CLOSE_ON_EXEC = 1;

function control(descriptor: u32, open: OpenFile, command: u32, argument: u64): i64 {
  if (open.pathOnly && !allowedForPath(command)) return errorCode(Errno.BADF);
  switch (command) {
    case FileCommand.Duplicate:
      return duplicateFrom(descriptor, argument, false);
    case FileCommand.DuplicateCloseOnExec:
      return duplicateFrom(descriptor, argument, true);
    case FileCommand.GetDescriptorFlags:
      return closesOnExec(descriptor) ? CLOSE_ON_EXEC : 0;
    case FileCommand.SetDescriptorFlags:
      return setCloseOnExec(descriptor, (argument & CLOSE_ON_EXEC) !== 0) ? 0 : errorCode(Errno.BADF);
    case FileCommand.GetFlags:
      return i64(open.flags);
    case FileCommand.SetFlags:
      open.flags = (open.flags & ~u32(CHANGEABLE)) | (u32(argument) & CHANGEABLE);
      return errorCode(setAsynchronous(open, descriptor, (argument & OpenFlag.Async) !== 0));
    case FileCommand.GetLock:
    case FileCommand.GetOpenLock:
      return getRecordLock(open, command, argument);
    case FileCommand.SetLock:
    case FileCommand.SetLockWait:
    case FileCommand.SetOpenLock:
    case FileCommand.SetOpenLockWait:
      return setRecordLock(open, command, argument);
    case FileCommand.GetOwner:
    case FileCommand.SetOwner:
    case FileCommand.GetOwnerExtended:
    case FileCommand.SetOwnerExtended:
    case FileCommand.GetSignal:
    case FileCommand.SetSignal:
      return controlOwner(open, command, argument);
    case FileCommand.GetLease:
      return LockKind.None;
    case FileCommand.SetLease:
      // As on a file system without leases.
      logOnce("lease", "leases of files are not supported (EINVAL)");
      return errorCode(Errno.INVAL);
    case FileCommand.GetPipeSize: {
      const pipe = pipeOf(open);
      return pipe === null ? errorCode(Errno.BADF) : i64(pipe.size());
    }
    case FileCommand.SetPipeSize: {
      const pipe = pipeOf(open);
      return pipe === null ? errorCode(Errno.BADF) : pipe.setSize(u64(u32(argument)));
    }
    case FileCommand.GetSeals:
      return open.dentry.inode.isRegular() ? i64(open.dentry.inode.seals) : errorCode(Errno.INVAL);
    case FileCommand.IsSameOpenFile:
      return isSameOpenFile(open, u32(argument));
    case FileCommand.GetWriteHint:
      return errorCode(writeUser64(argument as UserPointer, u64(open.dentry.inode.writeHint)));
    case FileCommand.SetWriteHint:
      return setWriteHint(open, argument);
    case FileCommand.AddSeals:
      return addSeals(open, u32(argument));
    default:
      return errorCode(Errno.INVAL);
  }
}

function isSameOpenFile(open: OpenFile, descriptor: u32): i64 {
  const other = acquireFile(descriptor);
  if (other === null) return errorCode(Errno.BADF);
  const result: i64 = other === open ? 1 : 0;
  other.release();
  return result;
}

/** RWH_WRITE_LIFE_EXTREME (linux/fcntl.h). */
const HINT_MAX = 5;

/** How long what is written will live: kept, and of no use in memory. */
function setWriteHint(open: OpenFile, address: u64): i64 {
  const hint = readUser64(address as UserPointer);
  if (!hint.ok) return errorCode(hint.error);
  if (hint.value > HINT_MAX) return errorCode(Errno.INVAL);
  open.dentry.inode.writeHint = u8(hint.value);
  return 0;
}

function allowedForPath(command: u32): boolean {
  switch (command) {
    case FileCommand.Duplicate:
    case FileCommand.DuplicateCloseOnExec:
    case FileCommand.GetDescriptorFlags:
    case FileCommand.SetDescriptorFlags:
    case FileCommand.GetFlags:
    case FileCommand.IsSameOpenFile:
      return true;
    default:
      return false;
  }
}

function duplicateFrom(descriptor: u32, from: u64, closeOnExec: boolean): i64 {
  if (u64(u32(from)) >= softLimit(Resource.OpenFiles)) return errorCode(Errno.INVAL);
  return duplicate(descriptor, u32(from), closeOnExec);
}

const ALL_SEALS = Seal.Seal | Seal.Shrink | Seal.Grow | Seal.Write | Seal.FutureWrite | Seal.Execute;

function addSeals(open: OpenFile, seals: u32): i64 {
  if (!open.writable) return errorCode(Errno.PERM);
  if ((seals & ~u32(ALL_SEALS)) !== 0 || !open.dentry.inode.isRegular()) return errorCode(Errno.INVAL);
  const inode = open.dentry.inode;
  if ((inode.seals & Seal.Seal) !== 0) return errorCode(Errno.PERM);
  if ((seals & Seal.Write) !== 0 && (inode.seals & Seal.Write) === 0) {
    const source = inode.pageSource();
    if (source !== null && hasWritableMapping(source)) return errorCode(Errno.BUSY);
  }
  inode.seals |= seals;
  return 0;
}

/** ioctl(2) */
export function sysIoctl(descriptor: u64, request: u64, argument: u64): i64 {
  const number = u32(descriptor);
  const open = acquireFile(number);
  if (open === null) return errorCode(Errno.BADF);
  const result = open.pathOnly ? errorCode(Errno.BADF) : request32(number, open, u32(request), argument);
  open.release();
  return result;
}

function request32(descriptor: u32, open: OpenFile, request: u32, argument: u64): i64 {
  switch (request) {
    case Control.CloseOnExec:
      setCloseOnExec(descriptor, true);
      return 0;
    case Control.NoCloseOnExec:
      setCloseOnExec(descriptor, false);
      return 0;
    case Control.NonBlocking:
      return setFlag(open, OpenFlag.NonBlocking, argument);
    case Control.Async: {
      const wanted = readUser32(argument as UserPointer);
      return errorCode(wanted.ok ? setAsynchronous(open, descriptor, wanted.value !== 0) : wanted.error);
    }
    case Control.BytesReadable: {
      const inode = open.dentry.inode;
      if (!inode.isRegular()) return open.file.control(open, request, argument);
      const rest = inode.size > open.position ? inode.size - open.position : 0;
      return errorCode(writeUser32(argument as UserPointer, u32(rest)));
    }
    default: {
      if (open.dentry.inode.isRegular()) return controlFile(open, request, argument);
      const socket = socketOf(open);
      return socket === null ? open.file.control(open, request, argument) : controlSocket(open, socket, request, argument);
    }
  }
}

/** Requests that every regular file knows. */
function controlFile(open: OpenFile, request: u32, argument: u64): i64 {
  switch (request) {
    case Control.FileSize: {
      // What is stored, not the length (fs/ioctl.c, ioctl_fioqsize).
      const inode = open.dentry.inode;
      return errorCode(writeUser64(argument as UserPointer, inode.blocks() * 512));
    }
    case Control.BlockSize:
      return errorCode(writeUser32(argument as UserPointer, PAGE_SIZE));
    case Control.FileBitmap:
      // No file of memory has blocks with numbers.
      return errorCode(Errno.INVAL);
    case Control.Clone:
    case Control.ExtentMap:
      return errorCode(Errno.OPNOTSUPP);
    case Control.GetFileFlags:
      return errorCode(writeUser32(argument as UserPointer, 0));
    default:
      return open.file.control(open, request, argument);
  }
}

function setFlag(open: OpenFile, flag: OpenFlag, address: u64): i64 {
  const value = readUser32(address as UserPointer);
  if (!value.ok) return errorCode(value.error);
  if (value.value !== 0) open.flags |= flag;
  else open.flags &= ~u32(flag);
  return 0;
}
