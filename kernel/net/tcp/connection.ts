// One connection of TCP (RFC 9293): its state, and what the socket above it may do. What happens to it is next door:
//
//   input.ts        a segment arrives        acknowledge.ts   what it says about ours: round trip, loss, window
//   output.ts       segments leave           timers.ts        time passes
//
// The owner's lock guards everything here. `owner.connectionChanged` is called at the end of a call, under that lock.

import { HashEntry } from "prelude/hash_table.ts";
import { Link } from "prelude/list.ts";
import { Errno } from "../../lib/errno.ts";
import { failure, type Result, success } from "../../lib/result.ts";
import type { IpAddress } from "../address.ts";
import { Counter } from "../counters.ts";
import type { Environment } from "../environment.ts";
import type { Chunk, PacketBuffer } from "../packet.ts";
import { Path } from "../path.ts";
import { RateLimit } from "../rate_limit.ts";
import type { TransportOutput } from "../transport_output.ts";
import { Cubic } from "./cubic.ts";
import { receiveSegment } from "./input.ts";
import { MINIMUM_SHARE, PRESSED_SHARE } from "./memory.ts";
import { sendPending, sendReset, sendWindowUpdate, shrinkSegments, startConnecting } from "./output.ts";
import { Rack } from "./rack.ts";
import { ReceiveQueue } from "./receive_queue.ts";
import { RoundTrip } from "./round_trip.ts";
import type { Segment } from "./segment.ts";
import { SendBuffer } from "./send_buffer.ts";
import { SentList } from "./sent_list.ts";
import { isBefore } from "./sequence.ts";
import { TcpSettings } from "./settings.ts";
import { ConnectionChange, Recovery, TcpState } from "./state.ts";
import { earliestDeadline, runTimers, TcpTimers } from "./timers.ts";

/** The socket. */
export interface ConnectionOwner {
  /** Under the connection's lock: wakes whoever waits, and does not call back. */
  connectionChanged(connection: Connection, changes: ConnectionChange): void;
}

export class Connection {
  readonly link = new Link<Connection>();
  readonly entry = new HashEntry<Connection>();
  readonly environment: Environment;
  readonly output: TransportOutput;
  owner: ConnectionOwner | null = null;
  state: TcpState = TcpState.Closed;
  readonly settings = new TcpSettings();
  readonly path = new Path();
  localAddress!: IpAddress;
  remoteAddress!: IpAddress;
  localPort: u16 = 0;
  remotePort: u16 = 0;

  // ---- Sending (RFC 9293, 3.3.1: SND) -------------------------------------------------------------------------------
  initial: u32 = 0;
  unacknowledged: u32 = 0;
  next: u32 = 0;
  /** Bytes that the peer can take from `unacknowledged` on, and the largest that it ever offered. */
  window: u32 = 0;
  largestWindow: u32 = 0;
  /** SND.WL1 and WL2: which segment the window is from. */
  windowSequence: u32 = 0;
  windowAcknowledgment: u32 = 0;
  windowShift: u8 = 0;
  /** Bytes of data in a segment, timestamps taken off already. */
  segmentSize: u32 = 536;
  /** The path's size of packets that `segmentSize` was settled for, and what routers have said of it; 0: nothing. */
  settledFor: u32 = 0;
  pathLimit: u32 = 0;
  /** What the peer said it takes. */
  peerSegment: u32 = 536;
  readonly sendBuffer = new SendBuffer();
  /** The program sends no more: FIN follows the buffer; and it was sent. */
  finQueued = false;
  finSent = false;
  urgentEnd: u32 = 0;
  hasUrgent = false;
  readonly sent = new SentList();
  readonly congestion = new Cubic();
  readonly roundTrip = new RoundTrip();
  readonly rack = new Rack();
  recovery: Recovery = Recovery.None;
  recoveryEnd: u32 = 0;
  /** Proportional rate reduction (RFC 6937): delivered and sent in this recovery, and what was in flight when it began. */
  deliveredInRecovery: u32 = 0;
  sentInRecovery: u32 = 0;
  flightAtRecovery: u32 = 0;
  /** What a recovery has changed, to be taken back if it was for nothing (RFC 3522, RFC 4015), and our clock when it began. */
  undoWindow: u32 = 0;
  undoThreshold: u32 = 0;
  undoStamp: u32 = 0;
  canUndo = false;
  duplicates: u32 = 0;
  /** The congestion window kept something back since the last acknowledgment. */
  isWindowLimited = false;
  lastSent: u64 = 0;

