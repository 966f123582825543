// Sending and receiving by Unix sockets: into the peer's channel, and out of one's own (unix_channel.ts).
//
// A stream's peer never changes once it is connected, so nothing here takes a socket's lock for it. Wake-ups come after a channel's lock
// is released: who reads a stream wakes its peer, who reads datagrams wakes `roomQueue`, where senders wait, who are many.

import { Errno, errorCode } from "../lib/errno.ts";
import { SocketType } from "./socket.ts";
import { MessageFlag, releaseRights, type Transfer } from "./transfer.ts";
import { Companions, WOULD_BLOCK } from "./unix_channel.ts";
import { mayReach } from "./unix_connect.ts";
import { findSocket, isUnixAddress } from "./unix_names.ts";
import { READABLE, type UnixSocket, UnixState, WRITABLE } from "./unix_socket.ts";

/** Datagrams that wait at a socket that is not connected to their sender (net.unix.max_dgram_qlen, plus one as Linux counts). */
const MOST_DATAGRAMS = 11;

/** {@link UnixSocket.send} */
export function sendUnix(socket: UnixSocket, transfer: Transfer): i64 {
  if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
  if (socket.isConnectionless()) return sendDatagram(socket, transfer);
  if (transfer.address !== null && socket.socket.type === SocketType.Stream) {
    return errorCode(socket.state === UnixState.Connected ? Errno.ISCONN : Errno.OPNOTSUPP);
  }
  const peer = socket.peer;
  if (peer === null || socket.state !== UnixState.Connected) return errorCode(Errno.NOTCONN);
  const companions = new Companions();
  gather(socket, transfer, peer, companions);
  const result = sendTo(socket, peer, transfer, companions);
  keepRest(socket, transfer, companions);
  return result;
}

/** What goes with the bytes: rights, and who sends, when either end asks for that. */
function gather(socket: UnixSocket, transfer: Transfer, peer: UnixSocket, companions: Companions): void {
  const ancillary = transfer.ancillary;
  if (ancillary !== null) {
    companions.rights = ancillary.rights;
    ancillary.rights = null;
    companions.hasCredentials = ancillary.hasCredentials;
    companions.credentials.copyFrom(ancillary.credentials);
  }
  if (companions.hasCredentials) return;
  if (!socket.socket.options.passCredentials && !peer.socket.options.passCredentials) return;
  companions.hasCredentials = true;
  companions.credentials.process = 1;
}

/** Gives back what the channel did not take over. */
function keepRest(socket: UnixSocket, transfer: Transfer, companions: Companions): void {
  const ancillary = transfer.ancillary;
  if (ancillary !== null) ancillary.rights = companions.rights;
  const sender = companions.sender;
  if (sender !== null) sender.release();
}

function sendTo(socket: UnixSocket, peer: UnixSocket, transfer: Transfer, companions: Companions): i64 {
  const buffer = transfer.buffer;
  const limit = u64(socket.socket.options.sendBuffer);
  let done: i64 = 0;
  for (;;) {
    if (socket.sendDone || peer.receiveDone) return done > 0 ? done : errorCode(Errno.PIPE);
    const count = peer.incoming.write(transfer, limit, companions);
    if (count >= 0) {
      peer.socket.queue.wakeAll(READABLE);
      done += count;
      if (buffer.remaining === 0 || !(socket.socket.type === SocketType.Stream)) return done;
      continue;
    }
    if (count !== WOULD_BLOCK) return done > 0 ? done : count;
    if (!transfer.mayWait) return done > 0 ? done : errorCode(Errno.AGAIN);
    const needed: u64 = socket.socket.type === SocketType.Stream ? 1 : maximum(buffer.remaining, 1);
    const waited = socket.socket.waitAt(socket.socket.queue, socket.socket.options.sendTimeout, false, () => {
      return peer.incoming.room(limit) >= needed || socket.sendDone || peer.receiveDone;
    });
    if (waited !== 0) return done > 0 ? done : waited;
  }
}

function sendDatagram(socket: UnixSocket, transfer: Transfer): i64 {
  let target: UnixSocket | null = null;
  const address = transfer.address;
  if (address !== null) {
    if (!isUnixAddress(address)) return errorCode(Errno.INVAL);
    const found = findSocket(address);
    if (!found.ok) return errorCode(found.error);
    target = found.value;
  } else {
    target = socket.retainPeer();
    if (target === null) return errorCode(Errno.NOTCONN);
  }
  const reach = mayReach(socket, target);
  let result = errorCode(reach);
  if (reach === Errno.NONE) {
    if (socket.socket.options.passCredentials && socket.name === null) socket.chooseName();
    const companions = new Companions();
    gather(socket, transfer, target, companions);
    const name = socket.name;
    if (name !== null) {
      name.retain();
      companions.sender = name;
    }
    result = deliverDatagram(socket, target, transfer, companions);
    keepRest(socket, transfer, companions);
  }
  target.socket.inode.release();
  return result;
}

