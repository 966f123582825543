// Sockets: pairs of them (socketpair(2), unix(7)), and what is done with one. There is no network: a socket of its own answers
// EAFNOSUPPORT, as a Linux that was built without the protocol does, and says so once.

import { OpenFlag, TRANSFER_MAX } from "../fs/abi.ts";
import { acquireFile } from "../fs/file_table.ts";
import { IoBuffer } from "../fs/io_buffer.ts";
import { allocateOpenFile, type OpenFile } from "../fs/open_file.ts";
import { Received } from "../fs/socket_channel.ts";
import { MessageFlag, type Socket, SocketPair, SocketType, socketOf } from "../fs/socket_pair.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { currentThread } from "../sched/thread.ts";
import { Vectors } from "./files.ts";
import { installPair } from "./pipes.ts";
import { sendSignalToThread } from "./signal_send.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

const SIGPIPE = 13;
const FAMILY_UNIX = 1;
const TYPE_MASK = 0xf;
/** Address families go up to here in Linux 6.1 (AF_MAX); types up to SOCK_PACKET. */
const FAMILY_END = 46;
const TYPE_END = 11;
const TYPE_FLAGS = OpenFlag.CloseOnExec | OpenFlag.NonBlocking;
/** MSG_OOB, MSG_NOSIGNAL. */
const OUT_OF_BAND = 0x1;
const NO_SIGNAL = 0x4000;

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

/** struct ucred. */
class Credentials {
  process: u32 = 1;
  user: u32 = 0;
  group: u32 = 0;
}

/** socket(2) */
export function sysSocket(family: u64, type: u64, protocol: u64): i64 {
  const kind = u32(type) & ~u32(TYPE_FLAGS);
  if ((kind & ~u32(TYPE_MASK)) !== 0 || kind >= TYPE_END) return errorCode(Errno.INVAL);
  if (u32(family) < FAMILY_END) logOnce("socket", "sockets of a network are not supported (EAFNOSUPPORT)");
  return errorCode(Errno.AFNOSUPPORT);
}

/** socketpair(2) */
export function sysSocketpair(family: u64, type: u64, protocol: u64, address: u64): i64 {
  const flags = u32(type) & ~u32(TYPE_MASK);
  if ((flags & ~u32(TYPE_FLAGS)) !== 0) return errorCode(Errno.INVAL);
  // Linux gives both descriptors their numbers and tries the address before it looks at anything else.
  if (writeUser32(address as UserPointer, 0) !== Errno.NONE) return errorCode(Errno.FAULT);
  const kind = u32(type) & TYPE_MASK;
  if (u32(family) !== FAMILY_UNIX)
    return errorCode(u32(family) === 2 || u32(family) === 10 ? Errno.OPNOTSUPP : Errno.AFNOSUPPORT);
  if (u32(protocol) !== 0 && u32(protocol) !== FAMILY_UNIX) return errorCode(Errno.PROTONOSUPPORT);
  switch (kind as SocketType) {
    case SocketType.Stream:
    case SocketType.Datagram:
    case SocketType.Packets:
      break;
    default:
      return errorCode(Errno.SOCKTNOSUPPORT);
  }
  const pair = create(SocketPair);
  if (pair === null) return errorCode(Errno.NFILE);
  const [firstDentry, secondDentry] = pair.begin(kind as SocketType);
  const status = (flags & OpenFlag.NonBlocking) | OpenFlag.ReadWrite;
  const first = allocateOpenFile(firstDentry, status);
  const second = first === null ? null : allocateOpenFile(secondDentry, status);
  if (first === null || second === null) {
    if (first === null) {
      firstDentry.release();
    } else {
      first.file = pair.ends[0];
      first.release();
    }
    secondDentry.release();
    return errorCode(Errno.NFILE);
  }
  first.file = pair.ends[0];
  second.file = pair.ends[1];
  return installPair(first, second, (flags & OpenFlag.CloseOnExec) !== 0, address);
}