  // ---- Receiving (RCV) ----------------------------------------------------------------------------------------------
  peerInitial: u32 = 0;
  receiveNext: u32 = 0;
  /** The end of the window that was offered; it never goes back. */
  advertisedEnd: u32 = 0;
  receiveShift: u8 = 0;
  readonly received = new ReceiveQueue();
  finReceived = false;
  /** The peer's FIN has come, and not everything before it; its number. */
  finEarly = false;
  finSequence: u32 = 0;
  /** The program reads no more. */
  receiveShut = false;
  /** Segments that came since the last acknowledgment, and bytes. */
  unansweredSegments: u32 = 0;
  unansweredBytes: u32 = 0;
  acknowledgeNow = false;
  /** What came last was refused for want of memory: the next acknowledgment closes the window, so that the peer asks instead of sending again. */
  isRefusing = false;
  /** It was closed so: the peer is told as soon as there is room. */
  hasRefused = false;
  /** Acknowledgments that are still given at once: a new connection's peer is in slow start. */
  quickAcknowledgments: u32 = 8;
  /** The largest segment that came: two such are acknowledged at once. */
  peerSegmentSeen: u32 = 536;
  urgentSequence: u32 = 0;
  hasUrgentMark = false;
  urgentTaken = false;
  /** A range that came twice, to be reported (RFC 2883). */
  repeatStart: u32 = 0;
  repeatEnd: u32 = 0;
  hasRepeat = false;
  /** Growth of the receive buffer: bytes read since a time. */
  readSince: u64 = 0;
  readBytes: u32 = 0;

  // ---- Options that both sides agreed on ------------------------------------------------------------------------------
  timestampsOn = false;
  sackOn = false;
  timestampOffset: u32 = 0;
  recentTimestamp: u32 = 0;
  recentAt: u64 = 0;

  readonly timers = new TcpTimers();
  error: Errno = Errno.NONE;
  /** An ICMP error that becomes the reason if the connection times out (RFC 1122, 4.2.3.9). */
  softError: Errno = Errno.NONE;
  changes: ConnectionChange = ConnectionChange.None;
  /** The program has closed it: nobody reads, nobody is told. */
  isOrphan = false;
  lastReceived: u64 = 0;
  /** Answers to segments that are not acceptable: two ends that disagree must not answer each other for ever (RFC 5961, 7). */
  readonly answerLimit = new RateLimit(10, 10);
  /** What it has charged to the stack's memory, and whether as one that nobody has. */
  private charged: u64 = 0;
  private isCountedOrphan = false;
  bytesSent: u64 = 0;
  bytesReceived: u64 = 0;
  retransmissions: u32 = 0;
  /** For who asks how it goes: all segments, those with data, bytes that were sent again, when data were sent and an acknowledgment came. */
  segmentsSent: u32 = 0;
  segmentsReceived: u32 = 0;
  dataSegmentsSent: u32 = 0;
  dataSegmentsReceived: u32 = 0;
  bytesRepeated: u64 = 0;
  lastDataReceived: u64 = 0;

  constructor(environment: Environment, output: TransportOutput) {
    this.environment = environment;
    this.output = output;
  }

  /** Of addresses and ports: the connection table's. */
  hash(): u64 {
    return hashConnection(this.localAddress, this.localPort, this.remoteAddress, this.remotePort);
  }

  // ---- Opening --------------------------------------------------------------------------------------------------------

  /**
   * Begins a connection: addresses, ports and path are set, and it is in the connection table. `initialSequence` is from `TcpSecrets`.
   * `Connected` or `Failed` will be told.
   */
  connect(initialSequence: u32, now: u64): void {
    startConnecting(this, initialSequence, now);
    this.tell();
  }

  // ---- Sending --------------------------------------------------------------------------------------------------------

  /** Bytes that `write` would take. */
  sendRoom(): usize {
    if (this.finQueued || !this.canSend()) return 0;
    let limit: u32 = this.settings.sendBuffer;
    // The buffer grows with the window: it holds what is on its way, and as much again.
    if (!this.settings.sendBufferFixed) limit = maximum(limit, minimum(this.congestion.window * 2, u32(4_194_304)));
    const memory = this.environment.tcpMemory();
    if (memory.isPressed()) limit = minimum(limit, memory.isFull() ? u32(MINIMUM_SHARE) : u32(PRESSED_SHARE));
    return this.sendBuffer.length >= limit ? 0 : u64(limit - this.sendBuffer.length);
  }

