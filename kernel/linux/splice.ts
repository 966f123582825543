// Moving bytes between files without the application: sendfile(2), copy_file_range(2), splice(2), tee(2), vmsplice(2). All copy,
// through a buffer of the kernel: pages have owners here, and are not passed on. What goes from a file to a connection of TCP is read
// into the memory that is sent, and copied once.

import { addressOf } from "unsafe";
import { OpenFlag, TRANSFER_MAX } from "../fs/abi.ts";
import { acquireFile } from "../fs/file_table.ts";
import { filesAreWatched } from "../fs/inotify.ts";
import { IoBuffer } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { pipeOf } from "../fs/pipe.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { readUser64, type UserPointer, writeUser64 } from "../mm/user_memory.ts";
import { currentThread } from "../sched/thread.ts";
import { sendFilled } from "../sockets/tcp_send.ts";
import { type TcpSocket, tcpSocketOf } from "../sockets/tcp_socket.ts";
import { NO_OFFSET, noteRead, noteWritten, Vectors } from "./files.ts";
import { sendSignalToThread } from "./signal_send.ts";

const SIGPIPE = 13;

const CHUNK = 16384;

/** One side of a transfer: an open file, and where in it. */
class Side {
  open: OpenFile;
  /** The offset, when it is not the open file's own position. */
  offset: u64 = 0;
  usesOffset = false;

  constructor(open: OpenFile) {
    this.open = open;
  }

  /** Sets where it is. @returns whether an open file can be there */
  begin(offset: u64): boolean {
    this.usesOffset = offset !== NO_OFFSET;
    this.offset = offset;
    return !this.usesOffset || i64(offset) >= 0;
  }

  read(buffer: IoBuffer): i64 {
    const open = this.open;
    if (!open.seekable) return open.file.read(open, buffer, 0);
    return open.file.read(open, buffer, this.usesOffset ? this.offset : open.position);
  }

  write(buffer: IoBuffer): i64 {
    const open = this.open;
    if (!open.seekable) return open.file.write(open, buffer, 0);
    return open.file.write(open, buffer, this.usesOffset ? this.offset : open.position);
  }

  advance(count: u64): void {
    if (this.usesOffset) this.offset += count;
    else if (this.open.seekable) this.open.position += count;
  }
}

/**
 * Copies bytes through a buffer of the kernel. Positions are not locked, as in Linux: one side may wait for a pipe, for as
 * long as it takes.
 * @param noWait neither side waits, however its file is open
 * @returns bytes copied or -errno
 */
function transfer(from: Side, to: Side, length: u64, noWait: boolean = false): i64 {
  const stream = from.open.seekable ? tcpSocketOf(to.open) : null;
  if (stream !== null) return sendFile(from, to.open, stream, length, noWait);
  const storage = createArray<u8>(minimum(maximum(length, 1), CHUNK));
  if (storage === null) return errorCode(Errno.NOMEM);
  const wanted = minimum(length, u64(TRANSFER_MAX));
  const stays = noWait || to.open.isNonBlocking() ? pipeOf(from.open) : null;
  let done: u64 = 0;
  let error: i64 = 0;
  while (done < wanted) {
    const input = new IoBuffer(addressOf(storage), minimum(wanted - done, storage.length), null, true);
    input.noWait = noWait;
    // What a side that does not wait may refuse stays in the pipe until it was taken.
    const peeked = stays === null ? u64(0) : stays.peek(storage.slice(0, input.remaining));
    const count = peeked > 0 ? i64(peeked) : from.read(input);
    if (count <= 0) {
      error = count;
      break;
    }
    let written: u64 = 0;
    while (written < u64(count)) {
      const output = new IoBuffer(addressOf(storage) + written, u64(count) - written, null, true);
      output.noWait = noWait;
      const result = to.write(output);
      if (result <= 0) {
        error = result;
        break;
      }
      written += u64(result);
      to.advance(u64(result));
    }
    // What was read and not written is read again later, where the file has a position.
    if (peeked > 0) from.read(new IoBuffer(addressOf(storage), written, null, true));
    from.advance(written);
    done += written;
    if (written < u64(count)) break;
    // A pipe or a terminal gives what it has: waiting for more could take for ever.
    if (!from.open.seekable) break;
  }
  destroyArray(storage);
  return finishTransfer(from, to.open, done, error);
}

/** {@link transfer} of a file to a connection. */
function sendFile(from: Side, to: OpenFile, stream: TcpSocket, length: u64, noWait: boolean): i64 {
  const mayWait = !noWait && !to.isNonBlocking();
  const wanted = minimum(length, u64(TRANSFER_MAX));
  let done: u64 = 0;
  let error: i64 = 0;
  while (done < wanted) {
    const count = sendFilled(stream, wanted - done, mayWait, (address, room) =>
      from.read(new IoBuffer(address, room, null, true)),
    );
    if (count <= 0) {
      error = count;
      break;
    }
    from.advance(u64(count));
    done += u64(count);
  }
  return finishTransfer(from, to, done, error);
}

