// Unix sockets (unix(7)): streams, packets and datagrams between ends in this machine.
//
//   a ──peer──▶ b        each has a channel of what it has received; to send is to write into the peer's
//   a ◀──peer── b        a stream's ends refer to each other, a datagram socket to whom it is connected
//
//   unix_connect.ts   connect, accept     unix_transfer.ts   send, receive     here   names, the end, questions
//
// A stream is connected by making the other end at once and giving it to the listener, which hands it out later: who connects may
// send before anybody has accepted. A socket keeps its peer's memory by a reference until it is closed itself.
// The spin lock guards state, peer and the queue of connections; a stream's peer never changes once it is connected, so sending and
// receiving there take no lock but the channel's. A listener's lock may be held over that of the socket that connects to it.

import { Link, List, ListEntry } from "prelude/list.ts";
import type { Writer } from "prelude/writer.ts";
import { addressOf, objectAt } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Control, PollEvent } from "../fs/abi.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { Waiter, WaitQueue } from "../sched/wait_queue.ts";
import { controlInterface } from "./interface_control.ts";
import { type AcceptOutcome, Direction, type Endpoint, type OptionValue, Socket, SocketType } from "./socket.ts";
import { Family, type SocketAddress } from "./socket_address.ts";
import type { Transfer } from "./transfer.ts";
import { UnixChannel } from "./unix_channel.ts";
import { acceptUnix, connectDatagrams, connectToListener, refusePending } from "./unix_connect.ts";
import {
  bindName,
  chooseName,
  enterUnixSocket,
  findSocket,
  isUnixAddress,
  leaveUnixSocket,
  type UnixName,
  unbindName,
} from "./unix_names.ts";
import { isFull, receiveUnix, sendUnix } from "./unix_transfer.ts";

export const enum UnixState {
  Unconnected = 0,
  Connecting,
  Connected,
  Listening,
  Closed,
}

export const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
export const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal | PollEvent.WriteBand;
const ALL_EVENTS = 0xffff;

export class UnixSocket implements Endpoint {
  readonly socket = new Socket();
  /** What this socket has received. */
  readonly incoming = new UnixChannel();
  readonly lock = new SpinLock(LockOrder.UnixSocket);
  state: UnixState = UnixState.Unconnected;
  /** With a reference to its socket. */
  peer: UnixSocket | null = null;
  /** With a reference. */
  name: UnixName | null = null;
  /** Whether `name` is this socket's own, and not its listener's. */
  private ownsName = false;
  receiveDone = false;
  sendDone = false;
  error: Errno = Errno.NONE;
  /** Of a listener: connections that nobody has accepted. */
  readonly pending = new List<UnixSocket>();
  pendingCount: u32 = 0;
  backlog: u32 = 0;
  /** The place on a listener's queue. */
  readonly link = new Link<UnixSocket>();
  /** The place among all sockets. */
  private readonly place = new ListEntry<UnixSocket>();
  /** Who waits for room among what this socket has received. */
  readonly roomQueue = new WaitQueue();
  /** Tells this socket's queue when a full peer has room again. */
  private readonly relay = new Waiter();

  begin(type: SocketType, protocol: u32): void {
    this.socket.begin(this, Family.Unix, type, protocol);
    this.place.owner = this;
    enterUnixSocket(this.place);
    this.incoming.keepsMessages = type !== SocketType.Stream;
    this.relay.callback = relayRoom;
    this.relay.argument = addressOf(this);
  }

  /** Of datagrams, which need no connection. */
  isConnectionless(): boolean {
    return this.socket.type === SocketType.Datagram;
  }

  // ---- names and connections ----------------------------------------------------------------------------------------

  bind(address: SocketAddress, mode: u32): Errno {
    if (this.name !== null) {
      // Asking for a name to be chosen is no mistake then.
      return address.family() === Family.Unix && address.length === 2 ? Errno.NONE : Errno.INVAL;
    }
    const bound = bindName(address, this, mode);
    if (!bound.ok) return bound.error;
    {
      using _ = this.lock.acquire();
      if (this.name === null) {
        this.name = bound.value;
        this.ownsName = true;
        return Errno.NONE;
      }
    }
    unbindName(bound.value);
    return Errno.INVAL;
  }