function deliverDatagram(socket: UnixSocket, target: UnixSocket, transfer: Transfer, companions: Companions): i64 {
  const limit = u64(socket.socket.options.sendBuffer);
  for (;;) {
    if (socket.sendDone) return errorCode(Errno.PIPE);
    if (target.state === UnixState.Closed) {
      if (socket.peer === target) socket.replacePeer(null);
      return errorCode(Errno.CONNREFUSED);
    }
    if (target.receiveDone) return errorCode(Errno.PIPE);
    const needed = maximum(transfer.buffer.remaining, 1);
    let count = WOULD_BLOCK;
    if (needed + 8 > limit) return errorCode(Errno.MSGSIZE);
    if (!isFull(socket, target)) count = target.incoming.write(transfer, limit, companions);
    if (count >= 0) {
      target.socket.queue.wakeAll(READABLE);
      return count;
    }
    if (count !== WOULD_BLOCK) return count === errorCode(Errno.PIPE) ? errorCode(Errno.CONNREFUSED) : count;
    if (!transfer.mayWait) return errorCode(Errno.AGAIN);
    const waited = socket.socket.waitAt(target.roomQueue, socket.socket.options.sendTimeout, false, () => {
      const ends = socket.sendDone || target.receiveDone || target.state === UnixState.Closed;
      return ends || (!isFull(socket, target) && target.incoming.room(limit) >= needed);
    });
    if (waited !== 0) return waited;
  }
}

/** Whether a socket has as many datagrams waiting as it takes from those whom it is not connected to. */
export function isFull(socket: UnixSocket, target: UnixSocket): boolean {
  return target.peer !== socket && target.incoming.messages >= MOST_DATAGRAMS;
}

/** {@link UnixSocket.receive} */
export function receiveUnix(socket: UnixSocket, transfer: Transfer): i64 {
  if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
  const isStream = socket.socket.type === SocketType.Stream;
  if (!socket.isConnectionless() && socket.state !== UnixState.Connected)
    return errorCode(isStream ? Errno.INVAL : Errno.NOTCONN);
  const buffer = transfer.buffer;
  if (buffer.remaining === 0 && isStream) return 0;
  const peek = transfer.has(MessageFlag.Peek);
  const whole = transfer.has(MessageFlag.WaitAll) && !peek && isStream;
  let done: i64 = 0;
  for (;;) {
    const hadRights = done > 0 && transfer.ancillary !== null && transfer.ancillary.rights !== null;
    if (hadRights) return done;
    const count = socket.incoming.read(transfer, socket.socket.options.passCredentials);
    if (count >= 0) {
      if (!peek) madeRoom(socket, transfer);
      if (isStream && done === 0 && transfer.address !== null) socket.peerName(transfer.address);
      if (!isStream && transfer.length > u64(count)) transfer.answer |= MessageFlag.Truncated;
      done += count;
      if (!whole || buffer.remaining === 0) return done;
      continue;
    }
    if (count !== WOULD_BLOCK) return done > 0 ? done : count;
    const error = done > 0 ? Errno.NONE : socket.takeError();
    if (error !== Errno.NONE) return errorCode(error);
    if (socket.receiveDone) return done;
    if (!transfer.mayWait) return done > 0 ? done : errorCode(Errno.AGAIN);
    const waited = socket.socket.waitAt(socket.socket.queue, socket.socket.options.receiveTimeout, false, () => {
      return !socket.incoming.isEmpty() || socket.receiveDone || socket.error !== Errno.NONE;
    });
    if (waited !== 0) return done > 0 ? done : waited;
  }
}

/** What was received is gone from the channel: tells those who wait for that, and closes what nobody wanted. */
function madeRoom(socket: UnixSocket, transfer: Transfer): void {
  if (socket.isConnectionless()) {
    socket.roomQueue.wakeAll();
  } else {
    const peer = socket.peer;
    if (peer !== null) peer.socket.queue.wakeAll(WRITABLE);
  }
  const unwanted = transfer.unwanted;
  if (unwanted === null) return;
  transfer.unwanted = null;
  transfer.answer |= MessageFlag.ControlTruncated;
  releaseRights(unwanted);
}
