// A socket of UDP (udp(7)), of IPv4 or IPv6.
//
//   udp_send.ts   datagrams of the application        udp_input.ts   datagrams and errors that the network brings
//   udp_table.ts  which socket gets a datagram        here           names, the queue and who reads it, questions
//
// Datagrams lie in the socket's queue as the packets in which they came, as many as the receive buffer has room for. The spin lock
// guards addresses, queue and errors; readers take turns by a lock that sleeps, so that a datagram can be looked at, and copied to the
// application, without the spin lock: only readers take datagrams out. It may be taken under a bucket's lock of udp_table.ts.

import { Link, List } from "prelude/list.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Control, PollEvent } from "../fs/abi.ts";
import { now } from "../fs/time.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { type IpAddress, isMulticast, isUnspecified } from "../net/address.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { Path } from "../net/path.ts";
import { Mutex } from "../sched/mutex.ts";
import { ErrorQueue, givePacket, Origin, type QueuedReport, receiveReport } from "./error_queue.ts";
import { anyAddress, noAddress, Place, reachable, readPlace, writePlace } from "./inet_address.ts";
import { InternetOptions, LEVEL_IP, LEVEL_IPV6 } from "./inet_options.ts";
import { controlInterface } from "./interface_control.ts";
import { awaitAddress, networkTime, stack } from "./network_stack.ts";
import { type AcceptOutcome, Direction, type Endpoint, type OptionValue, Socket, SocketType } from "./socket.ts";
import { Family, type SocketAddress } from "./socket_address.ts";
import { type Ancillary, Detail, MessageFlag, type Transfer } from "./transfer.ts";
import { sendDatagram } from "./udp_send.ts";
import { enterPort, leavePort } from "./udp_table.ts";

export const PROTOCOL_UDP = 17;
const LEVEL_UDP = 17;
const ERRORS_URGENT = PollEvent.Error | PollEvent.Priority;
export const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal | PollEvent.WriteBand;

export class UdpSocket implements Endpoint {
  readonly socket = new Socket();
  readonly internet = new InternetOptions();
  readonly lock = new SpinLock(LockOrder.DatagramSocket);
  private readonly readLock = new Mutex(LockOrder.SocketRead);
  readonly errors = new ErrorQueue();
  /** The place on the list of the port. */
  readonly link = new Link<UdpSocket>();
  localAddress: IpAddress = { high: 0, low: 0 };
  localPort: u16 = 0;
  remoteAddress: IpAddress = { high: 0, low: 0 };
  /** 0: not connected. */
  remotePort: u16 = 0;
  /** The address was asked for by bind, and stays when a connection is dissolved. */
  private boundAddress = false;
  /** The way to the peer. */
  readonly path = new Path();
  private readonly queue = new List<PacketBuffer>();
  /** Memory of the queue. */
  private queued: u64 = 0;
  private receiveDone = false;
  sendDone = false;
  error: Errno = Errno.NONE;

  begin(family: Family): void {
    this.socket.begin(this, family, SocketType.Datagram, PROTOCOL_UDP);
    this.localAddress = anyAddress(family);
    this.remoteAddress = anyAddress(family);
  }

  // ---- names --------------------------------------------------------------------------------------------------------

  bind(address: SocketAddress, mode: u32): Errno {
    const place = new Place();
    const error = readPlace(address, this.socket.family, place);
    if (error !== Errno.NONE) return error;
    if (this.localPort !== 0) return Errno.INVAL;
    const waited = isUnspecified(place.address) ? Errno.NONE : awaitAddress(place.address);
    if (waited !== Errno.NONE) return waited;
    if (!this.internet.mayBind(place.address)) return Errno.ADDRNOTAVAIL;
    this.localAddress = place.address;
    this.boundAddress = !isUnspecified(place.address);
    const entered = enterPort(this, place.port);
    if (entered !== Errno.NONE) {
      this.localAddress = anyAddress(this.socket.family);
      this.boundAddress = false;
    }
    return entered;
  }

  /** Chooses a port for a socket that has none. */
  bindIfNeeded(): Errno {
    return this.localPort !== 0 ? Errno.NONE : enterPort(this, 0);
  }

  listen(backlog: u32): Errno {
    return Errno.OPNOTSUPP;
  }

  accept(mayWait: boolean, outcome: AcceptOutcome): Socket | null {
    outcome.error = errorCode(Errno.OPNOTSUPP);
    return null;
  }

  connect(address: SocketAddress, mayWait: boolean): i64 {
    if (address.length < 2) return errorCode(Errno.INVAL);
    if (address.family() === Family.Unspecified) {
      this.disconnect();
      return 0;
    }
    const place = new Place();
    let error = readPlace(address, this.socket.family, place);
    if (error !== Errno.NONE) return errorCode(error);
    error = this.bindIfNeeded();
    if (error !== Errno.NONE) return errorCode(error);
    const path = new Path();
    error = this.resolve(path, reachable(place.address), place.scope, null);
    if (error !== Errno.NONE) return errorCode(error);
    using _ = this.lock.acquire();
    this.remoteAddress = path.destination;
    this.remotePort = place.port;
    this.localAddress = path.source;
    this.path.copyFrom(path);
    return 0;
  }

