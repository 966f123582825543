// Messages: sendto(2), recvfrom(2), sendmsg(2), recvmsg(2), sendmmsg(2), recvmmsg(2).

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { TRANSFER_MAX, VECTORS_MAX } from "../fs/abi.ts";
import { IoBuffer } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { currentThread } from "../sched/thread.ts";
import { type Socket, SocketType } from "../sockets/socket.ts";
import { SocketAddress } from "../sockets/socket_address.ts";
import { Ancillary, MessageFlag, releaseRights, Transfer } from "../sockets/transfer.ts";
import { Vectors } from "./files.ts";
import { sendSignalToThread } from "./signal_send.ts";
import { copyAddress, onSocket, readAddress, withOpen, withSocket, writeAddress } from "./socket_call.ts";
import { ControlWriter, dropRights, readControl } from "./socket_control.ts";
import { readTimespec } from "./timespec.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

const SIGPIPE = 13;
/** Messages of one call (UIO_MAXIOV). */
const MOST_MESSAGES = 1024;
/** From one struct mmsghdr to the next; the count of bytes lies behind the message. */
const MESSAGE_STEP = 64;
const MESSAGE_COUNT = 56;

/** struct msghdr. @size 56 */
class MessageHeader {
  name: u64 = 0;
  nameLength: u32 = 0;
  padding: u32 = 0;
  vectors: u64 = 0;
  vectorCount: u64 = 0;
  control: u64 = 0;
  controlLength: u64 = 0;
  flags: u32 = 0;
  paddingEnd: u32 = 0;
}

/** Sends, and tells of a broken stream by a signal, as write(2) does. */
function send(socket: Socket, transfer: Transfer): i64 {
  const result = socket.endpoint.send(transfer);
  if (result === errorCode(Errno.PIPE) && !transfer.has(MessageFlag.NoSignal) && socket.type === SocketType.Stream) {
    sendSignalToThread(currentThread(), SIGPIPE, 0, 0);
  }
  return result;
}

/** sendto(2), send(2) */
export function sysSendto(descriptor: u64, from: u64, length: u64, flags: u64, name: u64, nameLength: u64): i64 {
  return withOpen(descriptor, (open) => sendTo(open, from, length, flags, name, nameLength));
}

/** {@link sysSendto} of an open file, for io_uring. */
export function sendTo(open: OpenFile, from: u64, length: u64, flags: u64, name: u64, nameLength: u64): i64 {
  return onSocket(open, (open, socket) => {
    const buffer = new IoBuffer(from, minimum(length, u64(TRANSFER_MAX)));
    if (name === 0) return send(socket, new Transfer(buffer, u32(flags), open));
    const address = new SocketAddress();
    const error = readAddress(address, name, nameLength);
    if (error !== Errno.NONE) return errorCode(error);
    return send(socket, new Transfer(buffer, u32(flags), open, address.length === 0 ? null : address));
  });
}

/** recvfrom(2), recv(2) */
export function sysRecvfrom(descriptor: u64, to: u64, length: u64, flags: u64, name: u64, nameLength: u64): i64 {
  return withOpen(descriptor, (open) => receiveFrom(open, to, length, flags, name, nameLength));
}

/** {@link sysRecvfrom} of an open file, for io_uring. */
export function receiveFrom(open: OpenFile, to: u64, length: u64, flags: u64, name: u64, nameLength: u64): i64 {
  return onSocket(open, (open, socket) => {
    const buffer = new IoBuffer(to, minimum(length, u64(TRANSFER_MAX)));
    if (name === 0) {
      const transfer = new Transfer(buffer, u32(flags), open);
      return lengthOf(socket, transfer, socket.endpoint.receive(transfer));
    }
    const address = new SocketAddress();
    const transfer = new Transfer(buffer, u32(flags), open, address);
    const result = lengthOf(socket, transfer, socket.endpoint.receive(transfer));
    if (result < 0) return result;
    const error = nameLength === 0 ? Errno.FAULT : writeAddress(address, name, nameLength);
    return error === Errno.NONE ? result : errorCode(error);
  });
}

/** MSG_TRUNC as a flag of the call: the result is the message's own length. */
function lengthOf(socket: Socket, transfer: Transfer, result: i64): i64 {
  if (result < 0 || socket.type === SocketType.Stream || !transfer.has(MessageFlag.Truncated)) return result;
  return i64(transfer.length);
}

/** sendmsg(2) */
export function sysSendmsg(descriptor: u64, address: u64, flags: u64): i64 {
  return withOpen(descriptor, (open) => sendMessage(open, address, flags));
}

/** {@link sysSendmsg} of an open file, for io_uring. */
export function sendMessage(open: OpenFile, address: u64, flags: u64): i64 {
  return onSocket(open, (open, socket) => sendOne(open, socket, address, u32(flags)));
}

