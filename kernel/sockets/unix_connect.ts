// How Unix sockets are connected: connect(2), accept(2).
//
// A stream is connected by making the other end at once and putting it into the listener's queue, under the listener's lock; whoever
// connects waits for a place there. A datagram socket has only its peer set.

import { Errno, errorCode } from "../lib/errno.ts";
import type { AcceptOutcome, Socket } from "./socket.ts";
import { Family, type SocketAddress } from "./socket_address.ts";
import { findSocket, isUnixAddress } from "./unix_names.ts";
import { READABLE, UnixSocket, UnixState, WRITABLE } from "./unix_socket.ts";

/** Connects to a listener. @returns 0 or -errno */
export function connectToListener(socket: UnixSocket, listener: UnixSocket, mayWait: boolean): i64 {
  if (listener.socket.type !== socket.socket.type) return errorCode(Errno.PROTOTYPE);
  {
    using _ = socket.lock.acquire();
    if (socket.state === UnixState.Connected) return errorCode(Errno.ISCONN);
    if (socket.state === UnixState.Connecting) return errorCode(Errno.ALREADY);
    if (socket.state !== UnixState.Unconnected) return errorCode(Errno.INVAL);
    socket.state = UnixState.Connecting;
  }
  const other = create(UnixSocket);
  let result = errorCode(Errno.NOMEM);
  if (other !== null) {
    other.begin(socket.socket.type, 0);
    other.socket.options.sendBuffer = listener.socket.options.sendBuffer;
    other.socket.options.passCredentials = listener.socket.options.passCredentials;
    result = offer(socket, other, listener, mayWait);
    if (result !== 0) other.socket.abandon();
  }
  if (result !== 0) {
    socket.state = UnixState.Unconnected;
    return result;
  }
  listener.socket.queue.wakeOne(READABLE);
  socket.socket.queue.wakeAll(WRITABLE);
  return 0;
}

/** Waits for a place in the listener's queue, and puts the other end there. */
function offer(socket: UnixSocket, other: UnixSocket, listener: UnixSocket, mayWait: boolean): i64 {
  for (;;) {
    {
      using _ = listener.lock.acquire();
      if (listener.state !== UnixState.Listening || listener.receiveDone) return errorCode(Errno.CONNREFUSED);
      if (listener.pendingCount <= listener.backlog) {
        other.join(socket);
        socket.join(other);
        other.name = listener.name;
        if (other.name !== null) other.name.retain();
        listener.pending.append(other);
        listener.pendingCount++;
        return 0;
      }
    }
    if (!mayWait) return errorCode(Errno.AGAIN);
    const waited = socket.socket.waitAt(listener.roomQueue, socket.socket.options.sendTimeout, true, () =>
      takesConnection(listener),
    );
    if (waited !== 0) return waited;
  }
}

function takesConnection(socket: UnixSocket): boolean {
  return socket.pendingCount <= socket.backlog || socket.state !== UnixState.Listening || socket.receiveDone;
}

/** {@link UnixSocket.accept} */
export function acceptUnix(socket: UnixSocket, mayWait: boolean, outcome: AcceptOutcome): Socket | null {
  if (socket.isConnectionless()) {
    outcome.error = errorCode(Errno.OPNOTSUPP);
    return null;
  }
  for (;;) {
    const next = takePending(socket, mayWait, outcome);
    if (next !== null) {
      socket.roomQueue.wakeOne();
      return next.socket;
    }
    if (outcome.error !== errorCode(Errno.AGAIN) || !mayWait) return null;
    outcome.error = socket.socket.waitAt(socket.socket.queue, socket.socket.options.receiveTimeout, true, () =>
      hasPending(socket),
    );
    if (outcome.error !== 0) return null;
  }
}

function hasPending(socket: UnixSocket): boolean {
  return socket.pendingCount > 0 || socket.state !== UnixState.Listening || socket.receiveDone;
}

function takePending(socket: UnixSocket, mayWait: boolean, outcome: AcceptOutcome): UnixSocket | null {
  using _ = socket.lock.acquire();
  const next = socket.state === UnixState.Listening ? socket.pending.first : null;
  if (next !== null) {
    socket.pending.remove(next);
    socket.pendingCount--;
    return next;
  }
  // Who would not wait is not told that there is nothing to wait for.
  const isOver = socket.state !== UnixState.Listening || (socket.receiveDone && mayWait);
  outcome.error = errorCode(isOver ? Errno.INVAL : Errno.AGAIN);
  return null;
}

/** Sets whom datagrams go to; an unspecified address: nobody. */
export function connectDatagrams(socket: UnixSocket, address: SocketAddress): Errno {
  let fresh: UnixSocket | null = null;
  if (address.family() !== Family.Unspecified) {
    if (!isUnixAddress(address)) return Errno.INVAL;
    const target = findSocket(address);
    if (!target.ok) return target.error;
    fresh = target.value;
    const error = mayReach(socket, fresh);
    if (error !== Errno.NONE) {
      fresh.socket.inode.release();
      return error;
    }
  }
  if (socket.socket.options.passCredentials && socket.name === null) socket.chooseName();
  socket.replacePeer(fresh);
  socket.socket.queue.wakeAll(WRITABLE);
  return Errno.NONE;
}

/** Whether datagrams of this socket may go to another one: not to one that is connected to somebody else. */
export function mayReach(socket: UnixSocket, other: UnixSocket): Errno {
  if (other.socket.type !== socket.socket.type) return Errno.PROTOTYPE;
  const theirs = other.peer;
  return theirs !== null && theirs !== socket ? Errno.PERM : Errno.NONE;
}

/** Closes the connections that nobody has accepted: those who made them are reset. */
export function refusePending(socket: UnixSocket): void {
  for (;;) {
    let next: UnixSocket | null = null;
    {
      using _ = socket.lock.acquire();
      next = socket.pending.first;
      if (next !== null) socket.pending.remove(next);
    }
    if (next === null) return;
    const client = next.peer;
    if (client !== null) client.error = Errno.CONNRESET;
    next.socket.abandon();
  }
}
