// Operations of a ring on sockets. They are tried without waiting (MSG_DONTWAIT), and again when the socket is ready.

import { PollEvent } from "../fs/abi.ts";
import { removeFile } from "../fs/file_table.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { receiveFrom, receiveMessage, sendMessage, sendTo } from "./socket_messages.ts";
import { acceptSocket, connectSocket, shutDownSocket, sysSocket } from "./sockets.ts";
import type { Ring } from "./uring.ts";
import { armOn, retryLater, TRIES, WAITS } from "./uring_execution.ts";
import { EntryFlag } from "./uring_layout.ts";
import { placeFile } from "./uring_register.ts";
import type { Request } from "./uring_request.ts";
import { selectBuffer, selectedLength } from "./uring_transfers.ts";

const DONT_WAIT = 0x40;
const NO_SIGNAL = 0x4000;
/** IORING_RECVSEND_POLL_FIRST: the first try is saved, which costs nothing here. */
const POLL_FIRST = 1;

export function prepareMessage(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  return (u32(entry.priority) & ~u32(POLL_FIRST)) !== 0 ? Errno.INVAL : Errno.NONE;
}

function flagsOf(request: Request): u64 {
  return u64(request.entry.operationFlags | DONT_WAIT);
}

export function attemptSend(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  const nameLength = u64(entry.fileIndex & 0xffff);
  return sendTo(request.open!, entry.address, u64(entry.length), flagsOf(request) | NO_SIGNAL, entry.offset, nameLength);
}

export function attemptReceive(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  if (!request.has(EntryFlag.SelectBuffer)) {
    return receiveFrom(request.open!, entry.address, u64(entry.length), flagsOf(request), 0, 0);
  }
  if (!selectBuffer(ring, request)) return errorCode(Errno.NOBUFS);
  return receiveFrom(request.open!, request.buffer!.address, selectedLength(request), flagsOf(request), 0, 0);
}

export function attemptSendMessage(ring: Ring, request: Request): i64 {
  return sendMessage(request.open!, request.entry.address, flagsOf(request) | NO_SIGNAL);
}

export function attemptReceiveMessage(ring: Ring, request: Request): i64 {
  if (request.has(EntryFlag.SelectBuffer)) return errorCode(Errno.OPNOTSUPP);
  return receiveMessage(request.open!, request.entry.address, flagsOf(request));
}

export function prepareAccept(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  return entry.length !== 0 || entry.bufferIndex !== 0 || entry.priority !== 0 ? Errno.INVAL : Errno.NONE;
}

export function attemptAccept(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  const descriptor = acceptSocket(request.open!, entry.address, entry.offset, u64(entry.operationFlags), false);
  return descriptor < 0 ? descriptor : intoTable(ring, request, descriptor);
}

export function prepareConnect(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  const isPlain = entry.length === 0 && entry.bufferIndex === 0 && entry.operationFlags === 0 && entry.fileIndex === 0;
  return isPlain ? Errno.NONE : Errno.INVAL;
}

/** A connection that is under way is asked for again when the socket can be written. */
export function attemptConnect(ring: Ring, request: Request): i64 {
  const open = request.open!;
  for (let tries: u32 = 0; tries < TRIES; tries++) {
    const result = connectSocket(open, request.entry.address, request.entry.offset, false);
    if (result !== errorCode(Errno.INPROGRESS) && result !== errorCode(Errno.ALREADY)) return result;
    request.events = u32(PollEvent.Writable | PollEvent.WriteNormal);
    if (armOn(ring, request, open)) return WAITS;
  }
  return retryLater(ring, request);
}

export function prepareShutDown(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  const isPlain = entry.offset === 0 && entry.address === 0 && entry.operationFlags === 0 && entry.bufferIndex === 0;
  return isPlain && entry.fileIndex === 0 ? Errno.NONE : Errno.INVAL;
}

export function attemptShutDown(ring: Ring, request: Request): i64 {
  return shutDownSocket(request.open!, u64(request.entry.length));
}

export function prepareSocket(ring: Ring, request: Request): Errno {
  const entry = request.entry;
  return entry.address !== 0 || entry.operationFlags !== 0 || entry.bufferIndex !== 0 ? Errno.INVAL : Errno.NONE;
}

export function attemptSocket(ring: Ring, request: Request): i64 {
  const entry = request.entry;
  const descriptor = sysSocket(u64(entry.descriptor), entry.offset, u64(entry.length));
  return descriptor < 0 ? descriptor : intoTable(ring, request, descriptor);
}

/** Moves a new descriptor to the registered files, when the entry asks for it. */
function intoTable(ring: Ring, request: Request, descriptor: i64): i64 {
  if (request.entry.fileIndex === 0) return descriptor;
  const open = removeFile(u32(descriptor));
  return open === null ? errorCode(Errno.BADF) : placeFile(ring, open, request.entry.fileIndex);
}
