// Sockets: socket(2), socketpair(2), bind(2), listen(2), accept(2), connect(2), shutdown(2) and their names. Messages are in
// socket_messages.ts, options in socket_options.ts; what the calls do is the families' (kernel/sockets).

import { OpenFlag } from "../fs/abi.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { NETLINK_ROUTE, NetlinkSocket } from "../sockets/netlink_socket.ts";
import { startNetwork } from "../sockets/network_stack.ts";
import { AcceptOutcome, Direction, type Socket, SocketType } from "../sockets/socket.ts";
import { Family, SocketAddress } from "../sockets/socket_address.ts";
import { TcpSocket } from "../sockets/tcp_socket.ts";
import { UdpSocket } from "../sockets/udp_socket.ts";
import { connectPair, UnixSocket } from "../sockets/unix_socket.ts";
import { closeDescriptor, installNew, maskOff } from "./open.ts";
import { installPair } from "./pipes.ts";
import { onSocket, readAddress, withOpen, withSocket, writeAddress } from "./socket_call.ts";

const TYPE_MASK = 0xf;
/** Address families go up to here in Linux 6.1 (AF_MAX); types up to SOCK_PACKET. */
const FAMILY_END = 46;
const TYPE_END = 11;
const TYPE_FLAGS = OpenFlag.CloseOnExec | OpenFlag.NonBlocking;
/** The longest queue of connections (net.core.somaxconn). */
const BACKLOG_MAX = 4096;

/** Makes a socket of a family. Null: why is in `outcome.error`. */
function makeSocket(family: u32, type: u32, protocol: u32, outcome: AcceptOutcome): Socket | null {
  switch (family as Family) {
    case Family.Unix: {
      const checked = checkUnix(type, protocol);
      if (checked !== Errno.NONE) {
        outcome.error = errorCode(checked);
        return null;
      }
      const unix = create(UnixSocket);
      outcome.error = errorCode(Errno.NFILE);
      if (unix === null) return null;
      // A raw one is one for datagrams, as in Linux.
      unix.begin(type === SocketType.Raw ? SocketType.Datagram : (type as SocketType), 0);
      return unix.socket;
    }
    case Family.Inet:
    case Family.Inet6:
      return makeInternet(family as Family, type, protocol, outcome);
    case Family.Netlink:
      return makeNetlink(type, protocol, outcome);
    default:
      logOnce("socket family", `sockets of the family ${family} are not supported (EAFNOSUPPORT)`);
      outcome.error = errorCode(Errno.AFNOSUPPORT);
      return null;
  }
}

/** Protocols that a type of socket may name; 0 is the type's own. */
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const PROTOCOL_END = 263;

function makeInternet(family: Family, type: u32, protocol: u32, outcome: AcceptOutcome): Socket | null {
  outcome.error = errorCode(Errno.NFILE);
  if (protocol >= PROTOCOL_END) {
    outcome.error = errorCode(Errno.INVAL);
    return null;
  }
  const started = startNetwork();
  if (started !== Errno.NONE) {
    outcome.error = errorCode(started);
    return null;
  }
  switch (type as SocketType) {
    case SocketType.Stream: {
      if (protocol !== 0 && protocol !== PROTOCOL_TCP) break;
      const stream = create(TcpSocket);
      if (stream === null) return null;
      stream.begin(family);
      return stream.socket;
    }
    case SocketType.Datagram: {
      if (protocol !== 0 && protocol !== PROTOCOL_UDP) break;
      const datagrams = create(UdpSocket);
      if (datagrams === null) return null;
      datagrams.begin(family);
      return datagrams.socket;
    }
    case SocketType.Raw:
      logOnce("raw socket", "raw sockets are not supported (EPROTONOSUPPORT)");
      outcome.error = errorCode(Errno.PROTONOSUPPORT);
      return null;
    default:
      outcome.error = errorCode(Errno.SOCKTNOSUPPORT);
      return null;
  }
  outcome.error = errorCode(Errno.PROTONOSUPPORT);
  return null;
}