  listen(backlog: u32): Errno {
    if (this.isConnectionless()) return Errno.OPNOTSUPP;
    if (this.name === null) return Errno.INVAL;
    {
      using _ = this.lock.acquire();
      if (this.state !== UnixState.Unconnected && this.state !== UnixState.Listening) return Errno.INVAL;
      this.state = UnixState.Listening;
      this.backlog = backlog;
    }
    this.roomQueue.wakeAll();
    return Errno.NONE;
  }

  connect(address: SocketAddress, mayWait: boolean): i64 {
    if (this.isConnectionless()) return errorCode(connectDatagrams(this, address));
    if (!isUnixAddress(address)) return errorCode(Errno.INVAL);
    const target = findSocket(address);
    if (!target.ok) return errorCode(target.error);
    const listener = target.value;
    const result = connectToListener(this, listener, mayWait);
    listener.socket.inode.release();
    return result;
  }

  /** Makes another socket this one's peer. Nobody else uses this socket's end yet. */
  join(peer: UnixSocket): void {
    peer.socket.inode.retain();
    this.peer = peer;
    this.state = UnixState.Connected;
  }

  /** Sets whom datagrams go to; takes over the reference. */
  replacePeer(peer: UnixSocket | null): void {
    let before: UnixSocket | null = null;
    {
      using _ = this.lock.acquire();
      before = this.peer;
      this.peer = peer;
      this.state = peer === null ? UnixState.Unconnected : UnixState.Connected;
    }
    this.leaveRelay();
    if (before !== null) before.socket.inode.release();
  }

  accept(mayWait: boolean, outcome: AcceptOutcome): Socket | null {
    return acceptUnix(this, mayWait, outcome);
  }

  /** Gives a socket an abstract name of the kernel's choice. */
  chooseName(): void {
    const chosen = chooseName(this);
    if (!chosen.ok) return;
    this.name = chosen.value;
    this.ownsName = true;
  }

  localName(address: SocketAddress): Errno {
    using _ = this.lock.acquire();
    const name = this.name;
    if (name === null) address.begin(Family.Unix, 2);
    else name.copyTo(address);
    return Errno.NONE;
  }

  peerName(address: SocketAddress): Errno {
    const peer = this.retainPeer();
    if (peer === null) return Errno.NOTCONN;
    peer.localName(address);
    peer.socket.inode.release();
    return Errno.NONE;
  }

  /** The peer, with a reference; null when there is none. */
  retainPeer(): UnixSocket | null {
    using _ = this.lock.acquire();
    const peer = this.peer;
    if (peer !== null) peer.socket.inode.retain();
    return peer;
  }

  // ---- transfers ----------------------------------------------------------------------------------------------------

  send(transfer: Transfer): i64 {
    return sendUnix(this, transfer);
  }

  receive(transfer: Transfer): i64 {
    return receiveUnix(this, transfer);
  }

  // ---- the end ------------------------------------------------------------------------------------------------------

  shutDown(direction: Direction): Errno {
    this.endDirections(direction);
    const peer = this.isConnectionless() ? null : this.peer;
    if (peer !== null) peer.endDirections(mirrored(direction));
    return Errno.NONE;
  }

  private endDirections(direction: Direction): void {
    if ((direction & Direction.Receive) !== 0) this.receiveDone = true;
    if ((direction & Direction.Send) !== 0) this.sendDone = true;
    this.socket.queue.wakeAll(ALL_EVENTS);
    this.roomQueue.wakeAll();
  }

  close(): void {
    let peer: UnixSocket | null = null;
    let name: UnixName | null = null;
    {
      using _ = this.lock.acquire();
      this.state = UnixState.Closed;
      peer = this.peer;
      this.peer = null;
      name = this.name;
      this.name = null;
    }
    this.leaveRelay();
    if (name !== null) {
      if (this.ownsName) unbindName(name);
      else name.release();
    }
    refusePending(this);
    const hadUnread = this.incoming.close();
    if (peer !== null) {
      if (!this.isConnectionless()) {
        if (hadUnread) peer.error = Errno.CONNRESET;
        peer.endDirections(Direction.Both);
      }
      peer.socket.inode.release();
    }
    this.endDirections(Direction.Both);
  }

  dispose(): void {
    leaveUnixSocket(this.place);
    destroy(this);
  }

