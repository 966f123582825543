// A socket of TCP (tcp(7)): a connection or a listener of kernel/net, with a lock, a timer, and the application's memory.
//
//   tcp_connect.ts   bind, connect        tcp_send.ts      from the application to the connection
//   tcp_accept.ts    listen, accept       tcp_receive.ts   from the connection to the application
//   tcp_table.ts     who gets a segment   tcp_input.ts     what the network brings        tcp_options.ts, tcp_information.ts
//
// The spin lock guards connection, listener and error queue; segments are handled under it on the CPU that received them. Bytes on
// their way from and to the application are copied without it.
// References to the socket's inode: the open file's, the table's while the connection is in it, and that of whoever found it there.
// The timer is never waited for: it fires early at worst. What it finds finished is buried by a thread, since a timer's memory must
// outlive its callback.

import { Link } from "prelude/list.ts";
import { addressOf, objectAt } from "unsafe";
import { currentCpu } from "../arch/x86_64/cpu.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Control, PollEvent } from "../fs/abi.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import type { IpAddress } from "../net/address.ts";
import { Counter } from "../net/counters.ts";
import type { TransportError } from "../net/icmp.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { Connection, type ConnectionOwner } from "../net/tcp/connection.ts";
import type { Listener, ListenerOwner } from "../net/tcp/listener.ts";
import type { Segment } from "../net/tcp/segment.ts";
import { ConnectionChange, TcpState } from "../net/tcp/state.ts";
import { armKeepAlive } from "../net/tcp/timers.ts";
import { Mutex } from "../sched/mutex.ts";
import { cancelTimer, moveTimer, startTimer, Timer } from "../sched/timers.ts";
import { ErrorQueue, Origin, type QueuedReport, reportOfError } from "./error_queue.ts";
import { anyAddress, writePlace } from "./inet_address.ts";
import { InternetOptions, LEVEL_IP, LEVEL_IPV6 } from "./inet_options.ts";
import { controlInterface } from "./interface_control.ts";
import { buryLater, networkTime, runLoopback, stack } from "./network_stack.ts";
import { type AcceptOutcome, Direction, type Endpoint, type OptionValue, Socket, SocketType, socketOf } from "./socket.ts";
import { Family, type SocketAddress } from "./socket_address.ts";
import {
  acceptStream,
  finishAccepted,
  insertAccepted,
  listenerDue,
  listenStream,
  makeAccepted,
  stopListening,
} from "./tcp_accept.ts";
import { bindStream, connectStream } from "./tcp_connect.ts";
import { getTcpOption, LEVEL_TCP, setTcpOption } from "./tcp_options.ts";
import { receiveStream } from "./tcp_receive.ts";
import { sendStream } from "./tcp_send.ts";
import { enterTimeWait, removeConnection } from "./tcp_table.ts";
import type { Transfer } from "./transfer.ts";

export const PROTOCOL_TCP = 6;
export const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
export const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal;
export const ALL_EVENTS = 0xffff;
/** SIOCATMARK, SIOCOUTQNSD (linux/sockios.h). */
const AT_MARK = 0x8905;
const OUTPUT_UNSENT = 0x894b;
const SECOND: u64 = 1_000_000_000;
/** How urgent data are told of when they are announced: by SIGURG, once (linux/file_signals.ts). */
const URGENT_NEWS = PollEvent.Priority | PollEvent.ReadBand;
const ERRORS_URGENT = PollEvent.Error | PollEvent.Priority;