/** Does something with the open file of a descriptor. */
function withOpen(descriptor: u64, action: (open: OpenFile) => i64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const result = action(open);
  open.release();
  return result;
}

/** Does something with the socket that an open file is. */
function onSocket(open: OpenFile, action: (open: OpenFile, socket: Socket) => i64): i64 {
  const socket = socketOf(open);
  return socket === null ? errorCode(Errno.NOTSOCK) : action(open, socket);
}

/** Does something with the socket of a descriptor. */
function withSocket(descriptor: u64, action: (open: OpenFile, socket: Socket) => i64): i64 {
  return withOpen(descriptor, (open) => onSocket(open, action));
}

function send(open: OpenFile, socket: Socket, buffer: IoBuffer, flags: u32): i64 {
  if ((flags & OUT_OF_BAND) !== 0) return errorCode(Errno.OPNOTSUPP);
  const result = socket.send(open, buffer, flags);
  if (result === errorCode(Errno.PIPE) && (flags & NO_SIGNAL) === 0 && socket.type === SocketType.Stream) {
    sendSignalToThread(currentThread(), SIGPIPE, 0, 0);
  }
  return result;
}

/** sendto(2). An end of a pair has its partner: a stream takes no other address. */
export function sysSendto(descriptor: u64, address: u64, length: u64, flags: u64, name: u64, nameLength: u64): i64 {
  return withOpen(descriptor, (open) => sendTo(open, address, length, flags, name, nameLength));
}

/** {@link sysSendto} of an open file, for io_uring. */
export function sendTo(open: OpenFile, address: u64, length: u64, flags: u64, name: u64, nameLength: u64): i64 {
  return onSocket(open, (open, socket) => {
    if (name !== 0 && u32(nameLength) !== 0) {
      return errorCode(socket.type === SocketType.Datagram ? Errno.CONNREFUSED : Errno.ISCONN);
    }
    const buffer = new IoBuffer(address, minimum(length, u64(TRANSFER_MAX)));
    return send(open, socket, buffer, u32(flags));
  });
}

/** recvfrom(2). The partner has no name. */
export function sysRecvfrom(descriptor: u64, address: u64, length: u64, flags: u64, name: u64, nameLength: u64): i64 {
  return withOpen(descriptor, (open) => receiveFrom(open, address, length, flags, name, nameLength));
}

/** {@link sysRecvfrom} of an open file, for io_uring. */
export function receiveFrom(open: OpenFile, address: u64, length: u64, flags: u64, name: u64, nameLength: u64): i64 {
  return onSocket(open, (open, socket) => {
    if ((u32(flags) & OUT_OF_BAND) !== 0) return errorCode(Errno.OPNOTSUPP);
    const buffer = new IoBuffer(address, minimum(length, u64(TRANSFER_MAX)));
    const received = new Received();
    const result = socket.receive(open, buffer, u32(flags), received);
    if (result < 0) return result;
    if (name !== 0 && nameLength !== 0) {
      const error = writeUser32(nameLength as UserPointer, 0);
      if (error !== Errno.NONE) return errorCode(error);
    }
    return wantsLength(socket, flags) ? i64(received.length) : result;
  });
}

/** MSG_TRUNC as a flag of the call: the result is the message's own length. */
function wantsLength(socket: Socket, flags: u64): boolean {
  return socket.type !== SocketType.Stream && (u32(flags) & MessageFlag.Truncated) !== 0;
}

/** sendmsg(2). Descriptors and credentials are for other processes, which there are none of. */
export function sysSendmsg(descriptor: u64, address: u64, flags: u64): i64 {
  return withOpen(descriptor, (open) => sendMessage(open, address, flags));
}

