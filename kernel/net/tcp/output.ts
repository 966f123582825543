// What a connection sends, and when (RFC 9293, 3.7.4, 3.8): lost segments first, then new data as windows, Nagle and cork allow.

import { Errno } from "../../lib/errno.ts";
import { Counter } from "../counters.ts";
import { DeviceFeature } from "../link_device.ts";
import type { PacketBuffer } from "../packet.ts";
import { LEAST_PATH_SIZE } from "../path_mtu.ts";
import type { Connection } from "./connection.ts";
import { TcpFlag } from "./segment.ts";
import type { SentSegment } from "./sent_list.ts";
import { isBefore } from "./sequence.ts";
import { Recovery, TcpState } from "./state.ts";
import { armPersist, armRetransmission } from "./timers.ts";
import { canSegment, chooseShift, emptyPacket, offeredWindow, pathSegment, transmit, updateSegmentSize } from "./transmit.ts";

const MILLISECOND = 1_000_000;
const CORK_TIME = 200 * MILLISECOND;
/** Bytes of data in one packet for a device that cuts it. */
const LARGEST_PAYLOAD = 64000;
/** Below that a copy is cheaper than a fragment. */
const SMALL = 512;
const MAXIMUM_RECEIVE_BUFFER = 6_291_456;

/** {@link Connection.connect} */
export function startConnecting(connection: Connection, initialSequence: u32, now: u64): void {
  const error = connection.output.resolve(connection.path, now);
  if (error !== u32(Errno.NONE)) {
    connection.fail(error as Errno);
    return;
  }
  connection.environment.counters().count(Counter.TcpActiveOpens);
  connection.initial = initialSequence;
  connection.unacknowledged = initialSequence;
  connection.next = initialSequence + 1;
  connection.state = TcpState.SynSent;
  connection.receiveShift = chooseShift(connection.settings);
  connection.timestampOffset = u32(connection.environment.random());
  connection.peerSegmentSeen = minimum(u32(536), pathSegment(connection));
  sendSyn(connection, now);
  connection.timers.retransmit = now + connection.roundTrip.timeout();
}

/** Sends SYN, or SYN and ACK when one has been received. */
export function sendSyn(connection: Connection, now: u64): void {
  const packet = emptyPacket(connection);
  if (packet === null) return;
  const flags = connection.state === TcpState.SynSent ? TcpFlag.Syn : TcpFlag.Syn | TcpFlag.Acknowledgment;
  connection.lastSent = now;
  transmit(connection, packet, connection.initial, flags, now);
}

/** Sends a segment without data. */
export function sendAcknowledgment(connection: Connection, now: u64): void {
  const packet = emptyPacket(connection);
  // Without memory the delayed acknowledgment tries again.
  if (packet === null) connection.timers.delayedAck = now + 40 * MILLISECOND;
  else transmit(connection, packet, connection.next, TcpFlag.Acknowledgment, now);
}

/** Ends the connection at the peer's side. */
export function sendReset(connection: Connection, now: u64): void {
  const packet = emptyPacket(connection);
  if (packet === null) return;
  connection.environment.counters().count(Counter.TcpOutRsts);
  transmit(connection, packet, connection.next, TcpFlag.Reset | TcpFlag.Acknowledgment, now);
}

/** A segment that is not acceptable, so that it is answered: nothing, one before what is expected (RFC 9293, 3.8.4). */
export function sendKeepAlive(connection: Connection, now: u64): void {
  const packet = emptyPacket(connection);
  if (packet !== null) transmit(connection, packet, connection.unacknowledged - 1, TcpFlag.Acknowledgment, now);
}

/** The peer's window is closed, or too small for a proper segment: asks, or sends what fits. */
export function sendProbe(connection: Connection, now: u64): void {
  const before = connection.next;
  sendPending(connection, now, true);
  if (connection.next === before) sendKeepAlive(connection, now);
}

/** Sends what may be sent. `force`: also small segments that would wait for more. */
export function sendPending(connection: Connection, now: u64, force: boolean = false): void {
  switch (connection.state) {
    case TcpState.Established:
    case TcpState.CloseWait:
    case TcpState.FinWait1:
    case TcpState.Closing:
    case TcpState.LastAck:
      break;
    default:
      return;
  }
  // The route has changed, and with it what fits.
  if (connection.settledFor !== connection.path.maximumPacket) updateSegmentSize(connection);
  const outstanding = connection.sent.outstanding;
  let sentAny = retransmitLost(connection, now);
  // New data do not overtake what is lost, except what a recovery's window allows.
  if (connection.sent.lost === 0) sentAny = sendNew(connection, now, force) || sentAny;
  if (sentAny && (outstanding === 0 || connection.timers.retransmit === 0 || connection.timers.tailProbe !== 0)) {
    armRetransmission(connection, now);
  }
  if (connection.acknowledgeNow) sendAcknowledgment(connection, now);
}

