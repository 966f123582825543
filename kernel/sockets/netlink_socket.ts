// A socket of netlink (netlink(7)) for questions about the network: interfaces, addresses, routes, neighbours (NETLINK_ROUTE).
//
//   send ─▶ each message of it is answered at once (route_answers.ts) ─▶ the queue of this socket ─▶ receive
//
// The network is configured by the machine's start, not by the application: questions are answered, changes are refused. What changes
// all the same, by DHCP and by routers, is told to who has joined its group (netlink_news.ts).

import { Link, List } from "prelude/list.ts";
import { addressOf } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Control, PollEvent } from "../fs/abi.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { Mutex } from "../sched/mutex.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { controlInterface } from "./interface_control.ts";
import {
  aligned,
  ControlType,
  copyDatagram,
  freeDatagram,
  loadWord,
  MESSAGE_HEADER,
  MessageMark,
  type NetlinkDatagram,
  NetlinkHeader,
  NetlinkWriter,
} from "./netlink_message.ts";
import { news } from "./netlink_news.ts";
import { answerRequest, isDump } from "./netlink_requests.ts";
import { stack } from "./network_stack.ts";
import { type AcceptOutcome, type Direction, type Endpoint, type OptionValue, Socket, type SocketType } from "./socket.ts";
import { Family, type SocketAddress } from "./socket_address.ts";
import { MessageFlag, type Transfer } from "./transfer.ts";

/** The protocol of questions about the network (linux/netlink.h). */
export const NETLINK_ROUTE = 0;
const LEVEL_NETLINK = 270;
/** struct sockaddr_nl: family, padding, port, groups. */
const ADDRESS_LENGTH = 12;
/** What a socket gets whose process has one already. */
const FIRST_CHOSEN = 0xffff_efff;
const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal | PollEvent.WriteBand;

/** Options of netlink sockets. */
const enum NetlinkOption {
  AddMembership = 1,
  DropMembership = 2,
  PacketInformation = 3,
  BroadcastError = 4,
  NoBufferErrors = 5,
  ListenAll = 8,
  Memberships = 9,
  CapAcknowledge = 10,
  ExtendedAcknowledge = 11,
  StrictCheck = 12,
}

class Ports {
  readonly lock = new SpinLock(LockOrder.PacketTable);
  readonly sockets = new List<NetlinkSocket>();
}

const ports = new Ports();

export class NetlinkSocket implements Endpoint {
  readonly socket = new Socket();
  /** The place among all that are bound. */
  readonly link = new Link<NetlinkSocket>();
  private readonly lock = new SpinLock(LockOrder.DatagramSocket);
  private readonly readLock = new Mutex(LockOrder.SocketRead);
  private readonly queue = new List<NetlinkDatagram>();
  private queued: u64 = 0;
  private error: Errno = Errno.NONE;
  /** 0: not bound. */
  private port: u32 = 0;
  private groups: u32 = 0;
  private peerPort: u32 = 0;
  private peerGroups: u32 = 0;
  /** Those of NetlinkOption that are on, as a set of bits. */
  private options: u32 = 0;

  begin(type: SocketType): void {
    this.socket.begin(this, Family.Netlink, type, NETLINK_ROUTE);
  }

  // ---- names --------------------------------------------------------------------------------------------------------

  bind(address: SocketAddress, mode: u32): Errno {
    if (address.length < ADDRESS_LENGTH || address.family() !== Family.Netlink) return Errno.INVAL;
    const wanted = loadWord(address.storage.slice(), 4);
    if (this.port !== 0 && wanted !== this.port && wanted !== 0) return Errno.INVAL;
    if (this.port === 0) {
      const error = wanted === 0 ? this.bindIfNeeded() : this.take(wanted);
      if (error !== Errno.NONE) return error;
    }
    this.setGroups(loadWord(address.storage.slice(), 8));
    return Errno.NONE;
  }

  /** Joins and leaves groups, so that it is in these. */
  private setGroups(groups: u32): void {
    using _ = ports.lock.acquire();
    if (this.groups === 0 && groups !== 0) news.listeners.add(1);
    if (this.groups !== 0 && groups === 0) news.listeners.subtract(1);
    this.groups = groups;
  }

