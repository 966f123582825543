// A socket of UDP (udp(7)), of IPv4 or IPv6.
//
// Datagrams lie in the socket's queue as the packets in which they came, as many as the receive buffer has room for. The spin lock
// guards addresses, queue and error; readers take turns by a lock that sleeps, so that a datagram can be looked at, and copied to the
// application, without the spin lock: only readers take datagrams out. It may be taken under a bucket's lock of udp_table.ts.

import { Link, List } from "prelude/list.ts";
import { addressOf } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Control, PollEvent } from "../fs/abi.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import {
  type IpAddress,
  ipv4,
  isIpv4,
  isLoopback,
  isMulticast,
  isSameAddress,
  isUnspecified,
  unspecified6,
} from "../net/address.ts";
import { Counter } from "../net/counters.ts";
import { parseTransportError, TransportError } from "../net/icmp.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { Path } from "../net/path.ts";
import { Datagram, parseDatagram, prependUdp, UDP_HEADER, UDP_MAXIMUM } from "../net/udp.ts";
import { Mutex } from "../sched/mutex.ts";
import { anyAddress, Place, readPlace, writePlace } from "./inet_address.ts";
import { InternetOptions, LEVEL_IP, LEVEL_IPV6 } from "./inet_options.ts";
import { controlInterface } from "./interface_control.ts";
import { networkMemory } from "./network_memory.ts";
import { awaitAddress, networkTime, refusePacket, runLoopback, stack } from "./network_stack.ts";
import { type AcceptOutcome, Direction, type Endpoint, type OptionValue, Socket, SocketType } from "./socket.ts";
import { Family, type SocketAddress } from "./socket_address.ts";
import { MessageFlag, type Transfer } from "./transfer.ts";
import { enterPort, leavePort, withReceiver } from "./udp_table.ts";

const PROTOCOL_UDP = 17;
const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal | PollEvent.WriteBand;