  /** Bytes of a packet that gets through: what the interface allows, and routers (IP_MTU). */
  packetSize(): u32 {
    const size = this.path.maximumPacket;
    return this.pathLimit === 0 ? size : minimum(size, this.pathLimit);
  }

  /** Bytes that were written and not sent even once. */
  unsent(): u32 {
    const flight = this.next - this.unacknowledged;
    return this.sendBuffer.length > flight ? this.sendBuffer.length - flight : 0;
  }

  /** Whether the connection is in a state in which data can be sent. */
  canSend(): boolean {
    return this.state === TcpState.Established || this.state === TcpState.CloseWait;
  }

  /** Copies bytes into the send buffer and sends what may be sent. @returns how many it took */
  write(source: Slice<u8>, now: u64): usize {
    const count = minimum(source.length, this.sendRoom());
    if (count === 0) return 0;
    const taken = this.sendBuffer.append(source.slice(0, count), this.environment.memory());
    sendPending(this, now);
    this.tell();
    return taken;
  }

  /** Copies bytes without sending: a call with MSG_MORE, or one of several parts. `push` sends them. @returns how many it took */
  append(source: Slice<u8>): usize {
    const count = minimum(source.length, this.sendRoom());
    return count === 0 ? 0 : this.sendBuffer.append(source.slice(0, count), this.environment.memory());
  }

  /** Adds a part of a chunk without a copy. False: no memory, or no room. */
  writeChunk(chunk: Chunk, offset: u32, length: u32, now: u64): boolean {
    if (this.sendRoom() === 0 || !this.sendBuffer.appendChunk(chunk, offset, length)) return false;
    sendPending(this, now);
    this.tell();
    return true;
  }

  /** One urgent byte (MSG_OOB; RFC 6093: where the pointer points). False: no room. */
  writeUrgent(byte: u8, now: u64): boolean {
    const one: FixedArray<u8, 1> = [byte];
    if (this.append(one.slice()) === 0) return false;
    this.hasUrgent = true;
    this.urgentEnd = this.unacknowledged + this.sendBuffer.length;
    sendPending(this, now);
    this.tell();
    return true;
  }

  /** Sends what may be sent: after `append`, or when an option such as TCP_NODELAY or TCP_CORK has changed. */
  push(now: u64): void {
    sendPending(this, now);
    this.tell();
  }

  // ---- Receiving ------------------------------------------------------------------------------------------------------

  /** A segment for this connection. Takes the packet. */
  receive(packet: PacketBuffer, segment: Segment, now: u64): void {
    this.lastReceived = now;
    this.segmentsReceived++;
    if (segment.length !== 0) {
      this.dataSegmentsReceived++;
      this.lastDataReceived = now;
    }
    receiveSegment(this, packet, segment, now);
    this.tell();
  }

  /** Bytes that a reader gets: all but the urgent byte when that is next and not in line. */
  readable(): usize {
    const length = u64(this.received.length);
    return length !== 0 && this.isAtMark() && !this.settings.urgentInline ? length - 1 : length;
  }

  /** Bytes that come before the urgent one; all, where that is in line or not there (FIONREAD). */
  beforeMark(): usize {
    if (!this.hasUrgentMark || this.settings.urgentInline) return u64(this.received.length);
    return u64(minimum(this.urgentOffset(), this.received.length));
  }

  /** Whether a reader will get no more than what is there. */
  isAtEnd(): boolean {
    return this.finReceived || this.receiveShut || this.state === TcpState.Closed || this.state === TcpState.TimeWait;
  }

  /**
   * Received bytes from an offset on that lie side by side; null at the end. They stay until `consume`.
   * A reader stops at the urgent mark, and goes on behind the urgent byte, unless that is in line (SO_OOBINLINE; RFC 6093, 3.4).
   */
  peek(offset: u32): Slice<u8> | null {
    if (!this.hasUrgentMark) return this.received.peek(offset);
    const mark = this.urgentOffset();
    if (mark === 0) return this.received.peek(this.settings.urgentInline ? offset : offset + 1);
    if (offset === mark) return null;
    const part = this.received.peek(offset);
    if (part === null || offset > mark) return part;
    return part.slice(0, minimum(part.length, u64(mark - offset)));
  }

  /** Whether there is an urgent byte for {@link receiveUrgent} (POLLPRI). */
  hasUrgentByte(): boolean {
    return this.hasUrgentMark && !this.urgentTaken && this.urgentOffset() < this.received.length;
  }