  private disconnect(): void {
    using _ = this.lock.acquire();
    this.remotePort = 0;
    this.remoteAddress = anyAddress(this.socket.family);
    if (!this.boundAddress) this.localAddress = anyAddress(this.socket.family);
  }

  /**
   * Finds the way to an address. May wait for the network's configuration.
   * @param scope the interface that was named with the address; 0: none @param chosen what the call says of its datagram
   */
  resolve(path: Path, destination: IpAddress, scope: u32, chosen: Ancillary | null): Errno {
    const waited = awaitAddress(destination);
    if (waited !== Errno.NONE) return waited;
    path.destination = destination;
    // Who is bound to a group receives what is sent to it, and sends from an address of its own.
    const own = this.localAddress;
    path.source = isUnspecified(own) || isMulticast(own) ? noAddress(destination) : own;
    path.boundInterface = scope === 0 ? this.socket.options.boundInterface : scope;
    if (chosen !== null) this.choose(path, chosen);
    this.internet.applyTo(path);
    if (chosen !== null) overrule(path, chosen);
    const error = stack.resolve(path, networkTime()) as Errno;
    if (error !== Errno.NONE) return error;
    const out = path.interface;
    if (out !== null && out.isBroadcast(destination) && !this.socket.options.broadcast) return Errno.ACCES;
    return Errno.NONE;
  }

  /** Sets from where, and by which interface, a call wants its datagram to go. */
  private choose(path: Path, chosen: Ancillary): void {
    if ((chosen.details & (Detail.PacketInformation | Detail.PacketInformation6)) === 0) return;
    if (!isUnspecified(chosen.ownAddress)) path.source = chosen.ownAddress;
    if (chosen.interface !== 0) path.boundInterface = chosen.interface;
  }

  localName(address: SocketAddress): Errno {
    writePlace(address, this.socket.family, this.localAddress, this.localPort);
    return Errno.NONE;
  }

  peerName(address: SocketAddress): Errno {
    if (this.remotePort === 0) return Errno.NOTCONN;
    writePlace(address, this.socket.family, this.remoteAddress, this.remotePort);
    return Errno.NONE;
  }

  // ---- transfers ----------------------------------------------------------------------------------------------------

  send(transfer: Transfer): i64 {
    return sendDatagram(this, transfer);
  }

  receive(transfer: Transfer): i64 {
    if (transfer.has(MessageFlag.ErrorQueue)) return receiveReport(this.takeReport(), transfer, this.socket.family);
    if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
    for (;;) {
      const pending = this.takeError();
      if (pending !== Errno.NONE) return errorCode(pending);
      const result = this.tryReceive(transfer);
      if (result !== errorCode(Errno.AGAIN)) return result;
      if (this.receiveDone) return 0;
      if (!transfer.mayWait) return result;
      const waited = this.socket.waitAt(this.socket.queue, this.socket.options.receiveTimeout, true, () => {
        return !this.queue.isEmpty() || this.receiveDone || this.error !== Errno.NONE;
      });
      if (waited !== 0) return waited;
    }
  }

  private tryReceive(transfer: Transfer): i64 {
    using _ = this.readLock.acquire();
    // Only readers take datagrams out, so the first stays while it is copied.
    const packet = this.queue.first;
    if (packet === null) return errorCode(Errno.AGAIN);
    const length = packet.totalLength();
    const wanted = u32(minimum(u64(length), transfer.buffer.remaining));
    if (!givePacket(packet, wanted, transfer)) return errorCode(Errno.FAULT);
    transfer.length = u64(length);
    if (wanted < length) transfer.answer |= MessageFlag.Truncated;
    const address = transfer.address;
    if (address !== null) writePlace(address, this.socket.family, packet.from, u16(packet.mark), scopeOf(packet));
    const ancillary = transfer.ancillary;
    if (ancillary !== null) this.describe(packet, ancillary);
    if (this.socket.options.keepsStamp) this.socket.options.stamp = timeOf(packet);
    if (transfer.has(MessageFlag.Peek)) return i64(wanted);
    {
      using _lock = this.lock.acquire();
      this.queue.remove(packet);
      this.queued -= packet.footprint();
    }
    packet.release();
    return i64(wanted);
  }

  private describe(packet: PacketBuffer, ancillary: Ancillary): void {
    const options = this.socket.options;
    this.internet.describe(packet, this.socket.family, ancillary);
    if (!options.timestamp && !options.timestampNanoseconds) return;
    ancillary.details |= options.timestamp ? Detail.Timestamp : Detail.TimestampNanoseconds;
    ancillary.receivedAt = timeOf(packet);
  }

