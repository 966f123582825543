// Reading, writing and positions: read(2), write(2), readv(2), pread(2) and their relatives, lseek(2).

import { addressOf, sliceAt } from "unsafe";
import { FileSystemMagic, Mode, OFFSET_MAX, Seek, TRANSFER_MAX, VECTORS_MAX } from "../fs/abi.ts";
import { acquireFile, acquireFileInPlace } from "../fs/file_table.ts";
import { filesAreWatched, Notice, noteFile } from "../fs/inotify.ts";
import { IoBuffer, type IoVector, Placement } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { copyFromUser, type UserPointer } from "../mm/user_memory.ts";
import { currentThread } from "../sched/thread.ts";
import { filesAreLimited, Resource, softLimit } from "./limits.ts";
import { sendSignalToThread } from "./signal_send.ts";

const SIGPIPE = 13;
const SIGXFSZ = 25;
/** "At the position of the open file" for the calls that take an offset. */
export const NO_OFFSET = 0xffff_ffff_ffff_ffff;

/** read(2) */
export function sysRead(descriptor: u64, address: u64, length: u64): i64 {
  const open = acquireFileInPlace(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const buffer = new IoBuffer(address, minimum(length, u64(TRANSFER_MAX)));
  let result = errorCode(Errno.BADF);
  if (open.readable) result = open.seekable ? readHere(open, buffer) : open.file.read(open, buffer, 0);
  if (filesAreWatched()) noteRead(open, result);
  open.release();
  return result;
}

/** write(2) */
export function sysWrite(descriptor: u64, address: u64, length: u64): i64 {
  const open = acquireFileInPlace(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const buffer = new IoBuffer(address, minimum(length, u64(TRANSFER_MAX)));
  let result = errorCode(Errno.BADF);
  if (open.writable) {
    result = open.seekable ? writeHere(open, buffer) : open.file.write(open, buffer, 0);
    if (result === errorCode(Errno.PIPE)) signalBrokenPipe();
  }
  if (filesAreWatched()) noteWritten(open, result);
  open.release();
  return result;
}

/** Tells those who watch the file of a transfer. @noinline */
export function noteRead(open: OpenFile, result: i64): void {
  if (result > 0) noteFile(open.dentry, Notice.Access);
}

/** @noinline */
export function noteWritten(open: OpenFile, result: i64): void {
  if (result > 0) noteFile(open.dentry, Notice.Modify);
}

/** What a write that gave EPIPE also does. @noinline */
function signalBrokenPipe(): void {
  sendSignalToThread(currentThread(), SIGPIPE, 0, 0);
}

/** Whether a transfer would pass the largest offset: EINVAL, before anything is done (fs/read_write.c, rw_verify_area). @inline */
function passesEnd(buffer: IoBuffer, position: u64): boolean {
  return buffer.remaining > OFFSET_MAX - position;
}

/**
 * Keeps a write to a file within RLIMIT_FSIZE: what begins at or beyond it gets FBIG and a signal, what passes it is cut.
 * @noinline
 */
function keepWithinLimit(open: OpenFile, buffer: IoBuffer, position: u64): Errno {
  const limit = softLimit(Resource.FileSize);
  const inode = open.dentry.inode;
  if (!inode.isRegular() || buffer.remaining === 0) return Errno.NONE;
  const start = buffer.appends(open) ? inode.size : position;
  if (start >= limit) {
    sendSignalToThread(currentThread(), SIGXFSZ, 0, 0);
    return Errno.FBIG;
  }
  buffer.limit(limit - start);
  return Errno.NONE;
}

/** Writes to a file that has a position, at an offset, after the checks that all kinds of writes share. @inline */
function writeChecked(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
  if (passesEnd(buffer, position)) return errorCode(Errno.INVAL);
  if (filesAreLimited()) {
    const error = keepWithinLimit(open, buffer, position);
    if (error !== Errno.NONE) return errorCode(error);
  }
  return open.file.write(open, buffer, position);
}

/** Reads at the open file's position, and moves it. The file is open for reading. */
export function readHere(open: OpenFile, buffer: IoBuffer): i64 {
  if (!open.seekable) return open.file.read(open, buffer, 0);
  using _ = open.positionLock.acquire();
  if (passesEnd(buffer, open.position)) return errorCode(Errno.INVAL);
  const result = open.file.read(open, buffer, open.position);
  if (result > 0) open.position += u64(result);
  return result;
}

/** Writes at the open file's position (at the end with O_APPEND), and moves it. The file is open for writing. */
export function writeHere(open: OpenFile, buffer: IoBuffer): i64 {
  if (!open.seekable) {
    const result = open.file.write(open, buffer, 0);
    if (result === errorCode(Errno.PIPE)) signalBrokenPipe();
    return result;
  }
  using _ = open.positionLock.acquire();
  const result = writeChecked(open, buffer, open.position);
  if (result > 0) {
    if (buffer.appends(open)) open.position = open.dentry.inode.size;
    else open.position += u64(result);
  }
  return result;
}

/**
 * A transfer of an open file that somebody holds, with the checks of a read or a write and what it tells others.
 * @param offset NO_OFFSET: at the open file's position. Files without a position take any
 */
export function transferOpen(open: OpenFile, buffer: IoBuffer, offset: u64, writes: boolean): i64 {
  if (!(writes ? open.writable : open.readable)) return errorCode(Errno.BADF);
  let result = errorCode(Errno.INVAL);
  if (offset === NO_OFFSET || !open.seekable) result = writes ? writeHere(open, buffer) : readHere(open, buffer);
  else if (i64(offset) >= 0 && writes) result = writeChecked(open, buffer, offset);
  else if (i64(offset) >= 0 && !passesEnd(buffer, offset)) result = open.file.read(open, buffer, offset);
  if (filesAreWatched()) {
    if (writes) noteWritten(open, result);
    else noteRead(open, result);
  }
  return result;
}

/** pread64(2) */
export function sysPread64(descriptor: u64, address: u64, length: u64, offset: u64): i64 {
  const buffer = new IoBuffer(address, minimum(length, u64(TRANSFER_MAX)));
  return readAt(descriptor, buffer, offset);
}

/** pwrite64(2) */
export function sysPwrite64(descriptor: u64, address: u64, length: u64, offset: u64): i64 {
  const buffer = new IoBuffer(address, minimum(length, u64(TRANSFER_MAX)));
  return writeAt(descriptor, buffer, offset);
}

function readAt(descriptor: u64, buffer: IoBuffer, offset: u64): i64 {
  if (i64(offset) < 0) return errorCode(Errno.INVAL);
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  let result: i64 = 0;
  if (!open.seekable) result = errorCode(open.pathOnly ? Errno.BADF : Errno.SPIPE);
  else if (!open.readable) result = errorCode(Errno.BADF);
  else if (passesEnd(buffer, offset)) result = errorCode(Errno.INVAL);
  else result = open.file.read(open, buffer, offset);
  if (filesAreWatched()) noteRead(open, result);
  open.release();
  return result;
}

function writeAt(descriptor: u64, buffer: IoBuffer, offset: u64): i64 {
  if (i64(offset) < 0) return errorCode(Errno.INVAL);
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  let result: i64 = 0;
  if (!open.seekable) result = errorCode(open.pathOnly ? Errno.BADF : Errno.SPIPE);
  else if (!open.writable) result = errorCode(Errno.BADF);
  else result = writeChecked(open, buffer, offset);
  if (filesAreWatched()) noteWritten(open, result);
  open.release();
  return result;
}

/** The pieces of a readv or writev, copied in. Up to eight lie in the object, more on the heap. */
export class Vectors {
  private readonly few!: FixedArray<IoVector, 8>;
  private many: Slice<IoVector> | null = null;
  private count: usize = 0;
  /** Bytes in all pieces, at most TRANSFER_MAX. */
  total: u64 = 0;

  /** Copies and checks them. */
  read(address: u64, count: u64): Errno {
    if (count > VECTORS_MAX) return Errno.INVAL;
    this.count = count;
    if (count > this.few.length) {
      this.many = createArray<IoVector>(count);
      if (this.many === null) return Errno.NOMEM;
    }
    const all = this.all();
    // Safe: the bytes of the pieces themselves; every pattern is a value.
    const error = copyFromUser(sliceAt<u8>(addressOf(all), count * sizeOf<IoVector>()), address as UserPointer);
    if (error !== Errno.NONE) return error;
    for (const vector of all) {
      if (i64(vector.length) < 0) return Errno.INVAL;
      const room = TRANSFER_MAX - this.total;
      if (vector.length > room) vector.length = room;
      this.total += vector.length;
    }
    return Errno.NONE;
  }

  all(): Slice<IoVector> {
    const many = this.many;
    return many === null ? this.few.slice(0, this.count) : many;
  }

  [Symbol.dispose](): void {
    const many = this.many;
    if (many !== null) destroyArray(many);
  }
}

function transferVectors(descriptor: u64, address: u64, count: u64, offset: u64, writes: boolean, flags: u32 = 0): i64 {
  const vectors = new Vectors();
  using _ = vectors;
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  let result: i64 = 0;
  if (offset !== NO_OFFSET && !open.seekable && !open.pathOnly) {
    result = errorCode(Errno.SPIPE);
  } else if (!(writes ? open.writable : open.readable)) {
    result = errorCode(Errno.BADF);
  } else {
    const error = vectors.read(address, u64(u32(count)));
    if (error !== Errno.NONE) result = errorCode(error);
    else if (u32(count) > 0) result = transferAll(open, vectors, offset, writes, flags);
  }
  if (filesAreWatched()) {
    if (writes) noteWritten(open, result);
    else noteRead(open, result);
  }
  open.release();
  return result;
}

function transferAll(open: OpenFile, vectors: Vectors, offset: u64, writes: boolean, flags: u32): i64 {
  const buffer = new IoBuffer(0, vectors.total, vectors.all());
  buffer.noWait = (flags & TransferFlag.NoWait) !== 0;
  placeTransfer(buffer, flags);
  if (offset === NO_OFFSET) return writes ? writeHere(open, buffer) : readHere(open, buffer);
  if (writes) return writeChecked(open, buffer, offset);
  return passesEnd(buffer, offset) ? errorCode(Errno.INVAL) : open.file.read(open, buffer, offset);
}

/** Where the flags of a transfer send its bytes. */
export function placeTransfer(buffer: IoBuffer, flags: u32): void {
  if ((flags & TransferFlag.Append) !== 0) buffer.placement = Placement.End;
  if ((flags & TransferFlag.NoAppend) !== 0) buffer.placement = Placement.Position;
}

/** readv(2) */
export function sysReadv(descriptor: u64, vectors: u64, count: u64): i64 {
  return transferVectors(descriptor, vectors, count, NO_OFFSET, false);
}

/** writev(2) */
export function sysWritev(descriptor: u64, vectors: u64, count: u64): i64 {
  return transferVectors(descriptor, vectors, count, NO_OFFSET, true);
}

/** preadv(2). The offset's upper half is meaningless on 64-bit machines. */
export function sysPreadv(descriptor: u64, vectors: u64, count: u64, offset: u64): i64 {
  if (i64(offset) < 0) return errorCode(Errno.INVAL);
  return transferVectors(descriptor, vectors, count, offset, false);
}

/** pwritev(2) */
export function sysPwritev(descriptor: u64, vectors: u64, count: u64, offset: u64): i64 {
  if (i64(offset) < 0) return errorCode(Errno.INVAL);
  return transferVectors(descriptor, vectors, count, offset, true);
}

/** Flags of preadv2(2) (linux/fs.h). The synchronising ones need nothing here, nor does the hint of a poll. */
export const enum TransferFlag {
  HighPriority = 1,
  DataSync = 2,
  Sync = 4,
  NoWait = 8,
  Append = 16,
  NoAppend = 32,
}

/** What a transfer's flags are: NONE, or why they are refused. RWF_ATOMIC is for block devices. */
export function checkTransferFlags(flags: u32, writes: boolean): Errno {
  if ((flags & ~u32(63)) !== 0) return Errno.OPNOTSUPP;
  const appends = flags & (TransferFlag.Append | TransferFlag.NoAppend);
  if (appends === 0) return Errno.NONE;
  if (!writes) return Errno.OPNOTSUPP;
  return appends === (TransferFlag.Append | TransferFlag.NoAppend) ? Errno.INVAL : Errno.NONE;
}

/** preadv2(2) */
export function sysPreadv2(descriptor: u64, vectors: u64, count: u64, offset: u64, high: u64, flags: u64): i64 {
  if (offset !== NO_OFFSET && i64(offset) < 0) return errorCode(Errno.INVAL);
  const error = checkTransferFlags(u32(flags), false);
  if (error !== Errno.NONE) return errorCode(error);
  return transferVectors(descriptor, vectors, count, offset, false, u32(flags));
}

/** pwritev2(2) */
export function sysPwritev2(descriptor: u64, vectors: u64, count: u64, offset: u64, high: u64, flags: u64): i64 {
  if (offset !== NO_OFFSET && i64(offset) < 0) return errorCode(Errno.INVAL);
  const error = checkTransferFlags(u32(flags), true);
  if (error !== Errno.NONE) return errorCode(error);
  return transferVectors(descriptor, vectors, count, offset, true, u32(flags));
}

/** lseek(2) */
export function sysLseek(descriptor: u64, offset: u64, whence: u64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const result = open.pathOnly ? errorCode(Errno.BADF) : seek(open, i64(offset), u32(whence));
  open.release();
  return result;
}

function seek(open: OpenFile, offset: i64, whence: u32): i64 {
  if (whence > Seek.Hole) return errorCode(Errno.INVAL);
  const inode = open.dentry.inode;
  if (!open.seekable) return inode.fileSystem.magic === FileSystemMagic.AnonymousInode ? 0 : errorCode(Errno.SPIPE);
  // Devices like /dev/null take any offset and stay where they are.
  if ((inode.mode & Mode.TypeMask) === Mode.Character) return 0;
  using _ = open.positionLock.acquire();
  let target: i64 = offset;
  switch (whence) {
    case Seek.Set:
      break;
    case Seek.Current:
      target = i64(open.position) + offset;
      break;
    case Seek.End:
      target = i64(inode.size) + offset;
      break;
    default:
      if (offset < 0 || u64(offset) >= inode.size) return errorCode(Errno.NXIO);
      target = i64(inode.seekData(u64(offset), whence === Seek.Hole));
      if (whence === Seek.Data && u64(target) >= inode.size) return errorCode(Errno.NXIO);
      break;
  }
  // A sum that passes 2^63 is negative here.
  if (target < 0) return errorCode(Errno.INVAL);
  if (u64(target) > OFFSET_MAX) return errorCode(Errno.INVAL);
  open.position = u64(target);
  return target;
}