/** Sends again what is believed lost, as far as the congestion window goes. */
function retransmitLost(connection: Connection, now: u64): boolean {
  let any = false;
  for (let lost = connection.sent.firstLost(); lost !== null; lost = connection.sent.firstLost()) {
    const flight = connection.sent.inFlight();
    const window = connection.congestion.window;
    const isFirst = connection.sentInRecovery === 0 && connection.recovery === Recovery.Fast;
    const room = window > flight ? window - flight : 0;
    if (room < minimum(lost.length(), connection.segmentSize) && !isFirst && flight !== 0) return any;
    if (!retransmit(connection, lost, maximum(room, connection.segmentSize), now)) return any;
    any = true;
  }
  return any;
}

/** Sends a record again, at most `limit` bytes of it. False when there is no memory. */
function retransmit(connection: Connection, segment: SentSegment, limit: u32, now: u64): boolean {
  const size = connection.segmentSize;
  const most = canSegment(connection) ? maximum(minimum(limit, u32(LARGEST_PAYLOAD)) / size, u32(1)) * size : size;
  // SEQ space of a FIN is not data: one with less than `most` bytes before it goes along.
  if (segment.length() > most && connection.sent.split(segment, segment.start + most) === null) return false;
  const length = segment.length();
  if (!sendRange(connection, segment.start, length, now)) return false;
  connection.sent.markSent(segment, now);
  connection.sentInRecovery += length;
  connection.retransmissions++;
  connection.bytesRepeated += u64(length);
  const counters = connection.environment.counters();
  counters.count(Counter.TcpRetransSegs);
  if (connection.recovery === Recovery.Timeout) counters.count(Counter.TcpExtTCPSlowStartRetrans);
  else counters.count(Counter.TcpExtTCPFastRetrans);
  return true;
}

/** The sequence number after all data that were written. */
function endOfData(connection: Connection): u32 {
  const start = connection.unacknowledged;
  return start + connection.sendBuffer.length;
}

/** Sends a range of sequence numbers, of which the last may be the FIN. False when there is no memory. */
function sendRange(connection: Connection, start: u32, length: u32, now: u64): boolean {
  const dataEnd = endOfData(connection);
  const hasFin = connection.finQueued && start + length === dataEnd + 1;
  const count: u32 = hasFin ? length - 1 : length;
  const packet = makeData(connection, start, count);
  if (packet === null) return false;
  let flags: TcpFlag = TcpFlag.Acknowledgment;
  if (hasFin) flags |= TcpFlag.Fin;
  if (count !== 0 && start + count === dataEnd) flags |= TcpFlag.Push;
  connection.lastSent = now;
  transmit(connection, packet, start, flags, now);
  return true;
}

/** A packet with data of the send buffer; null when there is no memory. */
function makeData(connection: Connection, start: u32, count: u32): PacketBuffer | null {
  const out = connection.path.interface;
  const asFragments = count > SMALL && out !== null && out.hasFeature(DeviceFeature.Fragments);
  const packet = connection.environment.memory().allocatePacket(asFragments ? 0 : u64(count));
  if (packet === null || count === 0) return packet;
  const attached = connection.sendBuffer.attach(packet, start - connection.unacknowledged, count, asFragments);
  if (attached === count) return packet;
  // Too many small pieces for the fragments: the rest would have to be a segment of its own. It is copied instead.
  packet.release();
  const copy = connection.environment.memory().allocatePacket(u64(count));
  if (copy === null) return null;
  connection.sendBuffer.attach(copy, start - connection.unacknowledged, count, false);
  return copy;
}

/** Sends data for the first time, and FIN behind the last. */
function sendNew(connection: Connection, now: u64, force: boolean): boolean {
  const congestion = connection.congestion;
  if (
    connection.sent.outstanding === 0 &&
    connection.lastSent !== 0 &&
    now - connection.lastSent > connection.roundTrip.timeout()
  ) {
    congestion.restart();
  }
  let any = false;
  while (!connection.finSent) {
    const unsent = endOfData(connection) - connection.next;
    if (unsent === 0 && !connection.finQueued) break;
    const flight = connection.next - connection.unacknowledged;
    const offered = connection.window > flight ? connection.window - flight : 0;
    const inFlight = connection.sent.inFlight();
    const allowed = congestion.window > inFlight ? congestion.window - inFlight : 0;
    if (allowed < connection.segmentSize && allowed < unsent) connection.isWindowLimited = true;
    const count = chooseLength(connection, unsent, offered, allowed, force, now);
    const isLast = count === unsent && connection.finQueued && offered > count;
    if (count === 0 && !(unsent === 0 && isLast)) break;
    const length: u32 = count + (isLast ? 1 : 0);
    if (!connection.sent.add(connection.next, connection.next + length, now)) break;
    const start = connection.next;
    connection.next += length;
    if (isLast) connection.finSent = true;
    // Without memory it counts as sent, and lost: the timer sends it again.
    sendRange(connection, start, length, now);
    connection.environment.counters().count(Counter.TcpExtTCPOrigDataSent);
    connection.bytesSent += u64(count);
    connection.sentInRecovery += length;
    any = true;
  }
  const waits = !connection.finSent && (endOfData(connection) !== connection.next || connection.finQueued);
  if (!waits || connection.sent.outstanding !== 0) {
    if (connection.sent.outstanding !== 0 || !waits) connection.timers.persist = 0;
  } else if (connection.timers.persist === 0 && connection.timers.cork === 0) {
    armPersist(connection, now);
  }
  return any;
}