  /** Puts a datagram into the queue. False: there is no room. Takes the packet if there is. */
  enqueue(packet: PacketBuffer): boolean {
    const size = packet.footprint();
    {
      using _ = this.lock.acquire();
      if (this.receiveDone || this.queued + size > u64(this.socket.options.receiveBuffer) * 2) return false;
      this.queued += size;
      this.queue.append(packet);
    }
    this.socket.queue.wakeOne(READABLE);
    return true;
  }

  /** Tells of an error, by the next call and (when there is one) by a report, which it takes. */
  fail(error: Errno, report: QueuedReport | null): void {
    {
      using _ = this.lock.acquire();
      this.error = error;
      if (report !== null) this.errors.add(report);
    }
    this.socket.queue.wakeAll(READABLE | PollEvent.Error);
  }

  /** The oldest report of the error queue, the caller's to free. An error that it was about is told with it. */
  takeReport(): QueuedReport | null {
    using _ = this.lock.acquire();
    const queued = this.errors.take();
    if (queued === null) return null;
    const origin = queued.report.origin;
    if (origin === Origin.Icmp || origin === Origin.Icmp6) this.error = this.errors.nextError();
    return queued;
  }

  // ---- the end ------------------------------------------------------------------------------------------------------

  shutDown(direction: Direction): Errno {
    if (this.remotePort === 0) return Errno.NOTCONN;
    if ((direction & Direction.Receive) !== 0) this.receiveDone = true;
    if ((direction & Direction.Send) !== 0) this.sendDone = true;
    this.socket.queue.wakeAll(0xffff);
    return Errno.NONE;
  }

  close(): void {
    if (this.localPort !== 0) leavePort(this);
    this.receiveDone = true;
    this.internet.dispose();
    for (;;) {
      const packet = this.takeFirst();
      if (packet === null) return;
      packet.release();
    }
  }

  private takeFirst(): PacketBuffer | null {
    using _ = this.lock.acquire();
    return this.queue.takeFirst();
  }

  dispose(): void {
    this.errors.clear();
    destroy(this);
  }

  // ---- questions ----------------------------------------------------------------------------------------------------

  ready(): u32 {
    let events: u32 = WRITABLE;
    if (this.error !== Errno.NONE) events |= PollEvent.Error;
    if (!this.errors.isEmpty()) events |= this.socket.options.selectErrorQueue ? ERRORS_URGENT : PollEvent.Error;
    if (!this.queue.isEmpty()) events |= READABLE;
    if (this.receiveDone) events |= READABLE | PollEvent.ReadHangUp;
    if (this.receiveDone && this.sendDone) events |= PollEvent.HangUp;
    return events;
  }

  takeError(): Errno {
    if (this.error === Errno.NONE) return Errno.NONE;
    using _ = this.lock.acquire();
    const error = this.error;
    this.error = Errno.NONE;
    return error;
  }

  isListening(): boolean {
    return false;
  }

  peerProcess(): boolean {
    return false;
  }

  option(level: u32, name: u32, value: OptionValue): Errno {
    if (level === LEVEL_UDP) return Errno.NOPROTOOPT;
    if (level !== LEVEL_IP && (level !== LEVEL_IPV6 || this.socket.family !== Family.Inet6)) return Errno.OPNOTSUPP;
    return this.internet.get(level, name, value, this.remotePort === 0 ? 0 : this.path.maximumPacket);
  }

  setOption(level: u32, name: u32, value: OptionValue): Errno {
    if (level !== LEVEL_IP && level !== LEVEL_IPV6) return Errno.NOPROTOOPT;
    return this.internet.set(level, name, value, this.socket, this.localPort !== 0);
  }

  optionChanged(name: u32): void {}

  control(request: u32, argument: u64): i64 {
    if (request === Control.BytesReadable) return errorCode(writeUser32(argument as UserPointer, this.firstLength()));
    if (request === Control.OutputQueue) return errorCode(writeUser32(argument as UserPointer, 0));
    return controlInterface(request, argument);
  }

  private firstLength(): u32 {
    using _ = this.lock.acquire();
    const first = this.queue.first;
    return first === null ? 0 : first.totalLength();
  }

  /** Bytes that wait, for /proc/net/udp. */
  waiting(): u64 {
    return this.queued;
  }
}

/** When a packet came, in nanoseconds since 1970. */
function timeOf(packet: PacketBuffer): i64 {
  return now() - i64(networkTime() - packet.receivedAt);
}

/** Sets what a call chooses for its datagram alone. */
function overrule(path: Path, chosen: Ancillary): void {
  if ((chosen.details & (Detail.TimeToLive | Detail.HopLimit)) !== 0) path.hopLimit = chosen.hopLimit;
  if ((chosen.details & (Detail.TypeOfService | Detail.TrafficClass)) !== 0) path.trafficClass = chosen.trafficClass;
}

/** The interface that goes with an address which means something on one link only. */
function scopeOf(packet: PacketBuffer): u32 {
  const source = packet.source;
  return source !== null && packet.from.high >> 54 === 0x3fa ? source.index : 0;
}