  /** Writes the line of /proc/net/unix. */
  describe(writer: Writer): void {
    using _ = this.lock.acquire();
    const isListening = this.state === UnixState.Listening;
    const isConnected = this.peer !== null;
    writer.text(isConnected ? "0000000000000000: 00000003 00000000 " : "0000000000000000: 00000002 00000000 ");
    writer.text(isListening ? "00010000" : "00000000");
    writer.message(` 000${u32(this.socket.type)} ${isConnected ? "03" : "01"} `);
    writer.paddedUnsigned(this.socket.inode.number, 5);
    const name = this.name;
    if (name !== null) {
      writer.text(" ");
      // An abstract name's first byte, and others that are 0, are shown as @.
      for (const one of name.text()) writer.character(one === 0 ? 0x40 : one);
    }
    writer.text("\n");
  }

  // ---- questions ----------------------------------------------------------------------------------------------------

  ready(): u32 {
    let events: u32 = 0;
    if (this.error !== Errno.NONE) events |= PollEvent.Error;
    if (this.receiveDone && this.sendDone) events |= PollEvent.HangUp;
    if (this.receiveDone) events |= READABLE | PollEvent.ReadHangUp;
    if (this.state === UnixState.Listening) return this.pendingCount > 0 ? events | READABLE : events;
    if (!this.incoming.isEmpty()) events |= READABLE;
    if (this.isConnectionless()) return this.hasRoom() ? events | WRITABLE : events;
    const peer = this.peer;
    if (this.state !== UnixState.Connected) return events | PollEvent.HangUp | WRITABLE;
    // Linux says "writable" while a quarter is used.
    if (peer === null || peer.incoming.used() * 4 <= u64(this.socket.options.sendBuffer)) events |= WRITABLE;
    return events;
  }

  /** Whether the peer takes a datagram now. If not, this socket's queue is told when it does. */
  private hasRoom(): boolean {
    const peer = this.retainPeer();
    if (peer === null) return true;
    let room = !isFull(this, peer) && peer.incoming.used() * 4 <= u64(this.socket.options.sendBuffer);
    if (!room) {
      this.joinRelay(peer);
      room = !isFull(this, peer) && peer.incoming.used() * 4 <= u64(this.socket.options.sendBuffer);
    }
    peer.socket.inode.release();
    return room;
  }

  private joinRelay(peer: UnixSocket): void {
    using _ = this.lock.acquire();
    if (this.peer === peer && this.relay.queue === null) peer.roomQueue.add(this.relay);
  }

  private leaveRelay(): void {
    const queue = this.relay.queue;
    if (queue !== null) queue.remove(this.relay);
  }

  takeError(): Errno {
    using _ = this.lock.acquire();
    const error = this.error;
    this.error = Errno.NONE;
    return error;
  }

  isListening(): boolean {
    return this.state === UnixState.Listening;
  }

  peerProcess(): boolean {
    return this.state === UnixState.Connected || this.state === UnixState.Listening;
  }

  option(level: u32, name: u32, value: OptionValue): Errno {
    return Errno.OPNOTSUPP;
  }

  setOption(level: u32, name: u32, value: OptionValue): Errno {
    return Errno.OPNOTSUPP;
  }

  optionChanged(name: u32): void {
    this.socket.queue.wakeAll(WRITABLE);
  }

  control(request: u32, argument: u64): i64 {
    if (request === Control.BytesReadable) {
      if (this.state === UnixState.Listening) return errorCode(Errno.INVAL);
      return errorCode(writeUser32(argument as UserPointer, u32(this.incoming.readable())));
    }
    if (request === Control.OutputQueue) {
      const peer = this.retainPeer();
      const used = peer === null ? 0 : peer.incoming.used();
      if (peer !== null) peer.socket.inode.release();
      return errorCode(writeUser32(argument as UserPointer, u32(used)));
    }
    // if_nametoindex(3) asks a socket of any family.
    return controlInterface(request, argument);
  }
}

/** What is the one's sending is the other's receiving. */
function mirrored(direction: Direction): Direction {
  switch (direction) {
    case Direction.Receive:
      return Direction.Send;
    case Direction.Send:
      return Direction.Receive;
    case Direction.Both:
      return Direction.Both;
  }
}

/** A full peer has room again: once, then the waiter is off the peer's queue until somebody looks again. */
function relayRoom(waiter: Waiter, key: u64): boolean {
  // Safe: the argument is the socket that embeds the waiter, and takes it off before it goes.
  objectAt<UnixSocket>(waiter.argument).socket.queue.wakeAll(WRITABLE);
  return false;
}

/** Two sockets connected with each other (socketpair(2)). @returns whether it worked */
export function connectPair(first: UnixSocket, second: UnixSocket): void {
  first.join(second);
  second.join(first);
}
