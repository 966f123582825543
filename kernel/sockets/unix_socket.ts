// Unix sockets (unix(7)): streams, packets and datagrams between ends in this machine.
//
//   a ──peer──▶ b        each has a channel of what it has received; to send is to write into the peer's
//   a ◀──peer── b        a stream's ends refer to each other, a datagram socket to whom it is connected
//
// A stream is connected by making the other end at once and giving it to the listener, which hands it out later: who connects may
// send before anybody has accepted. A socket keeps its peer's memory by a reference until it is closed itself.
// The spin lock guards state, peer and the queue of connections; a stream's peer never changes once it is connected, so sending and
// receiving there take no lock but the channel's. A listener's lock may be held over that of the socket that connects to it.
// Wake-ups come after a channel's lock is released. Who reads a stream wakes its peer; who reads datagrams wakes `roomQueue`, where
// senders wait, who are many.

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
import { MessageFlag, releaseRights, type Transfer } from "./transfer.ts";
import { Companions, UnixChannel, WOULD_BLOCK } from "./unix_channel.ts";
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

export const enum UnixState {
  Unconnected = 0,
  Connecting,
  Connected,
  Listening,
  Closed,
}

const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal | PollEvent.WriteBand;
const ALL_EVENTS = 0xffff;
/** Datagrams that wait at a socket that is not connected to their sender (net.unix.max_dgram_qlen, plus one as Linux counts). */
const MOST_DATAGRAMS = 11;

export class UnixSocket implements Endpoint {
  readonly socket = new Socket();
  /** What this socket has received. */
  readonly incoming = new UnixChannel();
  private readonly lock = new SpinLock(LockOrder.UnixSocket);
  state: UnixState = UnixState.Unconnected;
  /** With a reference to its socket. */
  private peer: UnixSocket | null = null;
  /** With a reference. */
  name: UnixName | null = null;
  /** Whether `name` is this socket's own, and not its listener's. */
  private ownsName = false;
  private receiveDone = false;
  private sendDone = false;
  private error: Errno = Errno.NONE;
  /** Of a listener: connections that nobody has accepted. */
  private readonly pending = new List<UnixSocket>();
  private pendingCount: u32 = 0;
  private backlog: u32 = 0;
  /** The place on a listener's queue. */
  readonly link = new Link<UnixSocket>();
  /** The place among all sockets. */
  private readonly place = new ListEntry<UnixSocket>();
  /** Who waits for room among what this socket has received. */
  private readonly roomQueue = new WaitQueue();
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

  private isConnectionless(): boolean {
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
    if (this.isConnectionless()) return errorCode(this.connectDatagrams(address));
    if (!isUnixAddress(address)) return errorCode(Errno.INVAL);
    const target = findSocket(address);
    if (!target.ok) return errorCode(target.error);
    const listener = target.value;
    const result = this.connectTo(listener, mayWait);
    listener.socket.inode.release();
    return result;
  }

  private connectTo(listener: UnixSocket, mayWait: boolean): i64 {
    if (listener.socket.type !== this.socket.type) return errorCode(Errno.PROTOTYPE);
    {
      using _ = this.lock.acquire();
      if (this.state === UnixState.Connected) return errorCode(Errno.ISCONN);
      if (this.state === UnixState.Connecting) return errorCode(Errno.ALREADY);
      if (this.state !== UnixState.Unconnected) return errorCode(Errno.INVAL);
      this.state = UnixState.Connecting;
    }
    const other = create(UnixSocket);
    let result = errorCode(Errno.NOMEM);
    if (other !== null) {
      other.begin(this.socket.type, 0);
      other.socket.options.sendBuffer = listener.socket.options.sendBuffer;
      other.socket.options.passCredentials = listener.socket.options.passCredentials;
      result = this.offer(other, listener, mayWait);
      if (result !== 0) other.socket.abandon();
    }
    if (result !== 0) {
      this.state = UnixState.Unconnected;
      return result;
    }
    listener.socket.queue.wakeOne(READABLE);
    this.socket.queue.wakeAll(WRITABLE);
    return 0;
  }