export class UdpSocket implements Endpoint {
  readonly socket = new Socket();
  readonly internet = new InternetOptions();
  private readonly lock = new SpinLock(LockOrder.DatagramSocket);
  private readonly readLock = new Mutex(LockOrder.SocketRead);
  /** The place on the list of the port. */
  readonly link = new Link<UdpSocket>();
  localAddress: IpAddress = { high: 0, low: 0 };
  localPort: u16 = 0;
  remoteAddress: IpAddress = { high: 0, low: 0 };
  /** 0: not connected. */
  remotePort: u16 = 0;
  /** The address was asked for by bind, and stays when a connection is dissolved. */
  private boundAddress = false;
  private readonly path = new Path();
  private readonly queue = new List<PacketBuffer>();
  /** Memory of the queue. */
  private queued: u64 = 0;
  private receiveDone = false;
  private sendDone = false;
  private error: Errno = Errno.NONE;

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
    if (!isUsable(place.address, this.internet)) return Errno.ADDRNOTAVAIL;
    this.localAddress = place.address;
    this.boundAddress = !isUnspecified(place.address);
    const entered = enterPort(this, place.port);
    if (entered !== Errno.NONE) {
      this.localAddress = anyAddress(this.socket.family);
      this.boundAddress = false;
    }
    return entered;
  }

  private bindIfNeeded(): Errno {
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
    error = this.resolve(path, reachable(place.address));
    if (error !== Errno.NONE) return errorCode(error);
    using _ = this.lock.acquire();
    this.remoteAddress = path.destination;
    this.remotePort = place.port;
    this.localAddress = path.source;
    copyPath(this.path, path);
    return 0;
  }

  private disconnect(): void {
    using _ = this.lock.acquire();
    this.remotePort = 0;
    this.remoteAddress = anyAddress(this.socket.family);
    if (!this.boundAddress) this.localAddress = anyAddress(this.socket.family);
  }

  /** Finds the way to an address. */
  private resolve(path: Path, destination: IpAddress): Errno {
    const waited = awaitAddress(destination);
    if (waited !== Errno.NONE) return waited;
    path.destination = destination;
    path.source = isUnspecified(this.localAddress) ? noAddress(destination) : this.localAddress;
    this.internet.applyTo(path);
    if (isMulticast(destination)) path.hopLimit = this.internet.multicastHopLimit;
    const error = stack.resolve(path, networkTime()) as Errno;
    if (error !== Errno.NONE) return error;
    const out = path.interface;
    if (out !== null && out.isBroadcast(destination) && !this.socket.options.broadcast) return Errno.ACCES;
    return Errno.NONE;
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
    if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
    const length = transfer.buffer.remaining;
    if (length > UDP_MAXIMUM) return errorCode(Errno.MSGSIZE);
    const pending = this.takeError();
    if (pending !== Errno.NONE) return errorCode(pending);
    if (this.sendDone) return errorCode(Errno.PIPE);
    const path = new Path();
    let port = this.remotePort;
    const address = transfer.address;
    if (address !== null && address.family() !== Family.Unspecified) {
      const place = new Place();
      let error = readPlace(address, this.socket.family, place);
      if (error !== Errno.NONE) return errorCode(error);
      if (place.port === 0) return errorCode(Errno.INVAL);
      port = place.port;
      error = this.bindIfNeeded();
      if (error === Errno.NONE) error = this.resolve(path, reachable(place.address));
      if (error !== Errno.NONE) return errorCode(error);
    } else {
      if (port === 0) return errorCode(Errno.DESTADDRREQ);
      using _ = this.lock.acquire();
      copyPath(path, this.path);
      this.internet.applyTo(path);
    }
    const packet = networkMemory.allocatePacket(length);
    if (packet === null) return errorCode(Errno.NOBUFS);
    const room = packet.extend(u32(length));
    if (length > 0 && transfer.buffer.take(addressOf(room), length) !== length) {
      packet.release();
      return errorCode(Errno.FAULT);
    }
    prependUdp(packet, path, this.localPort, port);
    const counters = stack.counters();
    counters.count(isIpv4(path.destination) ? Counter.UdpOutDatagrams : Counter.Udp6OutDatagrams);
    const sent = stack.sendPacket(path, packet, PROTOCOL_UDP, networkTime());
    runLoopback();
    if (sent !== Errno.NONE) return errorCode(sent);
    if (address === null) {
      using _ = this.lock.acquire();
      // What was found out about the way is good for the next one.
      if (isSameAddress(path.destination, this.path.destination)) copyPath(this.path, path);
    }
    return i64(length);
  }

  receive(transfer: Transfer): i64 {
    if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
    if (transfer.has(MessageFlag.ErrorQueue)) return errorCode(Errno.AGAIN);
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
    let done: u32 = 0;
    while (done < wanted) {
      const piece = packet.contiguous(done);
      const count = minimum(piece.length, u64(wanted - done));
      if (transfer.buffer.give(addressOf(piece), count) !== count) return errorCode(Errno.FAULT);
      done += u32(count);
    }
    transfer.length = u64(length);
    if (wanted < length) transfer.answer |= MessageFlag.Truncated;
    const address = transfer.address;
    if (address !== null) writePlace(address, this.socket.family, packet.from, u16(packet.mark));
    const ancillary = transfer.ancillary;
    if (ancillary !== null && (this.internet.packetInformation || this.internet.packetInformation6)) {
      const source = packet.source;
      ancillary.hasDestination = true;
      ancillary.destination = packet.to;
      ancillary.interface = source === null ? 0 : source.index;
    }
    if (transfer.has(MessageFlag.Peek)) return i64(done);
    {
      using _lock = this.lock.acquire();
      this.queue.remove(packet);
      this.queued -= packet.footprint();
    }
    packet.release();
    return i64(done);
  }

  /** Takes a datagram whose header is off. A bucket's lock is held. */
  deliver(packet: PacketBuffer, fromPort: u16): void {
    packet.mark = u32(fromPort);
    const counters = stack.counters();
    const four = isIpv4(packet.from);
    const size = packet.footprint();
    let taken = false;
    {
      using _ = this.lock.acquire();
      if (!this.receiveDone && this.queued + size <= u64(this.socket.options.receiveBuffer) * 2) {
        this.queued += size;
        this.queue.append(packet);
        taken = true;
      }
    }
    if (taken) {
      counters.count(four ? Counter.UdpInDatagrams : Counter.Udp6InDatagrams);
      this.socket.queue.wakeOne(READABLE);
      return;
    }
    counters.count(four ? Counter.UdpRcvbufErrors : Counter.Udp6RcvbufErrors);
    counters.count(four ? Counter.UdpInErrors : Counter.Udp6InErrors);
    packet.release();
  }

  /** The network says that a datagram did not arrive. A bucket's lock is held. */
  fail(error: Errno): void {
    // Who is not connected would not know which it was.
    if (this.remotePort === 0 && !this.internet.receiveErrors) return;
    this.error = error;
    this.socket.queue.wakeAll(READABLE | PollEvent.Error);
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
    destroy(this);
  }

  // ---- questions ----------------------------------------------------------------------------------------------------

  ready(): u32 {
    let events: u32 = WRITABLE;
    if (this.error !== Errno.NONE) events |= PollEvent.Error;
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
    if (level !== LEVEL_IP && (level !== LEVEL_IPV6 || this.socket.family !== Family.Inet6)) return Errno.OPNOTSUPP;
    return this.internet.get(level, name, value, this.remotePort === 0 ? 0 : this.path.maximumPacket);
  }

  setOption(level: u32, name: u32, value: OptionValue): Errno {
    if (level !== LEVEL_IP && level !== LEVEL_IPV6) return Errno.NOPROTOOPT;
    return this.internet.set(level, name, value, this.socket.family, this.localPort !== 0);
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

/** An unspecified destination is the machine itself. */
export function reachable(address: IpAddress): IpAddress {
  if (!isUnspecified(address)) return address;
  return isIpv4(address) ? ipv4(0x7f00_0001) : { high: 0, low: 1 };
}

/** No address of the version of another one. */
export function noAddress(like: IpAddress): IpAddress {
  return isIpv4(like) ? ipv4(0) : unspecified6();
}

/** Whether a socket may be bound to an address: one of ours, a group, or none in particular. */
export function isUsable(address: IpAddress, options: InternetOptions): boolean {
  if (isUnspecified(address) || isLoopback(address) || isMulticast(address) || options.freeBind) return true;
  using _ = stack.lock.acquire();
  return stack.network!.findLocal(address) !== null;
}

/** Copies what is known of a way. */
export function copyPath(to: Path, from: Path): void {
  to.destination = from.destination;
  to.source = from.source;
  to.interface = from.interface;
  to.nextHop = from.nextHop;
  to.neighbour = from.neighbour;
  to.hasNeighbour = from.hasNeighbour;
  to.goodUntil = from.goodUntil;
  to.generation = from.generation;
  to.maximumPacket = from.maximumPacket;
  to.boundInterface = from.boundInterface;
  to.hopLimit = from.hopLimit;
  to.trafficClass = from.trafficClass;
  to.dontFragment = from.dontFragment;
}

/** Takes a packet of UDP. */
export function takeDatagram(packet: PacketBuffer, now: u64): void {
  const datagram = new Datagram();
  if (!parseDatagram(packet, datagram, stack.counters())) {
    packet.release();
    return;
  }
  const fromPort = datagram.sourcePort;
  const found = withReceiver(packet.to, datagram.destinationPort, packet.from, fromPort, (socket) => {
    socket.deliver(packet, fromPort);
  });
  if (found) return;
  stack.counters().count(isIpv4(packet.from) ? Counter.UdpNoPorts : Counter.Udp6NoPorts);
  // The refusal quotes the header again.
  packet.prepend(UDP_HEADER);
  refusePacket(packet, now);
}

/** Takes an error of ICMP about a packet of ours. */
export function takeNetworkError(packet: PacketBuffer, now: u64): void {
  const error = new TransportError();
  const understood = parseTransportError(packet, error);
  packet.release();
  if (!understood) return;
  if (error.protocol === PROTOCOL_UDP && error.isHard) {
    withReceiver(error.from, error.fromPort, error.to, error.toPort, (socket) => socket.fail(error.error));
  }
  const takeTcp = stack.takeTcpError;
  if (error.protocol !== PROTOCOL_UDP && takeTcp !== null) takeTcp(error, now);
}