/** Protocols of netlink go up to here in Linux (MAX_LINKS). */
const NETLINK_END = 32;

function makeNetlink(type: u32, protocol: u32, outcome: AcceptOutcome): Socket | null {
  if (type !== SocketType.Raw && type !== SocketType.Datagram) {
    outcome.error = errorCode(Errno.SOCKTNOSUPPORT);
    return null;
  }
  if (protocol !== NETLINK_ROUTE) {
    if (protocol < NETLINK_END) {
      logOnce("netlink protocol", `the protocol ${protocol} of netlink is not supported (EPROTONOSUPPORT)`);
    }
    outcome.error = errorCode(Errno.PROTONOSUPPORT);
    return null;
  }
  outcome.error = errorCode(startNetwork());
  if (outcome.error !== 0) return null;
  const socket = create(NetlinkSocket);
  outcome.error = errorCode(Errno.NFILE);
  if (socket === null) return null;
  socket.begin(type as SocketType);
  return socket.socket;
}

function checkUnix(type: u32, protocol: u32): Errno {
  if (protocol !== 0 && protocol !== Family.Unix) return Errno.PROTONOSUPPORT;
  switch (type as SocketType) {
    case SocketType.Stream:
    case SocketType.Datagram:
    case SocketType.Packets:
    case SocketType.Raw:
      return Errno.NONE;
    default:
      return Errno.SOCKTNOSUPPORT;
  }
}

/** socket(2) */
export function sysSocket(family: u64, type: u64, protocol: u64): i64 {
  const flags = u32(type) & ~u32(TYPE_MASK);
  if ((flags & ~u32(TYPE_FLAGS)) !== 0) return errorCode(Errno.INVAL);
  const kind = u32(type) & TYPE_MASK;
  if (u32(family) >= FAMILY_END) return errorCode(Errno.AFNOSUPPORT);
  if (kind >= TYPE_END) return errorCode(Errno.INVAL);
  const outcome = new AcceptOutcome();
  const socket = makeSocket(u32(family), kind, u32(protocol), outcome);
  if (socket === null) return outcome.error;
  const open = socket.openFile(flags & OpenFlag.NonBlocking);
  if (open === null) return errorCode(Errno.NFILE);
  return installNew(open, (flags & OpenFlag.CloseOnExec) !== 0);
}

/** socketpair(2) */
export function sysSocketpair(family: u64, type: u64, protocol: u64, address: u64): i64 {
  const flags = u32(type) & ~u32(TYPE_MASK);
  if ((flags & ~u32(TYPE_FLAGS)) !== 0) return errorCode(Errno.INVAL);
  // Linux gives both descriptors their numbers and tries the address before it looks at anything else.
  if (writeUser32(address as UserPointer, 0) !== Errno.NONE) return errorCode(Errno.FAULT);
  const kind = u32(type) & TYPE_MASK;
  if (u32(family) !== Family.Unix) {
    const isInternet = u32(family) === Family.Inet || u32(family) === Family.Inet6;
    return errorCode(isInternet ? Errno.OPNOTSUPP : Errno.AFNOSUPPORT);
  }
  const checked = checkUnix(kind, u32(protocol));
  if (checked !== Errno.NONE) return errorCode(checked);
  const first = create(UnixSocket);
  const second = create(UnixSocket);
  if (first === null || second === null) {
    if (first !== null) destroy(first);
    if (second !== null) destroy(second);
    return errorCode(Errno.NFILE);
  }
  const what = kind === SocketType.Raw ? SocketType.Datagram : (kind as SocketType);
  first.begin(what, 0);
  second.begin(what, 0);
  connectPair(first, second);
  const status = flags & OpenFlag.NonBlocking;
  const firstOpen = first.socket.openFile(status);
  const secondOpen = second.socket.openFile(status);
  if (firstOpen === null || secondOpen === null) {
    if (firstOpen !== null) firstOpen.release();
    if (secondOpen !== null) secondOpen.release();
    return errorCode(Errno.NFILE);
  }
  return installPair(firstOpen, secondOpen, (flags & OpenFlag.CloseOnExec) !== 0, address);
}

