// A socket of TCP that listens: listen(2), accept(2), and the sockets that are made for connections which arrive.
//
// The listener's lock is held while a segment for it is handled. A new connection is found by others from the moment when it is in the
// table, so its own lock is taken just before that, and given back when the segment that made it is through.

import { currentCpu } from "../arch/x86_64/cpu.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { memoryIsBelow } from "../mm/frames.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { type Connection } from "../net/tcp/connection.ts";
import { Listener } from "../net/tcp/listener.ts";
import type { Segment } from "../net/tcp/segment.ts";
import { moveTimer, startTimer } from "../sched/timers.ts";
import { networkTime, stack } from "./network_stack.ts";
import type { AcceptOutcome, Socket } from "./socket.ts";
import { ALL_EVENTS, READABLE, socketOfConnection, TcpSocket } from "./tcp_socket.ts";
import { bindPort, insertConnection, leaveTcpPort, startListening, tcp } from "./tcp_table.ts";

/** Connections are made as long as one part in so many of the memory is free, or 4 MiB. */
const RESERVE_PARTS = 32;
const RESERVE_FRAMES = 1024;

/** {@link TcpSocket.listen} */
export function listenStream(socket: TcpSocket, backlog: u32): Errno {
  if (socket.wasConnected) return Errno.INVAL;
  if (socket.boundPort === 0) {
    const bound = bindPort(socket, 0);
    if (bound !== Errno.NONE) return bound;
  }
  let listener = socket.listener;
  if (listener === null) {
    listener = create(Listener, stack, stack, tcp!.secrets);
    if (listener === null) return Errno.NOBUFS;
    listener.owner = socket;
    socket.listener = listener;
  }
  {
    using _ = socket.listenLock.acquire();
    listener.backlog = backlog;
    listener.settings.copyFrom(socket.connection.settings);
  }
  return startListening(socket);
}

/** {@link TcpSocket.accept} */
export function acceptStream(socket: TcpSocket, mayWait: boolean, outcome: AcceptOutcome): Socket | null {
  for (;;) {
    const listener = socket.listener;
    if (listener === null || !socket.listens) {
      outcome.error = errorCode(Errno.INVAL);
      return null;
    }
    const accepted = takeAccepted(socket, listener);
    if (accepted !== null) {
      accepted.connectTold = true;
      return accepted.socket;
    }
    if (!mayWait) {
      outcome.error = errorCode(Errno.AGAIN);
      return null;
    }
    outcome.error = socket.socket.waitAt(socket.socket.queue, socket.socket.options.receiveTimeout, true, () => {
      return listener.readyCount > 0 || !socket.listens;
    });
    if (outcome.error !== 0) return null;
  }
}

function takeAccepted(socket: TcpSocket, listener: Listener): TcpSocket | null {
  using _ = socket.listenLock.acquire();
  const connection = listener.accept();
  return connection === null ? null : socketOfConnection(connection);
}

/** Ends listening; connections that nobody has accepted are reset. */
export function stopListening(socket: TcpSocket): void {
  const listener = socket.listener;
  if (socket.boundPort !== 0) leaveTcpPort(socket);
  if (listener === null) return;
  {
    using _ = socket.listenLock.acquire();
    listener.close();
  }
  for (let left = takeAccepted(socket, listener); left !== null; left = takeAccepted(socket, listener)) {
    left.socket.options.lingers = true;
    left.socket.options.lingerSeconds = 0;
    left.socket.abandon();
  }
  socket.boundPort = 0;
  socket.socket.queue.wakeAll(ALL_EVENTS);
}

/** A segment for a listener. Takes the packet, and the caller's reference. */
export function takeRequest(socket: TcpSocket, packet: PacketBuffer, segment: Segment, now: u64): void {
  const listener = socket.listener!;
  {
    using _ = socket.listenLock.acquire();
    socket.child = null;
    listener.receive(packet, segment, now);
    const deadline = listener.deadline();
    const isSet = socket.timer.heap.queued && socket.timer.deadline <= deadline;
    if (deadline !== 0 && !isSet) moveTimer(socket.timer, deadline);
  }
  socket.socket.inode.release();
}

/** The socket's timer has fired: does what is due for its listener. */
export function listenerDue(socket: TcpSocket): void {
  const listener = socket.listener;
  if (listener === null) return;
  using _ = socket.listenLock.acquire();
  const now = networkTime();
  const due = listener.deadline();
  if (due !== 0 && due <= now) listener.timer(now);
  const next = listener.deadline();
  if (next === 0) return;
  if (!socket.timer.heap.queued || socket.timer.deadline > next) moveTimer(socket.timer, next);
  if (!socket.timer.heap.queued) startTimer(socket.timer, next);
}

// ---- what the listener asks for, under its lock -----------------------------------------------------------------------

/** A socket for a connection that arrives, with what it has of the listener's; null: no memory. */
export function makeAccepted(socket: TcpSocket): Connection | null {
  // The program needs memory too, for this connection and for all else.
  const made = memoryIsBelow(RESERVE_PARTS, RESERVE_FRAMES) ? null : create(TcpSocket);
  if (made === null) return null;
  made.begin(socket.socket.family);
  inherit(made, socket);
  socket.child = made;
  return made.connection;
}

function inherit(made: TcpSocket, from: TcpSocket): void {
  made.wasConnected = true;
  made.connectTold = true;
  made.internet.inherit(from.internet);
  made.socket.options.inherit(from.socket.options);
  made.socket.options.incomingCpu = currentCpu().index;
  made.connection.path.boundInterface = from.socket.options.boundInterface;
}

/** From here on others find the connection: its lock is held until the first segment is through. */
export function insertAccepted(socket: TcpSocket, connection: Connection): boolean {
  const made = socket.child!;
  // Now that it is known where its packets go: hops and class are of one version or the other.
  made.internet.applyTo(connection.path);
  made.lock.acquire();
  if (insertConnection(connection)) return true;
  made.lock.release();
  socket.child = null;
  made.socket.forget();
  destroy(made);
  return false;
}

/** The segment that made the connection is through. */
export function finishAccepted(socket: TcpSocket): void {
  const made = socket.child!;
  socket.child = null;
  made.arm();
  made.lock.release();
  socket.socket.queue.wakeOne(READABLE);
}
