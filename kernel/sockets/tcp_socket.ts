// A socket of TCP (tcp(7)): a connection or a listener of kernel/net, with a lock, a timer, and the application's memory.
//
// The spin lock guards connection and listener; segments are handled under it on the CPU that received them. Bytes on their way from
// and to the application are copied without it: to send, into a chunk that the connection then has; to receive, out of packets that
// stay until the reader, of which there is one at a time (readLock), consumes them.
// References to the socket's inode: the open file's, the table's while the connection is in it, and that of whoever found it there.
// The timer is never waited for: it fires early at worst. What it finds finished is buried by a thread, since a timer's memory must
// outlive its callback.

import { Link } from "prelude/list.ts";
import { addressOf, objectAt } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Control, PollEvent } from "../fs/abi.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { type IpAddress, isUnspecified } from "../net/address.ts";
import type { TransportError } from "../net/icmp.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { Connection, type ConnectionOwner } from "../net/tcp/connection.ts";
import { Listener, type ListenerOwner } from "../net/tcp/listener.ts";
import { shrinkSegments } from "../net/tcp/output.ts";
import { rejectSegment } from "../net/tcp/reply.ts";
import { parseSegment, Segment } from "../net/tcp/segment.ts";
import { ConnectionChange, TcpState } from "../net/tcp/state.ts";
import { TimeWaitVerdict } from "../net/tcp/time_wait.ts";
import { armKeepAlive } from "../net/tcp/timers.ts";
import { Mutex } from "../sched/mutex.ts";
import { cancelTimer, moveTimer, startTimer, Timer } from "../sched/timers.ts";
import { anyAddress, Place, readPlace, writePlace } from "./inet_address.ts";
import { InternetOptions, LEVEL_IP, LEVEL_IPV6 } from "./inet_options.ts";
import { controlInterface } from "./interface_control.ts";
import { networkMemory } from "./network_memory.ts";
import { awaitAddress, buryLater, networkTime, runLoopback, stack } from "./network_stack.ts";
import { type AcceptOutcome, Direction, type Endpoint, type OptionValue, Socket, SocketType } from "./socket.ts";
import { Family, type SocketAddress } from "./socket_address.ts";
import { getTcpOption, LEVEL_TCP, setTcpOption } from "./tcp_options.ts";
import {
  bindPort,
  enterTimeWait,
  findConnection,
  findListener,
  insertConnection,
  leaveTcpPort,
  placeConnection,
  removeConnection,
  startListening,
  tcp,
} from "./tcp_table.ts";
import { MessageFlag, type Transfer } from "./transfer.ts";
import { isUsable, noAddress, reachable } from "./udp_socket.ts";

const PROTOCOL_TCP = 6;
const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal;
const ALL_EVENTS = 0xffff;
/** Bytes that go from the application into one chunk. */
const CHUNK_SIZE = 65536;
/** Fewer are copied behind what is there already. */
const SHORT_WRITE = 1024;
const AT_MARK = 0x8905;

export class TcpSocket implements Endpoint, ConnectionOwner, ListenerOwner {
  readonly socket = new Socket();
  readonly internet = new InternetOptions();
  readonly connection: Embedded<Connection> = new Connection(stack, stack);
  private readonly lock = new SpinLock(LockOrder.Connection);
  private readonly listenLock = new SpinLock(LockOrder.Listener);
  private readonly readLock = new Mutex(LockOrder.SocketRead);
  private readonly writeLock = new Mutex(LockOrder.SocketRead);
  /** The place on the list of the port that it is bound to. */
  readonly link = new Link<TcpSocket>();
  /** The place among those to be buried. */
  nextBuried: TcpSocket | null = null;
  boundAddress: IpAddress = { high: 0, low: 0 };
  /** 0: not bound. */
  boundPort: u16 = 0;
  listens = false;
  private listener: Listener | null = null;
  /** The socket of the connection that the listener is making. */
  private child: TcpSocket | null = null;
  private readonly timer = new Timer();
  /** connect() was called; its end was told. */
  private wasConnected = false;
  private connectTold = false;
  private receiveDone = false;
  private sendDone = false;
  /** What DEFER_ACCEPT was set to; connections are handed out as they are ready all the same. */
  deferAccept: u32 = 0;