  /** The process's number is the first socket's port, as in Linux; others get large ones. */
  private bindIfNeeded(): Errno {
    if (this.port !== 0) return Errno.NONE;
    let error = this.take(PROCESS_ID);
    for (let port: u32 = FIRST_CHOSEN; error !== Errno.NONE && port > 0x8000_0000; port--) error = this.take(port);
    return error;
  }

  private take(port: u32): Errno {
    using _ = ports.lock.acquire();
    for (let other = ports.sockets.first; other !== null; other = ports.sockets.next(other)) {
      if (other.port === port) return Errno.ADDRINUSE;
    }
    this.port = port;
    ports.sockets.append(this);
    return Errno.NONE;
  }

  connect(address: SocketAddress, mayWait: boolean): i64 {
    if (address.length < 2) return errorCode(Errno.INVAL);
    if (address.family() === Family.Unspecified) {
      this.peerPort = 0;
      this.peerGroups = 0;
      return 0;
    }
    if (address.length < ADDRESS_LENGTH || address.family() !== Family.Netlink) return errorCode(Errno.INVAL);
    const error = this.bindIfNeeded();
    if (error !== Errno.NONE) return errorCode(error);
    this.peerPort = loadWord(address.storage.slice(), 4);
    this.peerGroups = loadWord(address.storage.slice(), 8);
    return 0;
  }

  listen(backlog: u32): Errno {
    return Errno.OPNOTSUPP;
  }

  accept(mayWait: boolean, outcome: AcceptOutcome): Socket | null {
    outcome.error = errorCode(Errno.OPNOTSUPP);
    return null;
  }

  shutDown(direction: Direction): Errno {
    return Errno.OPNOTSUPP;
  }

  localName(address: SocketAddress): Errno {
    putAddress(address, this.port, this.groups);
    return Errno.NONE;
  }

  peerName(address: SocketAddress): Errno {
    putAddress(address, this.peerPort, this.peerGroups);
    return Errno.NONE;
  }

  // ---- questions to the kernel --------------------------------------------------------------------------------------

  send(transfer: Transfer): i64 {
    if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
    let to = this.peerPort;
    const address = transfer.address;
    if (address !== null) {
      if (address.length < ADDRESS_LENGTH || address.family() !== Family.Netlink) return errorCode(Errno.INVAL);
      to = loadWord(address.storage.slice(), 4);
    }
    const error = this.bindIfNeeded();
    if (error !== Errno.NONE) return errorCode(error);
    const length = transfer.buffer.remaining;
    if (length + 32 > u64(this.socket.options.sendBuffer)) return errorCode(Errno.MSGSIZE);
    // Sockets do not talk to each other: only the kernel answers.
    if (to !== 0) return errorCode(Errno.CONNREFUSED);
    if (length === 0) return 0;
    // Who asks which addresses there are had better get the one that is on its way.
    const waited = stack.lease.wait();
    if (waited !== Errno.NONE) return errorCode(waited);
    const request = createArray<u8>(length);
    if (request === null) return errorCode(Errno.NOBUFS);
    const taken = transfer.buffer.take(addressOf(request), length) === length;
    if (taken) this.takeRequests(request);
    destroyArray(request);
    return taken ? i64(length) : errorCode(Errno.FAULT);
  }

  private takeRequests(all: Slice<u8>): void {
    let rest = all;
    const header = new NetlinkHeader();
    while (header.read(rest)) {
      this.answer(header, rest.slice(0, u64(header.length)));
      const step = aligned(u64(header.length));
      if (step >= rest.length) return;
      rest = rest.slice(step);
    }
  }

  private answer(header: NetlinkHeader, message: Slice<u8>): void {
    const writer = new NetlinkWriter(header.sequence, this.port);
    let error = Errno.NONE;
    let wasDump = false;
    if ((header.flags & MessageMark.Request) !== 0 && header.type >= ControlType.First) {
      wasDump = isDump(header);
      error = answerRequest(writer, header, message);
    }
    if (error === Errno.NONE && wasDump) {
      writer.begin(ControlType.Done, MessageMark.Multi);
      writer.word(0);
      writer.end();
    } else if (error !== Errno.NONE || (header.flags & MessageMark.Acknowledge) !== 0) {
      this.acknowledge(writer, message, error);
    }
    this.deliver(writer);
  }