/** {@link sysSendmsg} of an open file, for io_uring. */
export function sendMessage(open: OpenFile, address: u64, flags: u64): i64 {
  return onSocket(open, (open, socket) => {
    const header = new MessageHeader();
    let error = readUserObject(header, address);
    if (error !== Errno.NONE) return errorCode(error);
    if (header.vectorCount > 1024) return errorCode(Errno.MSGSIZE);
    if (header.control !== 0 && header.controlLength !== 0) {
      logOnce("sendmsg", "control messages of sendmsg are not supported (EOPNOTSUPP)");
      return errorCode(Errno.OPNOTSUPP);
    }
    if (header.name !== 0 && header.nameLength !== 0) return errorCode(Errno.ISCONN);
    const vectors = new Vectors();
    using _ = vectors;
    error = vectors.read(header.vectors, header.vectorCount);
    if (error !== Errno.NONE) return errorCode(error);
    const buffer = new IoBuffer(0, vectors.total, header.vectorCount === 0 ? null : vectors.all());
    return send(open, socket, buffer, u32(flags));
  });
}

/** recvmsg(2) */
export function sysRecvmsg(descriptor: u64, address: u64, flags: u64): i64 {
  return withOpen(descriptor, (open) => receiveMessage(open, address, flags));
}

/** {@link sysRecvmsg} of an open file, for io_uring. */
export function receiveMessage(open: OpenFile, address: u64, flags: u64): i64 {
  return onSocket(open, (open, socket) => {
    const header = new MessageHeader();
    let error = readUserObject(header, address);
    if (error !== Errno.NONE) return errorCode(error);
    if (header.vectorCount > 1024) return errorCode(Errno.MSGSIZE);
    if ((u32(flags) & OUT_OF_BAND) !== 0) return errorCode(Errno.OPNOTSUPP);
    const vectors = new Vectors();
    using _ = vectors;
    error = vectors.read(header.vectors, header.vectorCount);
    if (error !== Errno.NONE) return errorCode(error);
    const buffer = new IoBuffer(0, vectors.total, header.vectorCount === 0 ? null : vectors.all());
    const received = new Received();
    const result = socket.receive(open, buffer, u32(flags), received);
    if (result < 0) return result;
    header.nameLength = 0;
    header.controlLength = 0;
    header.flags = socket.type !== SocketType.Stream && received.length > u64(result) ? u32(MessageFlag.Truncated) : 0;
    error = writeUserObject(address, header);
    if (error !== Errno.NONE) return errorCode(error);
    return wantsLength(socket, flags) ? i64(received.length) : result;
  });
}

/** shutdown(2) */
export function sysShutdown(descriptor: u64, how: u64): i64 {
  return withOpen(descriptor, (open) => shutDownSocket(open, how));
}

/** {@link sysShutdown} of an open file, for io_uring. */
export function shutDownSocket(open: OpenFile, how: u64): i64 {
  return onSocket(open, (open, socket) => {
    const direction = u32(how);
    if (direction > 2) return errorCode(Errno.INVAL);
    socket.shutDown(direction !== 1, direction !== 0);
    return 0;
  });
}

/** getsockname(2) and getpeername(2): an address of the family, without a name. */
export function sysGetsockname(descriptor: u64, address: u64, lengthAddress: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    const length = new Word();
    let error = readUserObject(length, lengthAddress);
    if (error !== Errno.NONE) return errorCode(error);
    if (i32(length.value) < 0) return errorCode(Errno.INVAL);
    const family = new Family();
    if (length.value >= 2) error = writeUserObject(address, family);
    if (error !== Errno.NONE) return errorCode(error);
    length.value = 2;
    return errorCode(writeUserObject(lengthAddress, length));
  });
}

class Word {
  value: u32 = 0;
}

class Family {
  value: u16 = FAMILY_UNIX;
}

/** Options of SOL_SOCKET (asm-generic/socket.h). */
const enum SocketOption {
  Debug = 1,
  ReuseAddress = 2,
  Type = 3,
  Error = 4,
  SendBuffer = 7,
  ReceiveBuffer = 8,
  KeepAlive = 9,
  Linger = 13,
  PassCredentials = 16,
  PeerCredentials = 17,
  AcceptsConnections = 30,
  Protocol = 38,
  Domain = 39,
}

