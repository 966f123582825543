// Operations of a ring on names and descriptors. Paths are read when the operation is tried: those of a request that is deferred, or
// comes later in a chain, must stay until then.

import { OpenFlag } from "../fs/abi.ts";
import { acquireFile, cancelDescriptor, installFile, removeFile } from "../fs/file_table.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { sysEpollCtl } from "./epoll.ts";
import { sysFgetxattr, sysFsetxattr, sysGetxattr, sysSetxattr } from "./extended_attributes.ts";
import { sysLinkat, sysMkdirat, sysRenameat2, sysSymlinkat, sysUnlinkat } from "./names.ts";
import { closeDescriptor, newDescriptor, OpenHow, openWithoutWaiting, readOpenHow } from "./open.ts";
import { sysStatx } from "./status.ts";
import type { Ring } from "./uring.ts";
import { EntryFlag } from "./uring_layout.ts";
import { clearFile, placeFile, updateFiles } from "./uring_register.ts";
import type { Request } from "./uring_request.ts";

/** AT_REMOVEDIR. */
const REMOVE_DIRECTORY = 0x200;

/** What all operations with paths have in common: a folder is not a registered file. */
export function preparePath(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.bufferIndex !== 0 || entry.fileIndex !== 0) return Errno.INVAL;
  return request.has(EntryFlag.FixedFile) ? Errno.BADF : Errno.NONE;
}

export function prepareUnlink(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.offset !== 0 || entry.length !== 0) return Errno.INVAL;
  if ((entry.operationFlags & ~u32(REMOVE_DIRECTORY)) !== 0) return Errno.INVAL;
  return preparePath(ring, request);
}

// ---- opening and closing ----------------------------------------------------------------------------------------------

/** IORING_OP_OPENAT */
export function prepareOpen(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  entry.offset = 0;
  return checkOpen(request);
}

/** IORING_OP_OPENAT2: what the structure says takes the places of OPENAT's arguments, and of the offset how the path is walked. */
export function prepareOpen2(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  const how = new OpenHow();
  const error = readOpenHow(how, entry.offset, u64(entry.length));
  if (error !== Errno.NONE) return error;
  entry.operationFlags = u32(how.flags);
  entry.length = u32(how.mode);
  entry.offset = u64(how.walkFlags());
  return checkOpen(request);
}

function checkOpen(request: Request): Errno {
  const entry = request.entry;
  if (entry.bufferIndex !== 0) return Errno.INVAL;
  if (request.has(EntryFlag.FixedFile)) return Errno.BADF;
  const closesOnExec = (entry.operationFlags & OpenFlag.CloseOnExec) !== 0;
  return entry.fileIndex !== 0 && closesOnExec ? Errno.INVAL : Errno.NONE;
}

export function attemptOpen(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  const flags = entry.operationFlags;
  if (entry.fileIndex !== 0) {
    const open = openWithoutWaiting(u64(entry.descriptor), entry.address, flags, entry.length, u32(entry.offset));
    return open.ok ? placeFile(ring, open.value, entry.fileIndex) : errorCode(open.error);
  }
  const descriptor = newDescriptor();
  if (!descriptor.ok) return errorCode(descriptor.error);
  const open = openWithoutWaiting(u64(entry.descriptor), entry.address, flags, entry.length, u32(entry.offset));
  if (!open.ok) {
    cancelDescriptor(descriptor.value);
    return errorCode(open.error);
  }
  installFile(descriptor.value, open.value, (flags & OpenFlag.CloseOnExec) !== 0);
  return i64(descriptor.value);
}

export function prepareClose(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.offset !== 0 || entry.address !== 0 || entry.length !== 0) return Errno.INVAL;
  if (entry.operationFlags !== 0 || entry.bufferIndex !== 0) return Errno.INVAL;
  if (request.has(EntryFlag.FixedFile)) return Errno.BADF;
  return entry.fileIndex !== 0 && entry.descriptor !== 0 ? Errno.INVAL : Errno.NONE;
}

export function attemptClose(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  if (entry.fileIndex !== 0) return clearFile(ring, entry.fileIndex - 1);
  const descriptor = u32(entry.descriptor);
  // A ring is not closed by a ring.
  if (isRing(descriptor)) return errorCode(Errno.BADF);
  const open = removeFile(descriptor);
  if (open === null) return errorCode(Errno.BADF);
  closeDescriptor(open);
  return 0;
}

function isRing(descriptor: u32): boolean {
  const open = acquireFile(descriptor);
  if (open === null) return false;
  const result = isRingFile(open);
  open.release();
  return result;
}

/** Whether an open file is a ring, which no ring may hold. */
export function isRingFile(open: OpenFile): boolean {
  return open.ringAddress !== 0;
}

export function prepareFilesUpdate(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (request.has(EntryFlag.FixedFile) || request.has(EntryFlag.SelectBuffer)) return Errno.INVAL;
  return entry.operationFlags !== 0 || entry.fileIndex !== 0 || entry.length === 0 ? Errno.INVAL : Errno.NONE;
}

export function attemptFilesUpdate(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return updateFiles(ring, u32(entry.offset), entry.address, 0, entry.length);
}

// ---- names ------------------------------------------------------------------------------------------------------------

export function attemptStatus(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysStatx(u64(entry.descriptor), entry.address, u64(entry.operationFlags), u64(entry.length), entry.offset);
}

export function attemptRename(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  const flags = u64(entry.operationFlags);
  return sysRenameat2(u64(entry.descriptor), entry.address, u64(entry.length), entry.offset, flags);
}

export function attemptUnlink(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysUnlinkat(u64(entry.descriptor), entry.address, u64(entry.operationFlags));
}

export function attemptMakeDirectory(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysMkdirat(u64(entry.descriptor), entry.address, u64(entry.length));
}

export function attemptSymbolicLink(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysSymlinkat(entry.address, u64(entry.descriptor), entry.offset);
}

export function attemptHardLink(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  const flags = u64(entry.operationFlags);
  return sysLinkat(u64(entry.descriptor), entry.address, u64(entry.length), entry.offset, flags);
}

// ---- extended attributes ------------------------------------------------------------------------------------------------

export function attemptSetFileAttribute(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysFsetxattr(u64(entry.descriptor), entry.address, entry.offset, u64(entry.length), u64(entry.operationFlags));
}

export function attemptSetAttribute(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysSetxattr(entry.address3, entry.address, entry.offset, u64(entry.length), u64(entry.operationFlags));
}

export function attemptGetFileAttribute(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysFgetxattr(u64(entry.descriptor), entry.address, entry.offset, u64(entry.length));
}

export function attemptGetAttribute(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysGetxattr(entry.address3, entry.address, entry.offset, u64(entry.length));
}

// ---- epoll ------------------------------------------------------------------------------------------------------------

export function prepareEpollControl(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.bufferIndex !== 0 || entry.fileIndex !== 0) return Errno.INVAL;
  return request.has(EntryFlag.FixedFile) ? Errno.BADF : Errno.NONE;
}

export function attemptEpollControl(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysEpollCtl(u64(entry.descriptor), u64(entry.length), entry.offset, entry.address);
}
