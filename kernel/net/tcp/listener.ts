// A socket that listens: half-open requests, SYN cookies when there are too many (RFC 4987), and the connections that wait for accept().
//
//   SYN ──▶ request (small) ──ACK──▶ connection, in the table ──▶ accept queue ──accept()──▶ the program's
//      └──▶ nothing but a cookie ──ACK──┘
//
// Bounds: `backlog` requests and `backlog` + 1 connections in the queue. A full queue answers no SYN and forgets no request: its ACK
// is as if lost, and SYN-ACK is sent again.

import { HashEntry, HashTable } from "prelude/hash_table.ts";
import { List } from "prelude/list.ts";
import type { IpAddress } from "../address.ts";
import { isSameAddress } from "../address.ts";
import { Counter } from "../counters.ts";
import type { Environment } from "../environment.ts";
import type { PacketBuffer } from "../packet.ts";
import type { TransportOutput } from "../transport_output.ts";
import { type Connection, hashConnection } from "./connection.ts";
import { readStamp, stampWith } from "./cookie_options.ts";
import { acceptOptions } from "./input.ts";
import { hashPort } from "./listener_table.ts";
import { rejectSegment } from "./reply.ts";
import { fillRequest, Request, sendSynAnswer } from "./request.ts";
import type { TcpSecrets } from "./secrets.ts";
import { type Segment, TcpFlag } from "./segment.ts";
import { TcpSettings } from "./settings.ts";
import { TcpState } from "./state.ts";

const SECOND = 1_000_000_000;
const MILLISECOND = 1_000_000;
const MAXIMUM_RETRIES = 5;
/** How long after the last cookie an ACK that belongs to nothing may be one. */
const COOKIE_PERIOD = 128 * SECOND;

/** The listening socket. */
export interface ListenerOwner {
  /** A connection of a new socket with the listener's settings; null: no memory. */
  createConnection(listener: Listener): Connection | null;
  /** Puts a connection into the table. False: there is one already, and it is destroyed by the owner. */
  insertConnection(connection: Connection): boolean;
  /** There is something to accept. */
  connectionReady(listener: Listener): void;
}

/** Under the owner's lock. */
export class Listener {
  readonly environment: Environment;
  readonly output: TransportOutput;
  readonly secrets: TcpSecrets;
  /** Its place in the listener table. */
  readonly entry = new HashEntry<Listener>();
  localAddress!: IpAddress;
  localPort: u16 = 0;
  /** SO_REUSEPORT; IPV6_V6ONLY; SO_BINDTODEVICE, 0 for any. */
  reusePort = false;
  onlySix = false;
  boundInterface: u32 = 0;
  owner: ListenerOwner | null = null;
  readonly settings = new TcpSettings();
  /** As listen() said. */
  backlog: u32 = 128;
  private readonly requests = new HashTable<Request, 512>();
  /** By deadline, nearly: those that were sent again go to the end. */
  private readonly order = new List<Request>();
  private readonly ready = new List<Connection>();
  readyCount: u32 = 0;
  private cookieAt: u64 = 0;

  constructor(environment: Environment, output: TransportOutput, secrets: TcpSecrets) {
    this.environment = environment;
    this.output = output;
    this.secrets = secrets;
  }

  hash(): u64 {
    return hashPort(this.localPort);
  }

  /** The oldest connection, which is the caller's now; null when there is none. */
  accept(): Connection | null {
    const connection = this.ready.takeFirst();
    if (connection !== null) this.readyCount--;
    return connection;
  }

  /** A segment for the listener's port that no connection wanted. Takes the packet. */
  receive(packet: PacketBuffer, segment: Segment, now: u64): void {
    if (packet.isBroadcast || packet.isMulticast) {
      packet.release();
      return;
    }
    const request = this.find(packet, segment);
    if (segment.has(TcpFlag.Reset)) {
      if (request !== null && segment.sequence === request.syn.sequence + 1) {
        this.environment.counters().count(Counter.TcpExtEmbryonicRsts);
        this.drop(request);
      }
      packet.release();
    } else if (segment.has(TcpFlag.Syn)) {
      if (segment.has(TcpFlag.Acknowledgment)) rejectSegment(this.environment, this.output, packet, segment, now);
      else this.receiveSyn(packet, segment, request, now);
    } else if (request !== null) {
      this.receiveAnswer(packet, segment, request, now);
    } else if (segment.has(TcpFlag.Acknowledgment)) {
      this.receiveCookie(packet, segment, now);
    } else {
      packet.release();
    }
  }

