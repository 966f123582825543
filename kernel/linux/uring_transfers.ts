// Operations of a ring on the bytes of files: reads and writes of all kinds, splice, and what is said about a file's content.

import { PollEvent, TRANSFER_MAX } from "../fs/abi.ts";
import { acquireFile } from "../fs/file_table.ts";
import { IoBuffer } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { adviseFile, allocateIn, synchronise, synchroniseRange } from "./file_length.ts";
import { checkTransferFlags, placeTransfer, TransferFlag, transferOpen, Vectors } from "./files.ts";
import { sysMadvise } from "./memory_advice.ts";
import { spliceOpen, teeOpen } from "./splice.ts";
import type { Ring } from "./uring.ts";
import { armOn, retryLater, TRIES, WAITS } from "./uring_execution.ts";
import { EntryFlag, Operation } from "./uring_layout.ts";
import type { Request } from "./uring_request.ts";

/** MSG_DONTWAIT. */
const DONT_WAIT = 0x40;
/** IORING_FSYNC_DATASYNC. */
const DATA_ONLY = 1;
/** SPLICE_F_MOVE, NONBLOCK, MORE, GIFT; and that the input is a registered file. */
const SPLICE_FLAGS = 15;
const SPLICE_NON_BLOCKING = 2;
const INPUT_IS_FIXED = 0x8000_0000;

// ---- read and write ---------------------------------------------------------------------------------------------------

/** IORING_OP_READ, IORING_OP_WRITE: one piece of memory. */
export function preparePlain(ring: Ring, request: Request): Errno {
  return Errno.NONE;
}

/** IORING_OP_READV, IORING_OP_WRITEV: the pieces are copied, and need not outlive the submission. */
export function prepareVector(ring: Ring, request: Request): Errno {
  if (request.has(EntryFlag.SelectBuffer)) return request.entry.length > 1 ? Errno.INVAL : Errno.NONE;
  const vectors = create(Vectors);
  if (vectors === null) return Errno.NOMEM;
  request.vectors = vectors;
  return vectors.read(request.entry.address, u64(request.entry.length));
}

/** IORING_OP_READ_FIXED, IORING_OP_WRITE_FIXED: memory within a registered piece. */
export function prepareFixed(ring: Ring, request: Request): Errno {
  const resource = ring.memory.at(u32(request.entry.bufferIndex));
  if (resource === null) return Errno.FAULT;
  resource.references++;
  request.resource = resource;
  const start = request.entry.address;
  const end = start + u64(request.entry.length);
  return end < start || start < resource.address || end > resource.address + resource.length ? Errno.FAULT : Errno.NONE;
}

/** Bytes that a transfer asks for. */
export function lengthOf(request: Request): u64 {
  const vectors = request.vectors;
  if (vectors !== null) return vectors.total;
  return minimum(u64(request.entry.length), u64(TRANSFER_MAX));
}

export function attemptRead(ring: Ring, request: Request): i64 {
  return transfer(ring, request, false);
}

export function attemptWrite(ring: Ring, request: Request): i64 {
  return transfer(ring, request, true);
}

function transfer(ring: Ring, request: Request, writes: boolean): i64 {
  const flags = request.entry.operationFlags;
  const error = checkTransferFlags(flags, writes);
  if (error !== Errno.NONE) return errorCode(error);
  if (request.has(EntryFlag.SelectBuffer)) return readSelected(ring, request);
  const vectors = request.vectors;
  if (vectors !== null && vectors.all().length === 0) return 0;
  if (vectors !== null) return transferWith(request, new IoBuffer(0, vectors.total, vectors.all()), writes);
  return transferWith(request, new IoBuffer(request.entry.address, lengthOf(request)), writes);
}

/** A read into memory of a group, which is taken for this try. */
function readSelected(ring: Ring, request: Request): i64 {
  if (!selectBuffer(ring, request)) return errorCode(Errno.NOBUFS);
  const buffer = request.buffer!;
  return transferWith(request, new IoBuffer(buffer.address, selectedLength(request)), false);
}

/** Takes memory of the entry's group. @returns false when there is none */
export function selectBuffer(ring: Ring, request: Request): boolean {
  request.buffer = ring.groups.take(request.entry.bufferIndex);
  return request.buffer !== null;
}

/** How much of the memory that was taken is used: what the entry asks for, at most. */
export function selectedLength(request: Request): u64 {
  const buffer = request.buffer!;
  const isVector = request.operation() === Operation.ReadVector;
  const asked = isVector || request.entry.length === 0 ? buffer.length : request.entry.length;
  return u64(minimum(asked, buffer.length));
}

function transferWith(request: Request, buffer: IoBuffer, writes: boolean): i64 {
  buffer.noWait = true;
  placeTransfer(buffer, request.entry.operationFlags);
  return transferOpen(request.open!, buffer, request.entry.offset, writes);
}