/** How much of the unsent data goes into the next segment; 0: it waits. */
function chooseLength(connection: Connection, unsent: u32, offered: u32, allowed: u32, force: boolean, now: u64): u32 {
  const size = connection.segmentSize;
  const room = minimum(offered, allowed);
  const possible = minimum(unsent, room);
  if (possible === 0) return 0;
  if (possible >= size) {
    const most: u32 = canSegment(connection) ? (minimum(possible, u32(LARGEST_PAYLOAD)) / size) * size : size;
    return maximum(most, size);
  }
  if (force) return possible;
  const settings = connection.settings;
  if (possible === unsent) {
    if (connection.finQueued || (connection.hasUrgent && isBefore(connection.next, connection.urgentEnd))) return possible;
    if (settings.cork) {
      if (connection.timers.cork === 0) connection.timers.cork = now + CORK_TIME;
      return 0;
    }
    // RFC 896; RFC 9293, 3.7.4.
    return settings.noDelay || connection.sent.outstanding === 0 ? possible : 0;
  }
  // The window is what keeps it small: a good part of the largest is sent (RFC 9293, 3.8.6.2.1), less only by the persist timer.
  return offered < allowed && possible >= maximum(connection.largestWindow / 2, u32(1)) ? possible : 0;
}

/** A tail loss probe (RFC 8985, 7.3): new data if there are any, the last segment again otherwise. */
export function sendTailProbe(connection: Connection, now: u64): void {
  const rack = connection.rack;
  const last = connection.sent.segments.last;
  if (last === null) return;
  connection.environment.counters().count(Counter.TcpExtTCPLossProbes);
  const flight = connection.next - connection.unacknowledged;
  const offered = connection.window > flight ? connection.window - flight : 0;
  const unsent = connection.finSent ? 0 : endOfData(connection) - connection.next;
  const count = minimum(minimum(unsent, offered), connection.segmentSize);
  rack.isProbing = true;
  rack.probeIsRetransmission = count === 0;
  if (count !== 0 && connection.sent.add(connection.next, connection.next + count, now)) {
    const start = connection.next;
    connection.next += count;
    connection.bytesSent += u64(count);
    sendRange(connection, start, count, now);
  } else {
    const size = connection.segmentSize;
    const part = last.length() > size ? connection.sent.split(last, last.end - size) : last;
    if (part !== null && !part.isSacked) retransmit(connection, part, size, now);
  }
  rack.probeEnd = connection.next;
  armRetransmission(connection, now);
}

/** After the program has read: tells the peer when the window opens by a good part, and lets the buffer grow with the reader. */
export function sendWindowUpdate(connection: Connection, now: u64): void {
  growReceiveBuffer(connection, now);
  switch (connection.state) {
    case TcpState.Established:
    case TcpState.FinWait1:
    case TcpState.FinWait2:
      break;
    default:
      return;
  }
  const offered = isBefore(connection.receiveNext, connection.advertisedEnd)
    ? connection.advertisedEnd - connection.receiveNext
    : 0;
  const window = offeredWindow(connection);
  const step = minimum(connection.settings.receiveBuffer / 2, connection.peerSegmentSeen * 2);
  if (!connection.hasRefused && window - offered < maximum(step, u32(1))) return;
  // A closed window that opens cannot wait; what is being acknowledged anyway can.
  if (offered === 0 || connection.hasRefused) connection.environment.counters().count(Counter.TcpExtTCPFromZeroWindowAdv);
  sendAcknowledgment(connection, now);
}

/** A program that reads more than half a buffer in a round trip is kept from reading more by the buffer. */
function growReceiveBuffer(connection: Connection, now: u64): void {
  const settings = connection.settings;
  if (settings.receiveBufferFixed) return;
  const period = maximum(connection.roundTrip.smoothed, u64(MILLISECOND));
  if (now - connection.readSince < period) return;
  const read = connection.readBytes;
  connection.readSince = now;
  connection.readBytes = 0;
  if (read > settings.receiveBuffer / 2 && !connection.environment.tcpMemory().isPressed()) {
    settings.receiveBuffer = minimum(settings.receiveBuffer * 2, u32(MAXIMUM_RECEIVE_BUFFER));
  }
}

/** A smaller packet size on the path (RFC 1191, section 6): what is under way goes again, in smaller pieces. */
export function shrinkSegments(connection: Connection, maximumPacket: u32, now: u64): void {
  const limit = maximum(maximumPacket, u32(LEAST_PATH_SIZE));
  if (limit >= connection.path.maximumPacket || (connection.pathLimit !== 0 && limit >= connection.pathLimit)) return;
  connection.pathLimit = limit;
  updateSegmentSize(connection);
  connection.sent.markAllLost(false);
  sendPending(connection, now);
}