  private find(packet: PacketBuffer, segment: Segment): Request | null {
    const hash = hashConnection(packet.to, segment.destinationPort, packet.from, segment.sourcePort);
    return this.requests.find(
      hash,
      (request) =>
        request.remotePort === segment.sourcePort &&
        request.localPort === segment.destinationPort &&
        isSameAddress(request.remoteAddress, packet.from) &&
        isSameAddress(request.localAddress, packet.to),
    );
  }

  private isFull(): boolean {
    return this.readyCount > this.backlog;
  }

  private receiveSyn(packet: PacketBuffer, segment: Segment, known: Request | null, now: u64): void {
    const counters = this.environment.counters();
    if (known !== null) {
      // The answer was lost, or this is another beginning, which has to wait until the old one ends.
      if (known.syn.sequence === segment.sequence) sendSynAnswer(this, known, now);
      packet.release();
      return;
    }
    if (this.isFull()) {
      counters.count(Counter.TcpExtListenOverflows);
      counters.count(Counter.TcpExtListenDrops);
      packet.release();
      return;
    }
    const stateless = this.requests.count >= u64(maximum(this.backlog, u32(8)));
    const request = stateless ? null : create(Request);
    if (request !== null) {
      fillRequest(request, packet, segment, this.settings);
      request.initial = this.secrets.initialSequence(packet.to, segment.destinationPort, packet.from, segment.sourcePort, now);
      request.timestampOffset = this.timestampOffset(packet, segment);
      request.deadline = now + SECOND;
      this.requests.insert(request);
      this.order.append(request);
      sendSynAnswer(this, request, now);
    } else {
      this.sendCookie(packet, segment, now);
    }
    packet.release();
  }

  /** Where the timestamps of a peer's connections begin. */
  private timestampOffset(packet: PacketBuffer, segment: Segment): u32 {
    return this.secrets.timestampOffset(packet.to, segment.destinationPort, packet.from, segment.sourcePort);
  }

  /** Answers without keeping anything: what is needed later is in the sequence number and in the timestamp (cookie_options.ts). */
  private sendCookie(packet: PacketBuffer, segment: Segment, now: u64): void {
    const counters = this.environment.counters();
    counters.count(Counter.TcpExtSyncookiesSent);
    counters.count(Counter.TcpExtTCPReqQFullDoCookies);
    this.cookieAt = now;
    const request = new Request();
    fillRequest(request, packet, segment, this.settings);
    const size: u32 = segment.options.maximumSegment === 0 ? 536 : segment.options.maximumSegment;
    const options = request.syn.options;
    if (options.hasTimestamp) {
      const clock = u32(now / MILLISECOND);
      request.timestampOffset = stampWith(options, clock + this.timestampOffset(packet, segment)) - clock;
    } else {
      options.clear();
    }
    request.initial = this.secrets.cookie(
      packet.to,
      segment.destinationPort,
      packet.from,
      segment.sourcePort,
      segment.sequence,
      minimum(size, request.ownSegment),
      now,
    );
    sendSynAnswer(this, request, now);
  }

  /** The third step of the handshake. Takes the packet. */
  private receiveAnswer(packet: PacketBuffer, segment: Segment, request: Request, now: u64): void {
    const isRight = segment.has(TcpFlag.Acknowledgment) && segment.acknowledgment === request.initial + 1;
    if (!isRight) {
      if (segment.has(TcpFlag.Acknowledgment)) rejectSegment(this.environment, this.output, packet, segment, now);
      else packet.release();
      return;
    }
    // Data before the end of the handshake have to be what comes next (RFC 9293, 3.10.7.4); others are sent again.
    const distance = segment.sequence - (request.syn.sequence + 1);
    if (distance > 65535) {
      packet.release();
      return;
    }
    if (this.isFull()) {
      this.environment.counters().count(Counter.TcpExtListenOverflows);
      packet.release();
      return;
    }
    if (this.open(packet, segment, request, now)) this.drop(request);
  }