export class TcpSocket implements Endpoint, ConnectionOwner, ListenerOwner {
  readonly socket = new Socket();
  readonly internet = new InternetOptions();
  readonly connection: Embedded<Connection> = new Connection(stack, stack);
  readonly lock = new SpinLock(LockOrder.Connection);
  readonly listenLock = new SpinLock(LockOrder.Listener);
  readonly readLock = new Mutex(LockOrder.SocketRead);
  readonly writeLock = new Mutex(LockOrder.SocketRead);
  private readonly errors = new ErrorQueue();
  /** The place on the list of the port that it is bound to. */
  readonly link = new Link<TcpSocket>();
  /** The place among those to be buried. */
  nextBuried: TcpSocket | null = null;
  boundAddress: IpAddress = { high: 0, low: 0 };
  /** 0: not bound. */
  boundPort: u16 = 0;
  listens = false;
  listener: Listener | null = null;
  /** The socket of the connection that the listener is making. */
  child: TcpSocket | null = null;
  readonly timer = new Timer();
  /** connect() was called; its end was told. */
  wasConnected = false;
  connectTold = false;
  receiveDone = false;
  sendDone = false;
  /** What DEFER_ACCEPT was set to; connections are handed out as they are ready all the same. */
  deferAccept: u32 = 0;
  /** TCP_NOTSENT_LOWAT: with so many bytes that were not sent even once, it is not writable; 0: no such limit. */
  unsentLowWater: u32 = 0;

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
    return bindStream(this, address);
  }

  listen(backlog: u32): Errno {
    return listenStream(this, backlog);
  }

  connect(address: SocketAddress, mayWait: boolean): i64 {
    return connectStream(this, address, mayWait);
  }

  accept(mayWait: boolean, outcome: AcceptOutcome): Socket | null {
    return acceptStream(this, mayWait, outcome);
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

  // ---- transfers ----------------------------------------------------------------------------------------------------

  send(transfer: Transfer): i64 {
    return sendStream(this, transfer);
  }

  receive(transfer: Transfer): i64 {
    return receiveStream(this, transfer);
  }

  /** The oldest report of the error queue, the caller's to free. An error that it was about is told with it. */
  takeReport(): QueuedReport | null {
    using _ = this.lock.acquire();
    const queued = this.errors.take();
    if (queued === null) return null;
    const origin = queued.report.origin;
    if (origin === Origin.Icmp || origin === Origin.Icmp6) this.connection.error = this.errors.nextError();
    return queued;
  }

  /** A send with MSG_ZEROCOPY is done with its buffer. */
  noteCopied(): void {
    {
      using _ = this.lock.acquire();
      if (!this.errors.noteCopied()) return;
    }
    this.socket.queue.wakeAll(PollEvent.Error);
  }

  // ---- the end ------------------------------------------------------------------------------------------------------

  shutDown(direction: Direction): Errno {
    if (this.listens) {
      if ((direction & Direction.Receive) !== 0) stopListening(this);
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

  close(): void {
    stopListening(this);
    const options = this.socket.options;
    if (!this.wasConnected) return;
    this.leave();
    if (options.lingers && options.lingerSeconds !== 0) this.linger(u64(options.lingerSeconds) * SECOND);
  }

  /** Closes the connection: what was sent goes on its way, and the end behind it. */
  leave(): void {
    const options = this.socket.options;
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

  /** SO_LINGER: waits until the peer has acknowledged everything, for so many nanoseconds at most, or until a signal comes. */
  private linger(time: u64): void {
    this.socket.queue.wait(() => !this.isLeaving(), networkTime() + time);
  }

  /** Whether something that was sent, FIN among it, is not acknowledged. */
  private isLeaving(): boolean {
    const state = this.connection.state;
    return state === TcpState.FinWait1 || state === TcpState.Closing || state === TcpState.LastAck;
  }

  dispose(): void {
    cancelTimer(this.timer);
    this.errors.clear();
    this.internet.dispose();
    this.connection.dispose();
    const listener = this.listener;
    if (listener !== null) {
      listener.close();
      destroy(listener);
    }
    destroy(this);
  }

  /** After the lock is given back: takes a connection that has left TCP out of the table, and delivers what was sent to ourselves. */
  afterwards(): void {
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
  arm(): void {
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
    if (this.listens) listenerDue(this);
    // Not here: the timer is in the memory that would go.
    if (this.retire()) buryLater(this);
    runLoopback();
  }

  // ---- what the network brings --------------------------------------------------------------------------------------

  /** A segment for the connection. Takes the packet, and the caller's reference. */
  takeSegment(packet: PacketBuffer, segment: Segment, now: u64): void {
    this.socket.options.incomingCpu = currentCpu().index;
    if (this.internet.isNear(packet)) {
      using _ = this.lock.acquire();
      this.connection.receive(packet, segment, now);
      this.arm();
    } else {
      stack.counters().count(Counter.TcpExtTCPMinTTLDrop);
      packet.release();
    }
    if (this.retire()) this.socket.inode.release();
    this.socket.inode.release();
  }

  /** What ICMP says of a segment of the connection's. Takes the caller's reference. */
  takeFailure(error: TransportError, now: u64): void {
    {
      using _ = this.lock.acquire();
      const connection = this.connection;
      const isOpening = connection.state === TcpState.SynSent;
      if (error.maximumPacket !== 0) {
        connection.packetTooBig(error.maximumPacket, error.sequence, now);
      } else {
        connection.networkError(error.error, error.isHard, error.sequence, now);
        if (isOpening && this.internet.wantsErrors(error.to) && connection.softError === error.error) this.report(error);
      }
      this.arm();
    }
    if (this.retire()) this.socket.inode.release();
    this.socket.inode.release();
  }

  /** Keeps an error for the error queue. The lock is held. */
  private report(error: TransportError): void {
    const queued = reportOfError(error, error.reporter, null);
    if (queued !== null) this.errors.add(queued);
  }

  connectionChanged(connection: Connection, changes: ConnectionChange): void {
    let events: u32 = 0;
    if ((changes & ConnectionChange.Readable) !== ConnectionChange.None) events |= READABLE;
    if ((changes & ConnectionChange.Writable) !== ConnectionChange.None) events |= WRITABLE;
    if ((changes & ConnectionChange.PeerClosed) !== ConnectionChange.None) events |= READABLE | PollEvent.ReadHangUp;
    if ((changes & ConnectionChange.Urgent) !== ConnectionChange.None) events |= URGENT_NEWS;
    // The byte itself may come after its announcement.
    if ((changes & ConnectionChange.Readable) !== ConnectionChange.None && connection.hasUrgentByte()) {
      events |= PollEvent.Priority;
    }
    const hasEnded = ConnectionChange.Connected | ConnectionChange.Failed | ConnectionChange.Closed;
    if ((changes & hasEnded) !== ConnectionChange.None) events = ALL_EVENTS;
    if (events !== 0) this.socket.queue.wakeAll(u64(events));
  }

  /** Under the listener's lock, as the two that follow. */
  createConnection(listener: Listener): Connection | null {
    return makeAccepted(this);
  }

  insertConnection(connection: Connection): boolean {
    return insertAccepted(this, connection);
  }

  connectionReady(listener: Listener): void {
    finishAccepted(this);
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
    if (!this.errors.isEmpty()) events |= this.socket.options.selectErrorQueue ? ERRORS_URGENT : PollEvent.Error;
    if (state === TcpState.SynSent || state === TcpState.SynReceived) return events;
    const isOver = state === TcpState.Closed || state === TcpState.TimeWait;
    const noMoreToRead = this.receiveDone || connection.finReceived || isOver;
    if (isOver || (noMoreToRead && this.sendDone)) events |= PollEvent.HangUp;
    if (noMoreToRead) events |= READABLE | PollEvent.ReadHangUp;
    const low = minimum(this.socket.options.lowWater, connection.settings.receiveBuffer / 2);
    if (connection.readable() >= u64(low)) events |= READABLE;
    if (this.sendDone || isOver || this.isWritable()) events |= WRITABLE;
    if (connection.hasUrgentByte()) events |= PollEvent.Priority;
    return events;
  }

  private isWritable(): boolean {
    const connection = this.connection;
    if (this.unsentLowWater !== 0 && connection.unsent() >= this.unsentLowWater) return false;
    return connection.sendRoom() * 3 >= u64(connection.settings.sendBuffer);
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
    if (level === LEVEL_TCP) {
      using _ = this.lock.acquire();
      return getTcpOption(this, name, value, networkTime());
    }
    if (level !== LEVEL_IP && (level !== LEVEL_IPV6 || this.socket.family !== Family.Inet6)) return Errno.OPNOTSUPP;
    return this.internet.get(level, name, value, this.wasConnected ? this.connection.packetSize() : 0);
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
    const error = this.internet.set(level, name, value, this.socket, this.boundPort !== 0 || this.wasConnected);
    if (this.wasConnected) this.internet.applyTo(this.connection.path);
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
        return errorCode(writeUser32(at, u32(this.connection.beforeMark())));
      case u32(Control.OutputQueue):
        if (this.listens) return errorCode(Errno.INVAL);
        return errorCode(writeUser32(at, this.connection.sendBuffer.length));
      case OUTPUT_UNSENT:
        if (this.listens) return errorCode(Errno.INVAL);
        return errorCode(writeUser32(at, this.connection.unsent()));
      case AT_MARK:
        return errorCode(writeUser32(at, this.connection.isAtMark() ? 1 : 0));
      default:
        return controlInterface(request, argument);
    }
  }
}

/** The socket that a connection is part of. */
export function socketOfConnection(connection: Connection): TcpSocket {
  // Safe: the kernel makes connections as parts of these sockets alone.
  return objectAt<TcpSocket>(addressOf(connection) - offsetOf<TcpSocket>("connection"));
}

/** The socket of TCP that an open file is, or null. */
export function tcpSocketOf(open: OpenFile): TcpSocket | null {
  const socket = socketOf(open);
  if (socket === null || socket.protocol !== PROTOCOL_TCP || socket.type !== SocketType.Stream) return null;
  if (socket.family !== Family.Inet && socket.family !== Family.Inet6) return null;
  // Safe: sockets of this kind are parts of a TcpSocket.
  return objectAt<TcpSocket>(addressOf(socket) - offsetOf<TcpSocket>("socket"));
}

function timerFired(argument: u64): void {
  // Safe: the argument is the socket that embeds the timer, and cancels it before it goes.
  objectAt<TcpSocket>(argument).timerDue();
}