  begin(family: Family): void {
    this.socket.begin(this, family, SocketType.Stream, PROTOCOL_TCP);
    this.boundAddress = anyAddress(family);
    this.connection.owner = this;
    this.connection.localAddress = this.boundAddress;
    this.connection.remoteAddress = this.boundAddress;
    this.timer.callback = timerFired;
    this.timer.argument = addressOf(this);
    this.socket.options.sendBuffer = this.connection.settings.sendBuffer;
    this.socket.options.receiveBuffer = this.connection.settings.receiveBuffer;
  }

  // ---- names and connections ----------------------------------------------------------------------------------------

  bind(address: SocketAddress, mode: u32): Errno {
    const place = new Place();
    const error = readPlace(address, this.socket.family, place);
    if (error !== Errno.NONE) return error;
    if (this.boundPort !== 0 || this.wasConnected) return Errno.INVAL;
    const waited = isUnspecified(place.address) ? Errno.NONE : awaitAddress(place.address);
    if (waited !== Errno.NONE) return waited;
    if (!isUsable(place.address, this.internet)) return Errno.ADDRNOTAVAIL;
    this.boundAddress = place.address;
    const bound = bindPort(this, place.port);
    if (bound !== Errno.NONE) this.boundAddress = anyAddress(this.socket.family);
    return bound;
  }

  listen(backlog: u32): Errno {
    if (this.wasConnected) return Errno.INVAL;
    if (this.boundPort === 0) {
      const bound = bindPort(this, 0);
      if (bound !== Errno.NONE) return bound;
    }
    let listener = this.listener;
    if (listener === null) {
      listener = create(Listener, stack, stack, tcp!.secrets);
      if (listener === null) return Errno.NOBUFS;
      listener.owner = this;
      this.listener = listener;
    }
    {
      using _ = this.listenLock.acquire();
      listener.backlog = backlog;
      listener.settings.copyFrom(this.connection.settings);
    }
    return startListening(this);
  }

  connect(address: SocketAddress, mayWait: boolean): i64 {
    if (address.length < 2) return errorCode(Errno.INVAL);
    if (this.listens) return errorCode(Errno.ISCONN);
    if (this.wasConnected) return this.connectAgain(mayWait);
    if (address.family() === Family.Unspecified) return 0;
    const place = new Place();
    let error = readPlace(address, this.socket.family, place);
    if (error !== Errno.NONE) return errorCode(error);
    const connection = this.connection;
    const destination = reachable(place.address);
    error = awaitAddress(destination);
    if (error !== Errno.NONE) return errorCode(error);
    const path = connection.path;
    path.destination = destination;
    path.source = isUnspecified(this.boundAddress) ? noAddress(destination) : this.boundAddress;
    this.internet.applyTo(path);
    error = stack.resolve(path, networkTime()) as Errno;
    if (error !== Errno.NONE) return errorCode(error);
    connection.localAddress = path.source;
    connection.localPort = this.boundPort;
    connection.remoteAddress = destination;
    connection.remotePort = place.port;
    error = placeConnection(connection, this.boundPort !== 0);
    if (error !== Errno.NONE) return errorCode(error);
    this.wasConnected = true;
    {
      using _ = this.lock.acquire();
      const now = networkTime();
      const secrets = tcp!.secrets;
      const sequence = secrets.initialSequence(path.source, connection.localPort, destination, place.port, now);
      connection.connect(sequence, now);
      this.arm();
    }
    this.afterwards();
    return this.connectAgain(mayWait, true);
  }