/** Tells who watches, and the result: what was moved, or why nothing was. */
function finishTransfer(from: Side, to: OpenFile, done: u64, error: i64): i64 {
  if (filesAreWatched()) {
    noteRead(from.open, i64(done));
    noteWritten(to, i64(done));
  }
  if (done > 0) return i64(done);
  if (error === errorCode(Errno.PIPE)) sendSignalToThread(currentThread(), SIGPIPE, 0, 0);
  return error;
}

/** Reads an offset of the application for one side; 0 as address leaves the position. */
function takeOffset(side: Side, address: u64, mayBeNegative: boolean = false): Errno {
  if (address === 0) return Errno.NONE;
  const value = readUser64(address as UserPointer);
  if (!value.ok) return value.error;
  if (i64(value.value) < 0 && !mayBeNegative) return Errno.INVAL;
  side.offset = value.value;
  side.usesOffset = true;
  return Errno.NONE;
}

function giveOffset(side: Side, address: u64): Errno {
  return address === 0 ? Errno.NONE : writeUser64(address as UserPointer, side.offset);
}

/** What is done with two open files. */
type PairAction = (from: OpenFile, to: OpenFile) => i64;

/** Acquires two descriptors, of which the first is open for reading and the second for writing. */
function withPair(input: u64, output: u64, action: PairAction): i64 {
  const from = acquireFile(u32(input));
  if (from === null) return errorCode(Errno.BADF);
  const to = acquireFile(u32(output));
  let result = errorCode(Errno.BADF);
  if (to !== null) {
    if (from.readable && to.writable) result = action(from, to);
    to.release();
  }
  from.release();
  return result;
}

/** sendfile(2) */
export function sysSendfile(output: u64, input: u64, offsetAddress: u64, length: u64): i64 {
  return withPair(input, output, (from, to) => {
    const source = new Side(from);
    const error = takeOffset(source, offsetAddress);
    if (error !== Errno.NONE) return errorCode(error);
    if (!from.seekable) return errorCode(source.usesOffset ? Errno.SPIPE : Errno.INVAL);
    if (from.dentry.inode.isDirectory() || (to.flags & OpenFlag.Append) !== 0) return errorCode(Errno.INVAL);
    const result = transfer(source, new Side(to), length);
    if (result < 0) return result;
    const given = giveOffset(source, offsetAddress);
    return given === Errno.NONE ? result : errorCode(given);
  });
}

/** copy_file_range(2) */
export function sysCopyFileRange(input: u64, inputOffset: u64, output: u64, outputOffset: u64, length: u64, flags: u64): i64 {
  if (u32(flags) !== 0) return errorCode(Errno.INVAL);
  return withPair(input, output, (from, to) => {
    const source = new Side(from);
    const target = new Side(to);
    let error = takeOffset(source, inputOffset, true);
    if (error === Errno.NONE) error = takeOffset(target, outputOffset, true);
    if (error !== Errno.NONE) return errorCode(error);
    const fromInode = from.dentry.inode;
    const toInode = to.dentry.inode;
    if (fromInode.isDirectory() || toInode.isDirectory()) return errorCode(Errno.ISDIR);
    if (!fromInode.isRegular() || !toInode.isRegular()) return errorCode(Errno.INVAL);
    if (fromInode.fileSystem !== toInode.fileSystem) return errorCode(Errno.XDEV);
    if ((to.flags & OpenFlag.Append) !== 0) return errorCode(Errno.BADF);
    const fromStart = source.usesOffset ? source.offset : from.position;
    const toStart = target.usesOffset ? target.offset : to.position;
    if (fromStart + length < fromStart || toStart + length < toStart) return errorCode(Errno.OVERFLOW);
    if (i64(fromStart) < 0 || i64(toStart) < 0) return errorCode(Errno.INVAL);
    const count = minimum(length, u64(TRANSFER_MAX));
    if (fromInode === toInode && fromStart < toStart + count && toStart < fromStart + count) return errorCode(Errno.INVAL);
    const result = transfer(source, target, count);
    if (result < 0) return result;
    error = giveOffset(source, inputOffset);
    if (error === Errno.NONE) error = giveOffset(target, outputOffset);
    return error === Errno.NONE ? result : errorCode(error);
  });
}

/** SPLICE_F_MOVE, NONBLOCK, MORE, GIFT. */
const SPLICE_FLAGS = 15;
const SPLICE_NON_BLOCKING = 2;

/** splice(2): one side is a pipe. */
export function sysSplice(input: u64, inputOffset: u64, output: u64, outputOffset: u64, length: u64, flags: u64): i64 {
  if (u32(flags) > SPLICE_FLAGS) return errorCode(Errno.INVAL);
  if (length === 0) return 0;
  return withPair(input, output, (from, to) => {
    let error = checkSplice(from, inputOffset !== 0, to, outputOffset !== 0);
    const source = new Side(from);
    const target = new Side(to);
    if (error === Errno.NONE) error = takeOffset(source, inputOffset);
    if (error === Errno.NONE) error = takeOffset(target, outputOffset);
    if (error !== Errno.NONE) return errorCode(error);
    const result = spliceSides(source, target, length, (u32(flags) & SPLICE_NON_BLOCKING) !== 0);
    if (result < 0) return result;
    error = giveOffset(source, inputOffset);
    if (error === Errno.NONE) error = giveOffset(target, outputOffset);
    return error === Errno.NONE ? result : errorCode(error);
  });
}