  /** Waits for a place in the listener's queue, and puts the other end there. */
  private offer(other: UnixSocket, listener: UnixSocket, mayWait: boolean): i64 {
    for (;;) {
      {
        using _ = listener.lock.acquire();
        if (listener.state !== UnixState.Listening || listener.receiveDone) return errorCode(Errno.CONNREFUSED);
        if (listener.pendingCount <= listener.backlog) {
          other.join(this);
          this.join(other);
          other.name = listener.name;
          if (other.name !== null) other.name.retain();
          listener.pending.append(other);
          listener.pendingCount++;
          return 0;
        }
      }
      if (!mayWait) return errorCode(Errno.AGAIN);
      const waited = this.socket.waitAt(listener.roomQueue, this.socket.options.sendTimeout, true, () =>
        listener.takesConnection(),
      );
      if (waited !== 0) return waited;
    }
  }

  private takesConnection(): boolean {
    return this.pendingCount <= this.backlog || this.state !== UnixState.Listening || this.receiveDone;
  }

  /** Makes another socket this one's peer. Nobody else uses this socket's end yet. */
  join(peer: UnixSocket): void {
    peer.socket.inode.retain();
    this.peer = peer;
    this.state = UnixState.Connected;
  }

  accept(mayWait: boolean, outcome: AcceptOutcome): Socket | null {
    if (this.isConnectionless()) {
      outcome.error = errorCode(Errno.OPNOTSUPP);
      return null;
    }
    for (;;) {
      const next = this.takePending(mayWait, outcome);
      if (next !== null) {
        this.roomQueue.wakeOne();
        return next.socket;
      }
      if (outcome.error !== errorCode(Errno.AGAIN) || !mayWait) return null;
      outcome.error = this.socket.waitAt(this.socket.queue, this.socket.options.receiveTimeout, true, () => this.hasPending());
      if (outcome.error !== 0) return null;
    }
  }

  private hasPending(): boolean {
    return this.pendingCount > 0 || this.state !== UnixState.Listening || this.receiveDone;
  }

  private takePending(mayWait: boolean, outcome: AcceptOutcome): UnixSocket | null {
    using _ = this.lock.acquire();
    const next = this.state === UnixState.Listening ? this.pending.first : null;
    if (next !== null) {
      this.pending.remove(next);
      this.pendingCount--;
      return next;
    }
    // Who would not wait is not told that there is nothing to wait for.
    const isOver = this.state !== UnixState.Listening || (this.receiveDone && mayWait);
    outcome.error = errorCode(isOver ? Errno.INVAL : Errno.AGAIN);
    return null;
  }

  private connectDatagrams(address: SocketAddress): Errno {
    let fresh: UnixSocket | null = null;
    if (address.family() !== Family.Unspecified) {
      if (!isUnixAddress(address)) return Errno.INVAL;
      const target = findSocket(address);
      if (!target.ok) return target.error;
      fresh = target.value;
      const error = this.mayReach(fresh);
      if (error !== Errno.NONE) {
        fresh.socket.inode.release();
        return error;
      }
    }
    if (this.socket.options.passCredentials && this.name === null) this.chooseName();
    this.replacePeer(fresh);
    this.socket.queue.wakeAll(WRITABLE);
    return Errno.NONE;
  }