/** Whether a transfer that would wait fails instead: it says so. */
export function mustNotWait(request: Request): boolean {
  switch (request.operation()) {
    case Operation.Read:
    case Operation.ReadVector:
    case Operation.ReadFixed:
    case Operation.Write:
    case Operation.WriteVector:
    case Operation.WriteFixed:
      return (request.entry.operationFlags & TransferFlag.NoWait) !== 0;
    case Operation.Send:
    case Operation.Receive:
    case Operation.SendMessage:
    case Operation.ReceiveMessage:
      return (request.entry.operationFlags & DONT_WAIT) !== 0;
    default:
      return false;
  }
}

// ---- splice -----------------------------------------------------------------------------------------------------------

export function prepareSplice(ring: Ring, request: Request): Errno {
  return (request.entry.operationFlags & ~u32(SPLICE_FLAGS | INPUT_IS_FIXED)) !== 0 ? Errno.INVAL : Errno.NONE;
}

export function prepareTee(ring: Ring, request: Request): Errno {
  if (request.entry.offset !== 0 || request.entry.address !== 0) return Errno.INVAL;
  return prepareSplice(ring, request);
}

export function attemptSplice(ring: Ring, request: Request): i64 {
  return moveBetween(ring, request, false);
}

export function attemptTee(ring: Ring, request: Request): i64 {
  return moveBetween(ring, request, true);
}

function moveBetween(ring: Ring, request: Request, isTee: boolean): i64 {
  const entry = request.entry;
  const from = findInput(ring, request);
  if (from === null) return errorCode(Errno.BADF);
  const to = request.open!;
  const length = u64(entry.length);
  if (length === 0) return 0;
  for (let tries: u32 = 0; tries < TRIES; tries++) {
    let result: i64 = 0;
    if (!isTee) result = spliceOpen(from, entry.address, to, entry.offset, length);
    else result = from.readable && to.writable ? teeOpen(from, to, length, true) : errorCode(Errno.BADF);
    if (result !== errorCode(Errno.AGAIN)) return result;
    const isPatient = (entry.operationFlags & SPLICE_NON_BLOCKING) === 0 && !from.isNonBlocking() && !to.isNonBlocking();
    if (!isPatient) return result;
    // The input first: when it has something, it is the output that has no room.
    const inputIsReady = (from.file.ready(from) & (PollEvent.Readable | PollEvent.HangUp)) !== 0;
    request.events = u32(inputIsReady ? PollEvent.Writable : PollEvent.Readable);
    if (armOn(ring, request, inputIsReady ? to : from)) return WAITS;
  }
  return retryLater(ring, request);
}

/** The file that a splice reads, which the request keeps. */
function findInput(ring: Ring, request: Request): OpenFile | null {
  if (request.input !== null) return request.input;
  const number = request.entry.fileIndex;
  if ((request.entry.operationFlags & INPUT_IS_FIXED) === 0) {
    request.input = acquireFile(number);
    return request.input;
  }
  const resource = ring.files.at(number);
  if (resource === null) return null;
  const open = resource.open!;
  open.retain();
  request.input = open;
  return open;
}

// ---- the rest -----------------------------------------------------------------------------------------------------------

export function prepareSynchronise(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  if (entry.address !== 0 || entry.bufferIndex !== 0 || entry.fileIndex !== 0) return Errno.INVAL;
  const isRange = request.operation() === Operation.SynchroniseRange;
  return !isRange && (entry.operationFlags & ~u32(DATA_ONLY)) !== 0 ? Errno.INVAL : Errno.NONE;
}

export function attemptSynchronise(ring: Ring, request: Request): i64 {
  return synchronise(request.open!);
}

export function attemptSynchroniseRange(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return synchroniseRange(request.open!, entry.offset, u64(entry.length), u64(entry.operationFlags));
}

export function prepareAllocate(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  return entry.bufferIndex !== 0 || entry.operationFlags !== 0 || entry.fileIndex !== 0 ? Errno.INVAL : Errno.NONE;
}

export function attemptAllocate(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return allocateIn(request.open!, u64(entry.length), entry.offset, entry.address);
}

export function prepareAdviseFile(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  return entry.bufferIndex !== 0 || entry.fileIndex !== 0 ? Errno.INVAL : Errno.NONE;
}

export function attemptAdviseFile(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return adviseFile(request.open!, entry.offset, u64(entry.length), u64(entry.operationFlags));
}

export function prepareAdviseMemory(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  return entry.bufferIndex !== 0 || entry.offset !== 0 || entry.fileIndex !== 0 ? Errno.INVAL : Errno.NONE;
}

export function attemptAdviseMemory(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  return sysMadvise(entry.address, u64(entry.length), u64(entry.operationFlags));
}