  /** Waits for the end of an attempt, or says how it stands. */
  private connectAgain(mayWait: boolean, isFirst: boolean = false): i64 {
    for (;;) {
      const state = this.connection.state;
      if (state !== TcpState.SynSent && state !== TcpState.SynReceived) break;
      if (!mayWait) return errorCode(isFirst ? Errno.INPROGRESS : Errno.ALREADY);
      const waited = this.socket.waitAt(this.socket.queue, this.socket.options.sendTimeout, false, () => {
        const now = this.connection.state;
        return now !== TcpState.SynSent && now !== TcpState.SynReceived;
      });
      if (waited === errorCode(Errno.AGAIN)) return errorCode(Errno.INPROGRESS);
      if (waited !== 0) return waited;
    }
    if (this.connection.state === TcpState.Closed) {
      const error = this.takeError();
      if (this.connectTold && error === Errno.NONE) return errorCode(Errno.CONNABORTED);
      // Another attempt may follow.
      this.wasConnected = false;
      this.connectTold = false;
      return errorCode(error === Errno.NONE ? Errno.CONNABORTED : error);
    }
    if (this.connectTold) return errorCode(Errno.ISCONN);
    this.connectTold = true;
    return 0;
  }

  accept(mayWait: boolean, outcome: AcceptOutcome): Socket | null {
    for (;;) {
      const listener = this.listener;
      if (listener === null || !this.listens) {
        outcome.error = errorCode(Errno.INVAL);
        return null;
      }
      const accepted = this.takeAccepted(listener);
      if (accepted !== null) {
        accepted.connectTold = true;
        return accepted.socket;
      }
      if (!mayWait) {
        outcome.error = errorCode(Errno.AGAIN);
        return null;
      }
      outcome.error = this.socket.waitAt(this.socket.queue, this.socket.options.receiveTimeout, true, () => {
        return listener.readyCount > 0 || !this.listens;
      });
      if (outcome.error !== 0) return null;
    }
  }

  private takeAccepted(listener: Listener): TcpSocket | null {
    using _ = this.listenLock.acquire();
    const connection = listener.accept();
    return connection === null ? null : socketOfConnection(connection);
  }

  localName(address: SocketAddress): Errno {
    if (this.wasConnected) writePlace(address, this.socket.family, this.connection.localAddress, this.connection.localPort);
    else writePlace(address, this.socket.family, this.boundAddress, this.boundPort);
    return Errno.NONE;
  }

  peerName(address: SocketAddress): Errno {
    const state = this.connection.state;
    if (!this.wasConnected || state === TcpState.SynSent || state === TcpState.Closed) return Errno.NOTCONN;
    writePlace(address, this.socket.family, this.connection.remoteAddress, this.connection.remotePort);
    return Errno.NONE;
  }

  // ---- sending ------------------------------------------------------------------------------------------------------

  send(transfer: Transfer): i64 {
    const buffer = transfer.buffer;
    if (transfer.has(MessageFlag.OutOfBand)) return this.sendUrgent(transfer);
    let done: i64 = 0;
    while (buffer.remaining > 0) {
      const refused = this.refusesToSend();
      if (refused !== Errno.NONE) return done > 0 ? done : errorCode(refused);
      const count = this.sendSome(transfer);
      if (count < 0) return done > 0 ? done : count;
      done += count;
      if (count > 0) continue;
      if (!transfer.mayWait) return done > 0 ? done : errorCode(Errno.AGAIN);
      const waited = this.socket.waitAt(this.socket.queue, this.socket.options.sendTimeout, false, () => this.canWrite());
      if (waited !== 0) return done > 0 ? done : waited;
    }
    if (done === 0) return errorCode(this.refusesToSend());
    return done;
  }

  /** Why nothing can be sent; NONE also while the connection is being made. */
  private refusesToSend(): Errno {
    const state = this.connection.state;
    if (this.connection.error !== Errno.NONE) return this.takeError();
    if (this.sendDone || !this.wasConnected) return Errno.PIPE;
    const isOpen = state === TcpState.Established || state === TcpState.CloseWait;
    return isOpen || state === TcpState.SynSent || state === TcpState.SynReceived ? Errno.NONE : Errno.PIPE;
  }