  /** Says how a request ended, with the request behind it where it failed. */
  private acknowledge(writer: NetlinkWriter, message: Slice<u8>, error: Errno): void {
    const isCapped = error === Errno.NONE || this.has(NetlinkOption.CapAcknowledge);
    const quoted = message.slice(0, isCapped ? MESSAGE_HEADER : message.length);
    writer.begin(ControlType.Error, isCapped ? MessageMark.Capped : 0, MESSAGE_HEADER + 4 + quoted.length);
    writer.word(u32(-i32(u32(error))));
    writer.bytes(quoted);
    writer.end();
  }

  private deliver(writer: NetlinkWriter): void {
    let lost = writer.failed;
    for (;;) {
      const datagram = writer.datagrams.takeFirst();
      if (datagram === null) break;
      if (lost || !this.enqueue(datagram)) {
        lost = true;
        freeDatagram(datagram);
      }
    }
    if (lost && !this.has(NetlinkOption.NoBufferErrors)) this.error = Errno.NOBUFS;
    this.socket.queue.wakeAll(READABLE);
  }

  private enqueue(datagram: NetlinkDatagram): boolean {
    using _ = this.lock.acquire();
    if (this.queued + datagram.storage.length > u64(this.socket.options.receiveBuffer)) return false;
    this.queued += datagram.storage.length;
    this.queue.append(datagram);
    return true;
  }

  // ---- answers ------------------------------------------------------------------------------------------------------

  receive(transfer: Transfer): i64 {
    if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
    for (;;) {
      const pending = this.takeError();
      if (pending !== Errno.NONE) return errorCode(pending);
      const result = this.tryReceive(transfer);
      if (result !== errorCode(Errno.AGAIN) || !transfer.mayWait) return result;
      const waited = this.socket.waitAt(this.socket.queue, this.socket.options.receiveTimeout, true, () => {
        return !this.queue.isEmpty() || this.error !== Errno.NONE;
      });
      if (waited !== 0) return waited;
    }
  }

  private tryReceive(transfer: Transfer): i64 {
    using _ = this.readLock.acquire();
    // Only readers take datagrams out, so the first stays while it is copied.
    const datagram = this.queue.first;
    if (datagram === null) return errorCode(Errno.AGAIN);
    const wanted = minimum(datagram.length, transfer.buffer.remaining);
    if (wanted > 0 && transfer.buffer.give(addressOf(datagram.storage), wanted) !== wanted) return errorCode(Errno.FAULT);
    transfer.length = datagram.length;
    if (wanted < datagram.length) transfer.answer |= MessageFlag.Truncated;
    const address = transfer.address;
    if (address !== null) putAddress(address, 0, datagram.group === 0 ? 0 : u32(1) << (datagram.group - 1));
    if (transfer.has(MessageFlag.Peek)) return i64(wanted);
    {
      using _lock = this.lock.acquire();
      this.queue.remove(datagram);
      this.queued -= datagram.storage.length;
    }
    freeDatagram(datagram);
    return i64(wanted);
  }

  // ---- the end ------------------------------------------------------------------------------------------------------

  /** Takes a copy of news of one of its groups, or the error that some were lost. The lock of all sockets is held. */
  takeNews(datagram: NetlinkDatagram | null, error: Errno): void {
    let failed = error;
    if (datagram !== null) {
      const copy = copyDatagram(datagram);
      if (copy === null || !this.enqueue(copy)) failed = Errno.NOBUFS;
      if (copy !== null && failed !== Errno.NONE) freeDatagram(copy);
    }
    if (failed !== Errno.NONE && !this.has(NetlinkOption.NoBufferErrors)) this.error = failed;
    this.socket.queue.wakeAll(READABLE);
  }

  /** Whether it is in a group, from 1 on; 0: in any. */
  isIn(group: u32): boolean {
    return group === 0 ? this.groups !== 0 : ((this.groups >> (group - 1)) & 1) !== 0;
  }