  /** The urgent byte (MSG_OOB): EINVAL when there is none, or it was taken; EAGAIN when it is announced and has not come. */
  receiveUrgent(stays: boolean): Result<u8> {
    if (!this.hasUrgentMark || this.settings.urgentInline || this.urgentTaken) return failure<u8>(Errno.INVAL);
    const byte = this.received.peek(this.urgentOffset());
    if (byte === null) return failure<u8>(Errno.AGAIN);
    if (!stays) this.urgentTaken = true;
    return success(byte[0]);
  }

  /** Whether the next byte to read is the urgent one (SIOCATMARK). */
  isAtMark(): boolean {
    return this.hasUrgentMark && this.urgentOffset() === 0;
  }

  /** The reader is done with the first bytes, of those that `peek` shows; at the urgent mark also with the urgent byte, which it does not. */
  consume(count: u32, now: u64): void {
    if (this.isAtMark() && !this.settings.urgentInline && this.received.length !== 0) {
      this.received.consume(1);
      this.hasUrgentMark = false;
    }
    this.received.consume(count);
    if (this.hasUrgentMark && i32(this.urgentOffset()) < 0) this.hasUrgentMark = false;
    this.readBytes += count;
    sendWindowUpdate(this, now);
    this.tell();
  }

  /** Where the urgent mark is in what can be read. Beyond `readable()` while its byte has not come. */
  urgentOffset(): u32 {
    // The peer's FIN has a number, too.
    const end = this.finReceived ? this.receiveNext - 1 : this.receiveNext;
    return this.urgentSequence - (end - this.received.length);
  }

  // ---- Ending ---------------------------------------------------------------------------------------------------------

  /** No more will be written: FIN follows what is in the buffer. */
  shutdownSend(now: u64): void {
    if (this.finQueued) return;
    switch (this.state) {
      case TcpState.SynReceived:
      case TcpState.Established:
        this.state = TcpState.FinWait1;
        break;
      case TcpState.CloseWait:
        this.state = TcpState.LastAck;
        break;
      default:
        return;
    }
    this.finQueued = true;
    sendPending(this, now);
    this.tell();
  }

  /** No more will be read: what comes is thrown away, as Linux does it without telling the peer. */
  shutdownReceive(): void {
    this.receiveShut = true;
    this.note(ConnectionChange.Readable);
    this.tell();
  }

  /** The socket is gone. With unread data the peer is told by a reset that they are lost (RFC 2525, 2.17). */
  close(now: u64): void {
    this.isOrphan = true;
    this.becomeOrphan(now);
    const hasUnread = this.received.length !== 0;
    this.received.clear();
    if (this.state === TcpState.SynSent) {
      this.finish();
    } else if (hasUnread && this.state !== TcpState.Closed && this.state !== TcpState.TimeWait) {
      this.environment.counters().count(Counter.TcpExtTCPAbortOnClose);
      this.abort(now);
      return;
    } else {
      this.shutdownSend(now);
      if (this.state === TcpState.FinWait2) this.timers.finWait = now + this.settings.finWait;
    }
    this.tell();
  }

  /** Counts it among those that nobody has; too many of them, or no memory, and it ends at once. */
  private becomeOrphan(now: u64): void {
    if (this.isFinished() || this.isCountedOrphan) return;
    const memory = this.environment.tcpMemory();
    this.isCountedOrphan = memory.addOrphan();
    if (this.isCountedOrphan && !(memory.isFull() && this.sendBuffer.length > MINIMUM_SHARE)) return;
    this.environment.counters().count(Counter.TcpExtTCPAbortOnMemory);
    this.received.clear();
    this.abort(now);
  }

  /** Ends it at once: a reset (SO_LINGER with 0; RFC 9293, 3.10.5). */
  abort(now: u64): void {
    if (this.state !== TcpState.Closed && this.state !== TcpState.TimeWait && this.state !== TcpState.SynSent) {
      sendReset(this, now);
    }
    this.finish();
    this.tell();
  }

  /** Whether nothing more will be sent or expected: the owner takes it out of the table. With `TimeWait` it leaves an entry there. */
  isFinished(): boolean {
    return this.state === TcpState.Closed || this.state === TcpState.TimeWait;
  }

  /** The error that a socket is told once (SO_ERROR). */
  takeError(): Errno {
    const error = this.error;
    this.error = Errno.NONE;
    return error;
  }