  private canWrite(): boolean {
    return this.connection.sendRoom() > 0 || this.refusesQuietly();
  }

  private refusesQuietly(): boolean {
    const state = this.connection.state;
    return this.sendDone || this.connection.error !== Errno.NONE || state === TcpState.Closed || state === TcpState.TimeWait;
  }

  /** Sends what there is room for, as far as one chunk goes. @returns bytes; 0: no room */
  private sendSome(transfer: Transfer): i64 {
    using _ = this.writeLock.acquire();
    const room = this.connection.sendRoom();
    if (room === 0) return 0;
    const count = minimum(minimum(transfer.buffer.remaining, room), CHUNK_SIZE);
    const result = count <= SHORT_WRITE ? this.sendShort(transfer, count) : this.sendChunk(transfer, count);
    this.afterwards();
    return result;
  }

  private sendShort(transfer: Transfer, count: u64): i64 {
    const bytes = new ShortBytes();
    const taken = transfer.buffer.take(addressOf(bytes.all), count);
    if (taken === 0) return errorCode(Errno.FAULT);
    const hasMore = transfer.has(MessageFlag.More) || transfer.buffer.remaining > 0;
    using _ = this.lock.acquire();
    const now = networkTime();
    const part = bytes.all.slice(0, taken);
    const written = hasMore ? this.connection.append(part) : this.connection.write(part, now);
    if (hasMore && transfer.buffer.remaining > 0 && !transfer.has(MessageFlag.More)) this.connection.push(now);
    this.arm();
    return i64(written);
  }

  private sendChunk(transfer: Transfer, count: u64): i64 {
    const chunk = networkMemory.allocateChunk(count);
    if (chunk === null) return errorCode(Errno.NOBUFS);
    const taken = transfer.buffer.take(addressOf(chunk.storage), count);
    let written = false;
    if (taken > 0) {
      using _ = this.lock.acquire();
      written = this.connection.writeChunk(chunk, 0, u32(taken), networkTime());
      this.arm();
    }
    chunk.release();
    if (taken === 0) return errorCode(Errno.FAULT);
    return written ? i64(taken) : errorCode(Errno.NOBUFS);
  }

  /** The last byte is the urgent one. */
  private sendUrgent(transfer: Transfer): i64 {
    const refused = this.refusesToSend();
    if (refused !== Errno.NONE) return errorCode(refused);
    const one: FixedArray<u8, 1> = [0];
    const length = transfer.buffer.remaining;
    let done: u64 = 0;
    while (done < length) {
      if (transfer.buffer.take(addressOf(one), 1) !== 1) return done > 0 ? i64(done) : errorCode(Errno.FAULT);
      done++;
      using _ = this.lock.acquire();
      if (done === length) this.connection.writeUrgent(one[0], networkTime());
      else this.connection.append(one.slice());
    }
    this.afterwards();
    return i64(done);
  }

  // ---- receiving ----------------------------------------------------------------------------------------------------