  /** An ACK without a request: the answer to a cookie, or to nothing. Takes the packet. */
  private receiveCookie(packet: PacketBuffer, segment: Segment, now: u64): void {
    const counters = this.environment.counters();
    const isPossible = this.cookieAt !== 0 && now - this.cookieAt < COOKIE_PERIOD;
    const size = isPossible
      ? this.secrets.checkCookie(
          packet.to,
          segment.destinationPort,
          packet.from,
          segment.sourcePort,
          segment.sequence - 1,
          segment.acknowledgment - 1,
          now,
        )
      : u32(0);
    if (size === 0) {
      if (isPossible) counters.count(Counter.TcpExtSyncookiesFailed);
      rejectSegment(this.environment, this.output, packet, segment, now);
      return;
    }
    if (this.isFull()) {
      counters.count(Counter.TcpExtListenOverflows);
      packet.release();
      return;
    }
    counters.count(Counter.TcpExtSyncookiesRecv);
    const request = new Request();
    fillRequest(request, packet, segment, this.settings);
    const options = request.syn.options;
    options.clear();
    options.maximumSegment = size;
    if (segment.options.hasTimestamp && this.settings.useTimestamps) {
      options.hasTimestamp = true;
      options.timestamp = segment.options.timestamp;
      readStamp(segment.options.timestampEcho, options);
      request.timestampOffset = this.timestampOffset(packet, segment);
    }
    request.syn.sequence = segment.sequence - 1;
    request.initial = segment.acknowledgment - 1;
    this.open(packet, segment, request, now);
  }

  /** Makes the connection and gives it the segment. Takes the packet. False: no memory, the peer tries again. */
  private open(packet: PacketBuffer, segment: Segment, request: Request, now: u64): boolean {
    const owner = this.owner!;
    const connection = owner.createConnection(this);
    if (connection === null) {
      this.environment.counters().count(Counter.TcpExtListenDrops);
      packet.release();
      return false;
    }
    connection.settings.copyFrom(this.settings);
    connection.localAddress = request.localAddress;
    connection.remoteAddress = request.remoteAddress;
    connection.localPort = request.localPort;
    connection.remotePort = request.remotePort;
    connection.path.source = request.localAddress;
    connection.path.destination = request.remoteAddress;
    this.output.resolve(connection.path, now);
    connection.initial = request.initial;
    connection.unacknowledged = request.initial;
    connection.next = request.initial + 1;
    connection.state = TcpState.SynReceived;
    connection.receiveShift = request.shift;
    connection.timestampOffset = request.timestampOffset;
    connection.peerInitial = request.syn.sequence;
    connection.receiveNext = request.syn.sequence + 1;
    connection.advertisedEnd = connection.receiveNext + minimum(this.settings.receiveBuffer, u32(65535));
    acceptOptions(connection, request.syn, now);
    connection.timers.retransmit = now + connection.roundTrip.timeout();
    if (!owner.insertConnection(connection)) {
      packet.release();
      return true;
    }
    this.environment.counters().count(Counter.TcpPassiveOpens);
    this.ready.append(connection);
    this.readyCount++;
    connection.receive(packet, segment, now);
    owner.connectionReady(this);
    return true;
  }

  deadline(): u64 {
    const first = this.order.first;
    return first === null ? 0 : first.deadline;
  }

  timer(now: u64): void {
    for (let first = this.order.first; first !== null && now >= first.deadline; first = this.order.first) {
      if (first.retries === MAXIMUM_RETRIES) {
        this.drop(first);
        continue;
      }
      first.retries++;
      first.deadline = now + (u64(SECOND) << first.retries);
      this.order.remove(first);
      let before = this.order.last;
      while (before !== null && before.deadline > first.deadline) before = this.order.previous(before);
      if (before === null) this.order.prepend(first);
      else this.order.insertAfter(first, before);
      this.environment.counters().count(Counter.TcpExtTCPSynRetrans);
      sendSynAnswer(this, first, now);
    }
  }

  /** Ends listening: requests are forgotten; connections that nobody accepted are the caller's, by `accept`, to abort. */
  close(): void {
    for (let first = this.order.first; first !== null; first = this.order.first) this.drop(first);
  }

  private drop(request: Request): void {
    this.requests.remove(request);
    this.order.remove(request);
    destroy(request);
  }
}