  /**
   * ICMP says that a segment did not get through. Only believed about a number that is under way (RFC 5927, 4.1).
   * A smaller size of packets is for `pathShrunk`.
   */
  networkError(error: Errno, isHard: boolean, sequence: u32, now: u64): void {
    const isUnderWay = !isBefore(sequence, this.unacknowledged) && isBefore(sequence, this.next);
    if (!isUnderWay || this.isFinished()) return;
    this.softError = error;
    // RFC 5927, 5.2: an established connection outlives it; an attempt ends.
    if (this.state === TcpState.SynSent && (isHard || error === Errno.NETUNREACH || error === Errno.HOSTUNREACH))
      this.fail(error);
    this.tell();
  }

  /**
   * A router says that packets of more than so many bytes do not get through (RFC 1191, RFC 8201). Only believed about a number that
   * is under way, so that nobody shrinks our segments from afar (RFC 5927, 7.2).
   */
  packetTooBig(maximumPacket: u32, sequence: u32, now: u64): void {
    const isUnderWay = !isBefore(sequence, this.unacknowledged) && isBefore(sequence, this.next);
    if (!isUnderWay || this.isFinished()) return;
    shrinkSegments(this, maximumPacket, now);
    this.output.notePathSize(this.remoteAddress, maximumPacket, now);
    this.tell();
  }

  // ---- For the files next door ------------------------------------------------------------------------------------------

  note(change: ConnectionChange): void {
    this.changes |= change;
  }

  /** Tells the owner what has changed. */
  tell(): void {
    this.account();
    const changes = this.changes;
    const owner = this.owner;
    if (changes === ConnectionChange.None) return;
    this.changes = ConnectionChange.None;
    if (owner !== null) owner.connectionChanged(this, changes);
  }

  /** Charges what the buffers hold now. */
  private account(): void {
    const held = this.sendBuffer.footprint + this.received.footprint;
    const [charged, isPressed] = this.environment.tcpMemory().charge(this.charged, held);
    this.charged = charged;
    if (isPressed) this.environment.counters().count(Counter.TcpExtTCPMemoryPressures);
  }

  /** It ended with an error: nothing that was sent will arrive, what was received can still be read. */
  fail(error: Errno): void {
    this.error = error;
    this.note(ConnectionChange.Failed);
    this.finish();
  }

  /** Leaves TCP. */
  finish(): void {
    if (this.state !== TcpState.TimeWait) this.state = TcpState.Closed;
    this.timers.clear();
    this.sent.clear();
    this.sendBuffer.clear();
    this.received.clearEarly();
    if (this.isCountedOrphan) this.environment.tcpMemory().removeOrphan();
    this.isCountedOrphan = false;
    this.note(ConnectionChange.Closed | ConnectionChange.Readable | ConnectionChange.Writable);
  }

  /** Gives back everything, before the memory goes. The connection has left TCP. */
  dispose(): void {
    this.sent.clear();
    this.sendBuffer.clear();
    this.received.clear();
    if (this.isCountedOrphan) this.environment.tcpMemory().removeOrphan();
    this.isCountedOrphan = false;
    this.account();
  }

  // ---- Time -------------------------------------------------------------------------------------------------------------

  /** When `timer` is to be called; 0: never. */
  deadline(): u64 {
    return earliestDeadline(this);
  }

  timer(now: u64): void {
    runTimers(this, now);
    this.tell();
  }
}

/** What {@link hashConnection} begins with. */
let connectionSecret: u64 = 0;

/** Makes the hashes of connections unpredictable. Before the first connection. */
export function setConnectionSecret(secret: u64): void {
  connectionSecret = secret;
}

/**
 * The hash of a connection table's key. Whoever connects chooses nearly all of it, and has a whole network of IPv6 to choose from: each
 * word is stirred by itself into what nobody knows, so that no choice makes one chain long.
 */
export function hashConnection(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16): u64 {
  const ports = (u64(localPort) << 16) | u64(remotePort);
  const near = stir(connectionSecret, local.high ^ (local.low << 1) ^ remote.high);
  return stir(stir(near, remote.low), ports);
}

/** Every bit of the result depends on every bit of both: two rounds of a product and the high half of it folded onto the low one. */
function stir(state: u64, word: u64): u64 {
  const once = (state ^ word) * 0x9e37_79b9_7f4a_7c15;
  const twice = (once ^ (once >> 32)) * 0xd6e8_feb8_6659_fd93;
  return twice ^ (twice >> 32);
}