  close(): void {
    this.setGroups(0);
    {
      using _ = ports.lock.acquire();
      if (this.link.linked) ports.sockets.remove(this);
    }
    for (;;) {
      const datagram = this.takeFirst();
      if (datagram === null) return;
      freeDatagram(datagram);
    }
  }

  private takeFirst(): NetlinkDatagram | null {
    using _ = this.lock.acquire();
    return this.queue.takeFirst();
  }

  dispose(): void {
    destroy(this);
  }

  // ---- questions ----------------------------------------------------------------------------------------------------

  ready(): u32 {
    let events: u32 = WRITABLE;
    if (!this.queue.isEmpty()) events |= READABLE;
    if (this.error !== Errno.NONE) events |= PollEvent.Error;
    return events;
  }

  takeError(): Errno {
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

  private has(option: NetlinkOption): boolean {
    return ((this.options >> option) & 1) !== 0;
  }

  option(level: u32, name: u32, value: OptionValue): Errno {
    if (level !== LEVEL_NETLINK) return Errno.NOPROTOOPT;
    switch (name as NetlinkOption) {
      case NetlinkOption.PacketInformation:
      case NetlinkOption.BroadcastError:
      case NetlinkOption.NoBufferErrors:
      case NetlinkOption.ListenAll:
      case NetlinkOption.CapAcknowledge:
      case NetlinkOption.ExtendedAcknowledge:
      case NetlinkOption.StrictCheck:
        if (value.length < 4) return Errno.INVAL;
        return value.answer((this.options >> name) & 1);
      case NetlinkOption.Memberships:
        return value.answer(this.groups);
      default:
        return Errno.NOPROTOOPT;
    }
  }

  setOption(level: u32, name: u32, value: OptionValue): Errno {
    if (level !== LEVEL_NETLINK) return Errno.NOPROTOOPT;
    const given = value.length < 4 ? 0 : value.integer();
    switch (name as NetlinkOption) {
      case NetlinkOption.AddMembership:
      case NetlinkOption.DropMembership: {
        if (given === 0 || given > 32) return Errno.INVAL;
        const group: u32 = u32(1) << (given - 1);
        // Whoever is to be told something is bound.
        const error = this.bindIfNeeded();
        if (error !== Errno.NONE) return error;
        this.setGroups(name === NetlinkOption.AddMembership ? this.groups | group : this.groups & ~group);
        return Errno.NONE;
      }
      case NetlinkOption.PacketInformation:
      case NetlinkOption.BroadcastError:
      case NetlinkOption.NoBufferErrors:
      case NetlinkOption.ListenAll:
      case NetlinkOption.CapAcknowledge:
      case NetlinkOption.ExtendedAcknowledge:
      case NetlinkOption.StrictCheck:
        if (given !== 0) this.options |= u32(1) << name;
        else this.options &= ~(u32(1) << name);
        return Errno.NONE;
      default:
        return Errno.NOPROTOOPT;
    }
  }

  optionChanged(name: u32): void {}

  control(request: u32, argument: u64): i64 {
    if (request === Control.BytesReadable) return errorCode(writeUser32(argument as UserPointer, this.firstLength()));
    return controlInterface(request, argument);
  }

  private firstLength(): u32 {
    using _ = this.lock.acquire();
    const first = this.queue.first;
    return first === null ? 0 : u32(first.length);
  }
}

/** Gives news to every socket that is in their group, or, without any, an error to all that are in one. No lock is held. */
export function spreadNews(datagram: NetlinkDatagram | null, error: Errno): void {
  const group = datagram === null ? u32(0) : datagram.group;
  using _ = ports.lock.acquire();
  for (let socket = ports.sockets.first; socket !== null; socket = ports.sockets.next(socket)) {
    if (socket.isIn(group)) socket.takeNews(datagram, error);
  }
}

function putAddress(address: SocketAddress, port: u32, groups: u32): void {
  address.begin(Family.Netlink, ADDRESS_LENGTH);
  for (let i: usize = 0; i < 4; i++) {
    address.storage[4 + i] = u8(port >> (u32(i) * 8));
    address.storage[8 + i] = u8(groups >> (u32(i) * 8));
  }
}