  /** Sets whom datagrams go to; takes over the reference. */
  private replacePeer(peer: UnixSocket | null): void {
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

  /** Whether datagrams of this socket may go to another one: not to one that is connected to somebody else. */
  private mayReach(other: UnixSocket): Errno {
    if (other.socket.type !== this.socket.type) return Errno.PROTOTYPE;
    const theirs = other.peer;
    return theirs !== null && theirs !== this ? Errno.PERM : Errno.NONE;
  }

  private chooseName(): void {
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
  private retainPeer(): UnixSocket | null {
    using _ = this.lock.acquire();
    const peer = this.peer;
    if (peer !== null) peer.socket.inode.retain();
    return peer;
  }

  // ---- transfers ----------------------------------------------------------------------------------------------------

  send(transfer: Transfer): i64 {
    if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
    if (this.isConnectionless()) return this.sendDatagram(transfer);
    if (transfer.address !== null && this.socket.type === SocketType.Stream) {
      return errorCode(this.state === UnixState.Connected ? Errno.ISCONN : Errno.OPNOTSUPP);
    }
    const peer = this.peer;
    if (peer === null || this.state !== UnixState.Connected) return errorCode(Errno.NOTCONN);
    const companions = new Companions();
    this.gather(transfer, peer, companions);
    const result = this.sendTo(peer, transfer, companions);
    this.keepRest(transfer, companions);
    return result;
  }

  /** What goes with the bytes: rights, and who sends, when either end asks for that. */
  private gather(transfer: Transfer, peer: UnixSocket, companions: Companions): void {
    const ancillary = transfer.ancillary;
    if (ancillary !== null) {
      companions.rights = ancillary.rights;
      ancillary.rights = null;
      companions.hasCredentials = ancillary.hasCredentials;
      companions.credentials.copyFrom(ancillary.credentials);
    }
    if (companions.hasCredentials) return;
    if (!this.socket.options.passCredentials && !peer.socket.options.passCredentials) return;
    companions.hasCredentials = true;
    companions.credentials.process = 1;
  }

  /** Gives back what the channel did not take over. */
  private keepRest(transfer: Transfer, companions: Companions): void {
    const ancillary = transfer.ancillary;
    if (ancillary !== null) ancillary.rights = companions.rights;
    const sender = companions.sender;
    if (sender !== null) sender.release();
  }

  private sendTo(peer: UnixSocket, transfer: Transfer, companions: Companions): i64 {
    const buffer = transfer.buffer;
    const limit = u64(this.socket.options.sendBuffer);
    let done: i64 = 0;
    for (;;) {
      if (this.sendDone || peer.receiveDone) return done > 0 ? done : errorCode(Errno.PIPE);
      const count = peer.incoming.write(transfer, limit, companions);
      if (count >= 0) {
        peer.socket.queue.wakeAll(READABLE);
        done += count;
        if (buffer.remaining === 0 || !(this.socket.type === SocketType.Stream)) return done;
        continue;
      }
      if (count !== WOULD_BLOCK) return done > 0 ? done : count;
      if (!transfer.mayWait) return done > 0 ? done : errorCode(Errno.AGAIN);
      const needed: u64 = this.socket.type === SocketType.Stream ? 1 : maximum(buffer.remaining, 1);
      const waited = this.socket.waitAt(this.socket.queue, this.socket.options.sendTimeout, false, () => {
        return peer.incoming.room(limit) >= needed || this.sendDone || peer.receiveDone;
      });
      if (waited !== 0) return done > 0 ? done : waited;
    }
  }

  private sendDatagram(transfer: Transfer): i64 {
    let target: UnixSocket | null = null;
    const address = transfer.address;
    if (address !== null) {
      if (!isUnixAddress(address)) return errorCode(Errno.INVAL);
      const found = findSocket(address);
      if (!found.ok) return errorCode(found.error);
      target = found.value;
    } else {
      target = this.retainPeer();
      if (target === null) return errorCode(Errno.NOTCONN);
    }
    const reach = this.mayReach(target);
    let result = errorCode(reach);
    if (reach === Errno.NONE) {
      if (this.socket.options.passCredentials && this.name === null) this.chooseName();
      const companions = new Companions();
      this.gather(transfer, target, companions);
      const name = this.name;
      if (name !== null) {
        name.retain();
        companions.sender = name;
      }
      result = this.deliver(target, transfer, companions);
      this.keepRest(transfer, companions);
    }
    target.socket.inode.release();
    return result;
  }

  private deliver(target: UnixSocket, transfer: Transfer, companions: Companions): i64 {
    const limit = u64(this.socket.options.sendBuffer);
    for (;;) {
      if (this.sendDone) return errorCode(Errno.PIPE);
      if (target.state === UnixState.Closed) {
        if (this.peer === target) this.replacePeer(null);
        return errorCode(Errno.CONNREFUSED);
      }
      if (target.receiveDone) return errorCode(Errno.PIPE);
      const needed = maximum(transfer.buffer.remaining, 1);
      let count = WOULD_BLOCK;
      if (needed + 8 > limit) return errorCode(Errno.MSGSIZE);
      if (!this.isFull(target)) count = target.incoming.write(transfer, limit, companions);
      if (count >= 0) {
        target.socket.queue.wakeAll(READABLE);
        return count;
      }
      if (count !== WOULD_BLOCK) return count === errorCode(Errno.PIPE) ? errorCode(Errno.CONNREFUSED) : count;
      if (!transfer.mayWait) return errorCode(Errno.AGAIN);
      const waited = this.socket.waitAt(target.roomQueue, this.socket.options.sendTimeout, false, () => {
        const ends = this.sendDone || target.receiveDone || target.state === UnixState.Closed;
        return ends || (!this.isFull(target) && target.incoming.room(limit) >= needed);
      });
      if (waited !== 0) return waited;
    }
  }

  /** Whether a socket has as many datagrams waiting as it takes from those whom it is not connected to. */
  private isFull(target: UnixSocket): boolean {
    return target.peer !== this && target.incoming.messages >= MOST_DATAGRAMS;
  }

  receive(transfer: Transfer): i64 {
    if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
    const isStream = this.socket.type === SocketType.Stream;
    if (!this.isConnectionless() && this.state !== UnixState.Connected) return errorCode(isStream ? Errno.INVAL : Errno.NOTCONN);
    const buffer = transfer.buffer;
    if (buffer.remaining === 0 && isStream) return 0;
    const peek = transfer.has(MessageFlag.Peek);
    const whole = transfer.has(MessageFlag.WaitAll) && !peek && isStream;
    let done: i64 = 0;
    for (;;) {
      const hadRights = done > 0 && transfer.ancillary !== null && transfer.ancillary.rights !== null;
      if (hadRights) return done;
      const count = this.incoming.read(transfer, this.socket.options.passCredentials);
      if (count >= 0) {
        if (!peek) this.madeRoom(transfer);
        if (isStream && done === 0 && transfer.address !== null) this.peerName(transfer.address);
        if (!isStream && transfer.length > u64(count)) transfer.answer |= MessageFlag.Truncated;
        done += count;
        if (!whole || buffer.remaining === 0) return done;
        continue;
      }
      if (count !== WOULD_BLOCK) return done > 0 ? done : count;
      const error = done > 0 ? Errno.NONE : this.takeError();
      if (error !== Errno.NONE) return errorCode(error);
      if (this.receiveDone) return done;
      if (!transfer.mayWait) return done > 0 ? done : errorCode(Errno.AGAIN);
      const waited = this.socket.waitAt(this.socket.queue, this.socket.options.receiveTimeout, false, () => {
        return !this.incoming.isEmpty() || this.receiveDone || this.error !== Errno.NONE;
      });
      if (waited !== 0) return done > 0 ? done : waited;
    }
  }

  /** What was received is gone from the channel: tells those who wait for that, and closes what nobody wanted. */
  private madeRoom(transfer: Transfer): void {
    if (this.isConnectionless()) {
      this.roomQueue.wakeAll();
    } else {
      const peer = this.peer;
      if (peer !== null) peer.socket.queue.wakeAll(WRITABLE);
    }
    const unwanted = transfer.unwanted;
    if (unwanted === null) return;
    transfer.unwanted = null;
    transfer.answer |= MessageFlag.ControlTruncated;
    releaseRights(unwanted);
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
    this.refusePending();
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

  /** Closes the connections that nobody has accepted: those who made them are reset. */
  private refusePending(): void {
    for (;;) {
      let next: UnixSocket | null = null;
      {
        using _ = this.lock.acquire();
        next = this.pending.first;
        if (next !== null) this.pending.remove(next);
      }
      if (next === null) return;
      const client = next.peer;
      if (client !== null) client.error = Errno.CONNRESET;
      next.socket.abandon();
    }
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
    let room = !this.isFull(peer) && peer.incoming.used() * 4 <= u64(this.socket.options.sendBuffer);
    if (!room) {
      this.joinRelay(peer);
      room = !this.isFull(peer) && peer.incoming.used() * 4 <= u64(this.socket.options.sendBuffer);
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