/** bind(2) */
export function sysBind(descriptor: u64, at: u64, length: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    const address = new SocketAddress();
    const error = readAddress(address, at, length);
    return errorCode(error === Errno.NONE ? socket.endpoint.bind(address, maskOff(0o777)) : error);
  });
}

/** connect(2) */
export function sysConnect(descriptor: u64, at: u64, length: u64): i64 {
  return withOpen(descriptor, (open) => connectSocket(open, at, length));
}

/** {@link sysConnect} of an open file, for io_uring, which does not wait. */
export function connectSocket(open: OpenFile, at: u64, length: u64, mayWait: boolean = true): i64 {
  return onSocket(open, (open, socket) => {
    const address = new SocketAddress();
    const error = readAddress(address, at, length);
    return error === Errno.NONE ? socket.endpoint.connect(address, mayWait && !open.isNonBlocking()) : errorCode(error);
  });
}

/** listen(2) */
export function sysListen(descriptor: u64, backlog: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    // A negative number is a large one.
    return errorCode(socket.endpoint.listen(minimum(u32(backlog), u32(BACKLOG_MAX))));
  });
}

/** accept(2) */
export function sysAccept(descriptor: u64, at: u64, lengthAddress: u64): i64 {
  return sysAccept4(descriptor, at, lengthAddress, 0);
}

/** accept4(2) */
export function sysAccept4(descriptor: u64, at: u64, lengthAddress: u64, flags: u64): i64 {
  return withOpen(descriptor, (open) => acceptSocket(open, at, lengthAddress, flags));
}

/** {@link sysAccept4} of an open file, for io_uring, which does not wait. */
export function acceptSocket(open: OpenFile, at: u64, lengthAddress: u64, flags: u64, mayWait: boolean = true): i64 {
  if ((u32(flags) & ~u32(TYPE_FLAGS)) !== 0) return errorCode(Errno.INVAL);
  return onSocket(open, (open, socket) => {
    const outcome = new AcceptOutcome();
    const accepted = socket.endpoint.accept(mayWait && !open.isNonBlocking(), outcome);
    if (accepted === null) return outcome.error;
    const fresh = accepted.openFile(u32(flags) & OpenFlag.NonBlocking);
    if (fresh === null) return errorCode(Errno.NFILE);
    if (at !== 0) {
      const address = new SocketAddress();
      let error = accepted.endpoint.peerName(address);
      // It may have gone already.
      if (error === Errno.NOTCONN) error = Errno.CONNABORTED;
      if (error === Errno.NONE) error = writeAddress(address, at, lengthAddress);
      if (error !== Errno.NONE) {
        closeDescriptor(fresh);
        return errorCode(error);
      }
    }
    return installNew(fresh, (u32(flags) & OpenFlag.CloseOnExec) !== 0);
  });
}

/** shutdown(2) */
export function sysShutdown(descriptor: u64, how: u64): i64 {
  return withOpen(descriptor, (open) => shutDownSocket(open, how));
}

/** {@link sysShutdown} of an open file, for io_uring. */
export function shutDownSocket(open: OpenFile, how: u64): i64 {
  return onSocket(open, (open, socket) => {
    if (u32(how) > 2) return errorCode(Errno.INVAL);
    return errorCode(socket.endpoint.shutDown((u32(how) + 1) as Direction));
  });
}

/** getsockname(2) */
export function sysGetsockname(descriptor: u64, at: u64, lengthAddress: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    const address = new SocketAddress();
    const error = socket.endpoint.localName(address);
    return errorCode(error === Errno.NONE ? writeAddress(address, at, lengthAddress) : error);
  });
}

/** getpeername(2) */
export function sysGetpeername(descriptor: u64, at: u64, lengthAddress: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    const address = new SocketAddress();
    const error = socket.endpoint.peerName(address);
    return errorCode(error === Errno.NONE ? writeAddress(address, at, lengthAddress) : error);
  });
}