/** What splice(2) says of two open files, and whether offsets are given for them: NONE, INVAL, SPIPE. */
function checkSplice(from: OpenFile, fromOffset: boolean, to: OpenFile, toOffset: boolean): Errno {
  const fromPipe = pipeOf(from);
  const toPipe = pipeOf(to);
  if (fromPipe === null && toPipe === null) return Errno.INVAL;
  if ((fromPipe !== null && fromOffset) || (toPipe !== null && toOffset)) return Errno.SPIPE;
  if (from.dentry.inode === to.dentry.inode || (to.flags & OpenFlag.Append) !== 0) return Errno.INVAL;
  return from.dentry.inode.isDirectory() ? Errno.INVAL : Errno.NONE;
}

function spliceSides(source: Side, target: Side, length: u64, noWait: boolean): i64 {
  let count = minimum(length, CHUNK);
  const toPipe = pipeOf(target.open);
  if (toPipe !== null) {
    // What is taken out of a file or a pipe must have a place: no more than there is room for.
    const error = toPipe.waitForRoom(target.open, noWait);
    if (error !== Errno.NONE) return refusedPipe(error);
    count = minimum(count, maximum(toPipe.room(), 1));
  }
  return transfer(source, target, count, noWait);
}

/** {@link sysSplice} of two open files, which never waits. An offset is NO_OFFSET where the position is meant. */
export function spliceOpen(from: OpenFile, fromOffset: u64, to: OpenFile, toOffset: u64, length: u64): i64 {
  if (!from.readable || !to.writable) return errorCode(Errno.BADF);
  const error = checkSplice(from, fromOffset !== NO_OFFSET, to, toOffset !== NO_OFFSET);
  if (error !== Errno.NONE) return errorCode(error);
  const source = new Side(from);
  const target = new Side(to);
  if (!source.begin(fromOffset) || !target.begin(toOffset)) return errorCode(Errno.INVAL);
  return spliceSides(source, target, length, true);
}

/** The result of a write that a pipe refuses: nobody reading is a signal, too. */
function refusedPipe(error: Errno): i64 {
  if (error === Errno.PIPE) sendSignalToThread(currentThread(), SIGPIPE, 0, 0);
  return errorCode(error);
}

/** tee(2): copies what is in one pipe to another, and leaves it there. */
export function sysTee(input: u64, output: u64, length: u64, flags: u64): i64 {
  if (u32(flags) > SPLICE_FLAGS) return errorCode(Errno.INVAL);
  if (length === 0) return 0;
  const noWait = (u32(flags) & SPLICE_NON_BLOCKING) !== 0;
  return withPair(input, output, (from, to) => teeOpen(from, to, length, noWait));
}

/** {@link sysTee} of two open files, of which the first is open for reading and the second for writing. */
export function teeOpen(from: OpenFile, to: OpenFile, length: u64, mustNotWait: boolean): i64 {
  const source = pipeOf(from);
  const target = pipeOf(to);
  if (source === null || target === null || source === target) return errorCode(Errno.INVAL);
  // Either end that must not wait keeps both from waiting.
  const noWait = mustNotWait || from.isNonBlocking() || to.isNonBlocking();
  let error = source.waitForData(from, noWait);
  if (error !== Errno.NONE) return errorCode(error);
  error = target.waitForRoom(to, noWait);
  if (error !== Errno.NONE) return refusedPipe(error);
  const storage = createArray<u8>(minimum(minimum(length, CHUNK), maximum(target.room(), 1)));
  if (storage === null) return errorCode(Errno.NOMEM);
  const count = source.peek(storage);
  let result: i64 = 0;
  if (count > 0) {
    const output = new IoBuffer(addressOf(storage), count, null, true);
    output.noWait = noWait;
    result = to.file.write(to, output, 0);
  }
  destroyArray(storage);
  return result === errorCode(Errno.PIPE) ? refusedPipe(Errno.PIPE) : result;
}

/** vmsplice(2): memory into a pipe, or out of it, as readv and writev move it. */
export function sysVmsplice(descriptor: u64, address: u64, count: u64, flags: u64): i64 {
  if (u32(flags) > SPLICE_FLAGS) return errorCode(Errno.INVAL);
  const vectors = new Vectors();
  using _ = vectors;
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const error = vectors.read(address, count);
  let result = errorCode(error);
  if (error === Errno.NONE && vectors.total > 0) {
    const pipe = pipeOf(open);
    const buffer = new IoBuffer(0, vectors.total, vectors.all());
    buffer.noWait = (u32(flags) & SPLICE_NON_BLOCKING) !== 0;
    if (pipe === null || open.pathOnly) result = errorCode(Errno.BADF);
    else result = open.writable ? open.file.write(open, buffer, 0) : open.file.read(open, buffer, 0);
    if (result === errorCode(Errno.PIPE)) refusedPipe(Errno.PIPE);
  }
  open.release();
  return result;
}