  receive(transfer: Transfer): i64 {
    if (transfer.has(MessageFlag.ErrorQueue)) return errorCode(Errno.AGAIN);
    if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.INVAL);
    if (!this.wasConnected) return errorCode(Errno.NOTCONN);
    const buffer = transfer.buffer;
    if (buffer.remaining === 0) return 0;
    const whole = transfer.has(MessageFlag.WaitAll);
    let done: i64 = 0;
    for (;;) {
      const count = this.receiveSome(transfer, transfer.has(MessageFlag.Peek) ? u32(done) : 0);
      if (count < 0) return done > 0 ? done : count;
      done += count;
      if (buffer.remaining === 0 || (done > 0 && !whole)) return done;
      if (this.isAtEnd()) {
        const error = done > 0 ? Errno.NONE : this.takeError();
        return error === Errno.NONE ? done : errorCode(error);
      }
      if (!transfer.mayWait) return done > 0 ? done : errorCode(Errno.AGAIN);
      const before = transfer.has(MessageFlag.Peek) ? u64(done) : 0;
      const waited = this.socket.waitAt(this.socket.queue, this.socket.options.receiveTimeout, false, () => {
        return this.connection.readable() > before || this.isAtEnd();
      });
      if (waited !== 0) return done > 0 ? done : waited;
    }
  }

  private isAtEnd(): boolean {
    return this.receiveDone || this.connection.isAtEnd() || this.connection.error !== Errno.NONE;
  }

  /** Copies all that is there and fits. @param offset where to begin, when what was seen stays */
  private receiveSome(transfer: Transfer, offset: u32): i64 {
    using _ = this.readLock.acquire();
    const keep = transfer.has(MessageFlag.Peek);
    const discard = transfer.has(MessageFlag.Truncated);
    let done: u32 = 0;
    let failed = false;
    while (transfer.buffer.remaining > 0) {
      const piece = this.pieceAt(offset + done);
      if (piece === null || piece.length === 0) break;
      const wanted = minimum(piece.length, transfer.buffer.remaining);
      // What is received belongs to the reader, who is alone: it stays where it is without the lock.
      const given = discard ? wanted : transfer.buffer.give(addressOf(piece), wanted);
      if (discard) transfer.buffer.limit(transfer.buffer.remaining - wanted);
      done += u32(given);
      failed = given < wanted;
      if (failed) break;
    }
    if (done > 0 && !keep) {
      {
        using _lock = this.lock.acquire();
        this.connection.consume(done, networkTime());
        this.arm();
      }
      this.afterwards();
    }
    if (failed && done === 0) return errorCode(Errno.FAULT);
    return i64(done);
  }

  private pieceAt(offset: u32): Slice<u8> | null {
    using _ = this.lock.acquire();
    return this.connection.peek(offset);
  }

  // ---- the end ------------------------------------------------------------------------------------------------------

  shutDown(direction: Direction): Errno {
    if (this.listens) {
      if ((direction & Direction.Receive) !== 0) this.stopListening();
      return Errno.NONE;
    }
    const state = this.connection.state;
    if (!this.wasConnected || state === TcpState.Closed || state === TcpState.TimeWait) return Errno.NOTCONN;
    {
      using _ = this.lock.acquire();
      if ((direction & Direction.Receive) !== 0) {
        this.receiveDone = true;
        this.connection.shutdownReceive();
      }
      if ((direction & Direction.Send) !== 0) {
        this.sendDone = true;
        this.connection.shutdownSend(networkTime());
      }
      this.arm();
    }
    this.socket.queue.wakeAll(ALL_EVENTS);
    this.afterwards();
    return Errno.NONE;
  }

  /** Ends listening; connections that nobody has accepted are reset. */
  private stopListening(): void {
    const listener = this.listener;
    if (this.boundPort !== 0) leaveTcpPort(this);
    if (listener === null) return;
    {
      using _ = this.listenLock.acquire();
      listener.close();
    }
    for (let left = this.takeAccepted(listener); left !== null; left = this.takeAccepted(listener)) {
      left.socket.options.lingers = true;
      left.socket.options.lingerSeconds = 0;
      left.socket.abandon();
    }
    this.boundPort = 0;
    this.socket.queue.wakeAll(ALL_EVENTS);
  }

  close(): void {
    this.stopListening();
    const options = this.socket.options;
    if (!this.wasConnected) return;
    this.receiveDone = true;
    this.sendDone = true;
    {
      using _ = this.lock.acquire();
      const now = networkTime();
      if (options.lingers && options.lingerSeconds === 0) this.connection.abort(now);
      this.connection.close(now);
      this.arm();
    }
    this.afterwards();
  }

  dispose(): void {
    cancelTimer(this.timer);
    this.connection.dispose();
    const listener = this.listener;
    if (listener !== null) {
      listener.close();
      destroy(listener);
    }
    destroy(this);
  }

  /** After the lock is given back: takes a connection that has left TCP out of the table, and delivers what was sent to ourselves. */
  private afterwards(): void {
    if (this.retire()) this.socket.inode.release();
    runLoopback();
  }

  /** Takes a connection that is finished out of the table. @returns whether it was there; its reference is the caller's then */
  private retire(): boolean {
    const connection = this.connection;
    if (!connection.entry.linked || !connection.isFinished() || !removeConnection(connection)) return false;
    if (connection.state === TcpState.TimeWait) enterTimeWait(connection);
    return true;
  }

  // ---- time ---------------------------------------------------------------------------------------------------------

  /** Sets the timer for what the connection waits for, unless it fires before that anyway. The lock is held. */
  private arm(): void {
    const deadline = this.connection.deadline();
    if (deadline === 0 || (this.timer.heap.queued && this.timer.deadline <= deadline)) return;
    moveTimer(this.timer, deadline);
  }

  /** In the timer interrupt. */
  timerDue(): void {
    {
      using _ = this.lock.acquire();
      const now = networkTime();
      const due = this.connection.deadline();
      if (due !== 0 && due <= now) this.connection.timer(now);
      const next = this.connection.deadline();
      if (next !== 0) startTimer(this.timer, next);
    }
    if (this.listens) this.listenerDue();
    // Not here: the timer is in the memory that would go.
    if (this.retire()) buryLater(this);
    runLoopback();
  }

  private listenerDue(): void {
    const listener = this.listener;
    if (listener === null) return;
    using _ = this.listenLock.acquire();
    const now = networkTime();
    const due = listener.deadline();
    if (due !== 0 && due <= now) listener.timer(now);
    const next = listener.deadline();
    if (next === 0) return;
    if (!this.timer.heap.queued || this.timer.deadline > next) moveTimer(this.timer, next);
    if (!this.timer.heap.queued) startTimer(this.timer, next);
  }

  private armListener(listener: Listener): void {
    const deadline = listener.deadline();
    if (deadline === 0 || (this.timer.heap.queued && this.timer.deadline <= deadline)) return;
    moveTimer(this.timer, deadline);
  }

  // ---- what the network brings --------------------------------------------------------------------------------------

  /** A segment for the connection. Takes the packet, and the caller's reference. */
  takeSegment(packet: PacketBuffer, segment: Segment, now: u64): void {
    {
      using _ = this.lock.acquire();
      this.connection.receive(packet, segment, now);
      this.arm();
    }
    if (this.retire()) this.socket.inode.release();
    this.socket.inode.release();
  }

  /** A segment for the listener. Takes the packet, and the caller's reference. */
  takeRequest(packet: PacketBuffer, segment: Segment, now: u64): void {
    const listener = this.listener!;
    {
      using _ = this.listenLock.acquire();
      this.child = null;
      listener.receive(packet, segment, now);
      this.armListener(listener);
    }
    this.socket.inode.release();
  }

  takeFailure(error: TransportError, now: u64): void {
    {
      using _ = this.lock.acquire();
      if (error.maximumPacket !== 0) shrinkSegments(this.connection, error.maximumPacket, now);
      this.connection.networkError(error.error, error.isHard, error.sequence, now);
      this.arm();
    }
    if (this.retire()) this.socket.inode.release();
    this.socket.inode.release();
  }

  connectionChanged(connection: Connection, changes: ConnectionChange): void {
    let events: u32 = 0;
    if ((changes & ConnectionChange.Readable) !== ConnectionChange.None) events |= READABLE;
    if ((changes & ConnectionChange.Writable) !== ConnectionChange.None) events |= WRITABLE;
    if ((changes & ConnectionChange.PeerClosed) !== ConnectionChange.None) events |= READABLE | PollEvent.ReadHangUp;
    if ((changes & ConnectionChange.Urgent) !== ConnectionChange.None) events |= PollEvent.Priority;
    const hasEnded = ConnectionChange.Connected | ConnectionChange.Failed | ConnectionChange.Closed;
    if ((changes & hasEnded) !== ConnectionChange.None) events = ALL_EVENTS;
    if (events !== 0) this.socket.queue.wakeAll(u64(events));
  }

  /** Under the listener's lock, as the two that follow. */
  createConnection(listener: Listener): Connection | null {
    const made = create(TcpSocket);
    if (made === null) return null;
    made.begin(this.socket.family);
    made.inherit(this);
    this.child = made;
    return made.connection;
  }

  private inherit(from: TcpSocket): void {
    const mine = this.socket.options;
    const theirs = from.socket.options;
    this.wasConnected = true;
    this.connectTold = true;
    this.internet.only6 = from.internet.only6;
    this.internet.typeOfService = from.internet.typeOfService;
    this.internet.hopLimit = from.internet.hopLimit;
    this.internet.applyTo(this.connection.path);
    mine.reuseAddress = theirs.reuseAddress;
    mine.reusePort = theirs.reusePort;
    mine.keepAlive = theirs.keepAlive;
    mine.lingers = theirs.lingers;
    mine.lingerSeconds = theirs.lingerSeconds;
    mine.sendBuffer = theirs.sendBuffer;
    mine.receiveBuffer = theirs.receiveBuffer;
    mine.receiveTimeout = theirs.receiveTimeout;
    mine.sendTimeout = theirs.sendTimeout;
  }

  /** From here on others find the connection: its lock is held until the first segment is through. */
  insertConnection(connection: Connection): boolean {
    const made = this.child!;
    made.lock.acquire();
    if (insertConnection(connection)) return true;
    made.lock.release();
    this.child = null;
    made.socket.forget();
    destroy(made);
    return false;
  }

  connectionReady(listener: Listener): void {
    const made = this.child!;
    this.child = null;
    made.arm();
    made.lock.release();
    this.socket.queue.wakeOne(READABLE);
  }

  // ---- questions ----------------------------------------------------------------------------------------------------

  ready(): u32 {
    const listener = this.listener;
    if (this.listens && listener !== null) return listener.readyCount > 0 ? READABLE : 0;
    const connection = this.connection;
    const state = connection.state;
    if (!this.wasConnected) return WRITABLE | PollEvent.HangUp;
    let events: u32 = 0;
    if (connection.error !== Errno.NONE) events |= PollEvent.Error;
    if (state === TcpState.SynSent || state === TcpState.SynReceived) return events;
    const isOver = state === TcpState.Closed || state === TcpState.TimeWait;
    const noMoreToRead = this.receiveDone || connection.finReceived || isOver;
    if (isOver || (noMoreToRead && this.sendDone)) events |= PollEvent.HangUp;
    if (noMoreToRead) events |= READABLE | PollEvent.ReadHangUp;
    if (connection.readable() > 0) events |= READABLE;
    if (this.sendDone || isOver || connection.sendRoom() * 3 >= u64(connection.settings.sendBuffer)) events |= WRITABLE;
    if (connection.hasUrgentMark) events |= PollEvent.Priority;
    return events;
  }

  /** Connections that nobody has accepted. A hint. */
  waitingConnections(): u32 {
    const listener = this.listener;
    return listener === null ? 0 : u32(listener.readyCount);
  }

  takeError(): Errno {
    if (this.connection.error === Errno.NONE) return Errno.NONE;
    using _ = this.lock.acquire();
    return this.connection.takeError();
  }

  isListening(): boolean {
    return this.listens;
  }

  peerProcess(): boolean {
    return false;
  }

  option(level: u32, name: u32, value: OptionValue): Errno {
    if (level === LEVEL_TCP) return getTcpOption(this, name, value);
    if (level !== LEVEL_IP && (level !== LEVEL_IPV6 || this.socket.family !== Family.Inet6)) return Errno.OPNOTSUPP;
    return this.internet.get(level, name, value, this.wasConnected ? this.connection.path.maximumPacket : 0);
  }

  setOption(level: u32, name: u32, value: OptionValue): Errno {
    if (level === LEVEL_TCP) {
      let error = Errno.NONE;
      {
        using _ = this.lock.acquire();
        error = setTcpOption(this, name, value, networkTime());
        this.arm();
      }
      this.afterwards();
      return error;
    }
    if (level !== LEVEL_IP && level !== LEVEL_IPV6) return Errno.NOPROTOOPT;
    const error = this.internet.set(level, name, value, this.socket.family, this.boundPort !== 0 || this.wasConnected);
    this.internet.applyTo(this.connection.path);
    return error;
  }

  optionChanged(name: u32): void {
    using _ = this.lock.acquire();
    const settings = this.connection.settings;
    const options = this.socket.options;
    settings.urgentInline = options.outOfBandInline;
    settings.sendBuffer = options.sendBuffer;
    settings.sendBufferFixed = options.sendBufferChosen;
    settings.receiveBuffer = options.receiveBuffer;
    settings.receiveBufferFixed = options.receiveBufferChosen;
    if (settings.keepAlive !== options.keepAlive) {
      settings.keepAlive = options.keepAlive;
      if (this.wasConnected) armKeepAlive(this.connection, networkTime());
      this.arm();
    }
  }

  control(request: u32, argument: u64): i64 {
    const at = argument as UserPointer;
    switch (request) {
      case u32(Control.BytesReadable):
        if (this.listens) return errorCode(Errno.INVAL);
        return errorCode(writeUser32(at, u32(this.connection.readable())));
      case u32(Control.OutputQueue):
        if (this.listens) return errorCode(Errno.INVAL);
        return errorCode(writeUser32(at, this.connection.sendBuffer.length));
      case AT_MARK: {
        const isAtMark = this.connection.hasUrgentMark && this.connection.urgentOffset() === 0;
        return errorCode(writeUser32(at, isAtMark ? 1 : 0));
      }
      default:
        return controlInterface(request, argument);
    }
  }
}