const SOCKET_LEVEL = 1;
const DEFAULT_BUFFER = 212992;

/** getsockopt(2) */
export function sysGetsockopt(descriptor: u64, level: u64, option: u64, address: u64, lengthAddress: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    if (u32(level) !== SOCKET_LEVEL) return errorCode(Errno.OPNOTSUPP);
    const length = new Word();
    let error = readUserObject(length, lengthAddress);
    if (error !== Errno.NONE) return errorCode(error);
    if (i32(length.value) < 0) return errorCode(Errno.INVAL);
    if (u32(option) === SocketOption.PeerCredentials) {
      if (length.value < 12) return errorCode(Errno.INVAL);
      length.value = 12;
      error = writeUserObject(address, new Credentials());
    } else {
      const value = new Word();
      if (!optionValue(socket, option, value)) return errorCode(Errno.NOPROTOOPT);
      if (length.value < 4) return errorCode(Errno.INVAL);
      length.value = 4;
      error = writeUserObject(address, value);
    }
    if (error !== Errno.NONE) return errorCode(error);
    return errorCode(writeUserObject(lengthAddress, length));
  });
}

/** Fills in an option's value. @returns whether there is such an option */
function optionValue(socket: Socket, option: u64, value: Word): boolean {
  switch (u32(option) as SocketOption) {
    case SocketOption.Type:
      value.value = u32(socket.type);
      return true;
    case SocketOption.Domain:
      value.value = FAMILY_UNIX;
      return true;
    case SocketOption.SendBuffer:
    case SocketOption.ReceiveBuffer:
      value.value = DEFAULT_BUFFER;
      return true;
    case SocketOption.Error:
    case SocketOption.AcceptsConnections:
    case SocketOption.Protocol:
    case SocketOption.Debug:
    case SocketOption.ReuseAddress:
    case SocketOption.KeepAlive:
    case SocketOption.PassCredentials:
      value.value = 0;
      return true;
    default:
      return false;
  }
}

/** setsockopt(2). What tunes a network changes nothing between two ends of one program. */
export function sysSetsockopt(descriptor: u64, level: u64, option: u64, address: u64, length: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    if (u32(level) !== SOCKET_LEVEL) return errorCode(Errno.OPNOTSUPP);
    if (u32(length) < 4) return errorCode(Errno.INVAL);
    const value = new Word();
    const error = readUserObject(value, address);
    if (error !== Errno.NONE) return errorCode(error);
    switch (u32(option) as SocketOption) {
      case SocketOption.Type:
      case SocketOption.Domain:
      case SocketOption.Protocol:
      case SocketOption.Error:
      case SocketOption.AcceptsConnections:
        return errorCode(Errno.NOPROTOOPT);
      case SocketOption.SendBuffer:
      case SocketOption.ReceiveBuffer:
      case SocketOption.ReuseAddress:
      case SocketOption.KeepAlive:
      case SocketOption.Linger:
        return 0;
      default:
        logOnce("setsockopt", `the socket option ${u32(option)} is not supported (ENOPROTOOPT)`);
        return errorCode(Errno.NOPROTOOPT);
    }
  });
}

/** connect(2), bind(2): an end of a pair has its partner. */
export function sysConnect(descriptor: u64, address: u64, length: u64): i64 {
  return withOpen(descriptor, (open) => connectSocket(open, address, length));
}

/** {@link sysConnect} of an open file, for io_uring. */
export function connectSocket(open: OpenFile, address: u64, length: u64): i64 {
  return onSocket(open, () => errorCode(Errno.ISCONN));
}

/** bind(2) */
export function sysBind(descriptor: u64, address: u64, length: u64): i64 {
  return withSocket(descriptor, () => errorCode(Errno.INVAL));
}

/** listen(2), accept(2), accept4(2): an end of a pair is connected for ever. */
export function sysListen(descriptor: u64): i64 {
  return withSocket(descriptor, () => errorCode(Errno.INVAL));
}