function sendOne(open: OpenFile, socket: Socket, at: u64, flags: u32): i64 {
  const header = new MessageHeader();
  let error = readUserObject(header, at);
  if (error !== Errno.NONE) return errorCode(error);
  if (header.vectorCount > VECTORS_MAX) return errorCode(Errno.MSGSIZE);
  const address = new SocketAddress();
  if (header.name !== 0 && header.nameLength !== 0) {
    // A longer one is cut, as Linux does here and nowhere else.
    if (i32(header.nameLength) < 0) return errorCode(Errno.INVAL);
    error = readAddress(address, header.name, u64(minimum(header.nameLength, 128)));
    if (error !== Errno.NONE) return errorCode(error);
  }
  const vectors = new Vectors();
  using _ = vectors;
  error = vectors.read(header.vectors, header.vectorCount);
  if (error !== Errno.NONE) return errorCode(error);
  const ancillary = new Ancillary();
  if (header.controlLength !== 0) {
    error = readControl(header.control, header.controlLength, socket, ancillary);
    if (error !== Errno.NONE) return errorCode(error);
  }
  const buffer = new IoBuffer(0, vectors.total, header.vectorCount === 0 ? null : vectors.all());
  const result = send(socket, new Transfer(buffer, flags, open, address.length === 0 ? null : address, ancillary));
  dropRights(ancillary);
  return result;
}

/** recvmsg(2) */
export function sysRecvmsg(descriptor: u64, address: u64, flags: u64): i64 {
  return withOpen(descriptor, (open) => receiveMessage(open, address, flags));
}

/** {@link sysRecvmsg} of an open file, for io_uring. */
export function receiveMessage(open: OpenFile, address: u64, flags: u64): i64 {
  return onSocket(open, (open, socket) => receiveOne(open, socket, address, u32(flags)));
}

function receiveOne(open: OpenFile, socket: Socket, at: u64, flags: u32): i64 {
  const header = new MessageHeader();
  let error = readUserObject(header, at);
  if (error !== Errno.NONE) return errorCode(error);
  if (header.vectorCount > VECTORS_MAX) return errorCode(Errno.MSGSIZE);
  const vectors = new Vectors();
  using _ = vectors;
  error = vectors.read(header.vectors, header.vectorCount);
  if (error !== Errno.NONE) return errorCode(error);
  const buffer = new IoBuffer(0, vectors.total, header.vectorCount === 0 ? null : vectors.all());
  const address = new SocketAddress();
  const ancillary = new Ancillary();
  const transfer = new Transfer(buffer, flags, open, address, ancillary);
  const result = lengthOf(socket, transfer, socket.endpoint.receive(transfer));
  if (result < 0) {
    const rights = ancillary.rights;
    if (rights !== null) releaseRights(rights);
    return result;
  }
  const control = new ControlWriter(header.control, header.control === 0 ? 0 : header.controlLength);
  error = control.write(socket, ancillary, (flags & MessageFlag.CloseOnExec) !== 0);
  if (error === Errno.NONE && header.name !== 0) error = copyAddress(address, header.name, header.nameLength);
  if (error !== Errno.NONE) return errorCode(error);
  header.nameLength = header.name === 0 ? header.nameLength : address.length;
  header.controlLength = control.written;
  header.flags =
    transfer.answer | (control.truncated ? u32(MessageFlag.ControlTruncated) : 0) | (flags & MessageFlag.CloseOnExec);
  error = writeUserObject(at, header);
  return error === Errno.NONE ? result : errorCode(error);
}

/** sendmmsg(2). @returns messages sent, or -errno when there was none */
export function sysSendmmsg(descriptor: u64, at: u64, count: u64, flags: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    const messages = minimum(u64(u32(count)), u64(MOST_MESSAGES));
    for (let i: u64 = 0; i < messages; i++) {
      const place = at + i * MESSAGE_STEP;
      const result = sendOne(open, socket, place, u32(flags));
      if (result < 0) return i > 0 ? i64(i) : result;
      const error = writeUser32((place + MESSAGE_COUNT) as UserPointer, u32(u64(result)));
      if (error !== Errno.NONE) return i > 0 ? i64(i) : errorCode(error);
    }
    return i64(messages);
  });
}

/** recvmmsg(2). The time limit is looked at after each message, as Linux does. @returns messages, or -errno when there was none */
export function sysRecvmmsg(descriptor: u64, at: u64, count: u64, flags: u64, timeout: u64): i64 {
  let deadline: u64 = 0;
  if (timeout !== 0) {
    const nanoseconds = readTimespec(timeout);
    if (!nanoseconds.ok) return errorCode(nanoseconds.error);
    deadline = monotonicNanoseconds() + nanoseconds.value;
  }
  return withSocket(descriptor, (open, socket) => {
    const pending = socket.endpoint.takeError();
    if (pending !== Errno.NONE) return errorCode(pending);
    const messages = minimum(u64(u32(count)), u64(MOST_MESSAGES));
    let how = u32(flags) & ~u32(MessageFlag.WaitForOne);
    for (let i: u64 = 0; i < messages; i++) {
      const place = at + i * MESSAGE_STEP;
      const result = receiveOne(open, socket, place, how);
      if (result < 0) return i > 0 ? i64(i) : result;
      const error = writeUser32((place + MESSAGE_COUNT) as UserPointer, u32(u64(result)));
      if (error !== Errno.NONE) return i > 0 ? i64(i) : errorCode(error);
      if ((u32(flags) & MessageFlag.WaitForOne) !== 0) how |= MessageFlag.DontWait;
      if (deadline !== 0 && monotonicNanoseconds() >= deadline) return i64(i) + 1;
    }
    return i64(messages);
  });
}