class ShortBytes {
  readonly all!: FixedArray<u8, 1024>;
}

/** The socket that a connection is part of. */
export function socketOfConnection(connection: Connection): TcpSocket {
  // Safe: the kernel makes connections as parts of these sockets alone.
  return objectAt<TcpSocket>(addressOf(connection) - offsetOf<TcpSocket>("connection"));
}

function timerFired(argument: u64): void {
  // Safe: the argument is the socket that embeds the timer, and cancels it before it goes.
  objectAt<TcpSocket>(argument).timerDue();
}

/** Takes a packet of TCP. */
export function takeSegment(packet: PacketBuffer, now: u64): void {
  const segment = new Segment();
  if (!parseSegment(packet, segment, stack.counters())) {
    packet.release();
    return;
  }
  const socket = findConnection(packet.to, segment.destinationPort, packet.from, segment.sourcePort);
  if (socket !== null) {
    socket.takeSegment(packet, segment, now);
    return;
  }
  const tables = tcp!;
  {
    using _ = tables.timeWaitLock.acquire();
    if (tables.timeWaits.receive(stack, stack, packet, segment, now) === TimeWaitVerdict.Taken) return;
  }
  const listener = findListener(packet.to, segment.destinationPort, packet.from, segment.sourcePort);
  if (listener !== null) listener.takeRequest(packet, segment, now);
  else rejectSegment(stack, stack, packet, segment, now);
}

/** Takes what ICMP says about a segment of ours. */
export function takeTcpError(error: TransportError, now: u64): void {
  if (error.protocol !== PROTOCOL_TCP) return;
  const socket = findConnection(error.from, error.fromPort, error.to, error.toPort);
  if (socket !== null) socket.takeFailure(error, now);
}
