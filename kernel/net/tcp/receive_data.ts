// The data of a segment, and its FIN (RFC 9293, 3.10.7.4, seventh and eighth); when an acknowledgment is due (RFC 9293, 3.8.6.3).

import { Counter } from "../counters.ts";
import type { PacketBuffer } from "../packet.ts";
import type { Connection } from "./connection.ts";
import { enterTimeWait, noteRepeat } from "./input.ts";
import { MINIMUM_RECEIVED } from "./memory.ts";
import { sendReset } from "./output.ts";
import { type Segment, TcpFlag } from "./segment.ts";
import { isAfter, isBefore } from "./sequence.ts";
import { ConnectionChange, TcpState } from "./state.ts";
import { pathSegment } from "./transmit.ts";

const MILLISECOND = 1_000_000;
const DELAY = 40 * MILLISECOND;

/** Takes the packet of an acceptable segment. */
export function receiveData(connection: Connection, packet: PacketBuffer, segment: Segment, now: u64): void {
  if (segment.span() === 0) {
    packet.release();
    return;
  }
  const canReceive =
    connection.state === TcpState.Established || connection.state === TcpState.FinWait1 || connection.state === TcpState.FinWait2;
  if (!canReceive) {
    // The peer has said that it is done: what comes again is acknowledged again.
    packet.release();
    connection.acknowledgeNow = true;
    return;
  }
  let hasFin = segment.has(TcpFlag.Fin);
  const finSequence = segment.sequence + segment.length;
  if (segment.length === 0) {
    packet.release();
  } else {
    if (connection.isOrphan && isAfter(finSequence, connection.receiveNext)) {
      // Nobody will ever read it: the peer has to know (RFC 9293, 3.10.4: data lost).
      packet.release();
      connection.environment.counters().count(Counter.TcpExtTCPAbortOnData);
      sendReset(connection, now);
      connection.finish();
      return;
    }
    hasFin = takeData(connection, packet, segment) && hasFin;
  }
  if (hasFin || connection.finEarly) takeFin(connection, finSequence, hasFin);
  scheduleAcknowledgment(connection, now);
}

/** Takes the packet. @returns whether all of the segment fitted into the window */
function takeData(connection: Connection, packet: PacketBuffer, segment: Segment): boolean {
  const counters = connection.environment.counters();
  let start: u32 = segment.sequence;
  let whole = true;
  // A device joins segments: what the peer sends is never longer than what we said that we take.
  const seen: u32 = packet.segmentSize === 0 ? segment.length : minimum(segment.length, packet.segmentSize);
  connection.peerSegmentSeen = maximum(connection.peerSegmentSeen, minimum(seen, pathSegment(connection)));
  if (isBefore(start, connection.receiveNext)) {
    const known = connection.receiveNext - start;
    if (known >= segment.length) {
      noteRepeat(connection, segment);
      connection.acknowledgeNow = true;
      packet.release();
      return true;
    }
    packet.trimFront(known);
    start = connection.receiveNext;
  }
  const end = start + packet.totalLength();
  const edge = isBefore(connection.receiveNext, connection.advertisedEnd) ? connection.advertisedEnd : connection.receiveNext;
  if (isAfter(end, edge)) {
    whole = false;
    connection.acknowledgeNow = true;
    if (!isBefore(start, edge)) {
      counters.count(Counter.TcpExtTCPZeroWindowDrop);
      packet.release();
      return false;
    }
    packet.truncate(edge - start);
  }
  if (connection.environment.tcpMemory().isFull()) return takeLeast(connection, packet, start) && whole;
  const limit = u64(connection.settings.receiveBuffer) * 4 + 131072;
  if (start !== connection.receiveNext) {
    counters.count(Counter.TcpExtTCPOFOQueue);
    connection.acknowledgeNow = true;
    if (!connection.received.insertEarly(packet, start)) {
      counters.count(Counter.TcpExtTCPDSACKOfoSent);
      noteRepeat(connection, segment);
    }
    if (connection.received.prune(limit)) counters.count(Counter.TcpExtOfoPruned);
    return whole;
  }
  if (connection.received.footprint + packet.footprint() > limit) {
    // Early data make room for what is next; if that is not enough, the reader has to come first.
    counters.count(Counter.TcpExtPruneCalled);
    if (connection.received.prune(limit / 2)) counters.count(Counter.TcpExtOfoPruned);
    if (connection.received.footprint > limit) {
      counters.count(Counter.TcpExtTCPRcvQDrop);
      packet.release();
      return false;
    }
  }
  takeInOrder(connection, packet);
  return whole;
}

/**
 * All connections together have what they may: one that holds nothing gets its least, a segment or less, copied so that nothing else stays of
 * the packet. The peer sends the rest again. Takes the packet. @returns whether all of it was taken
 */
function takeLeast(connection: Connection, packet: PacketBuffer, start: u32): boolean {
  const counters = connection.environment.counters();
  const count = packet.totalLength();
  connection.acknowledgeNow = true;
  if (start !== connection.receiveNext) {
    counters.count(Counter.TcpExtTCPOFODrop);
    packet.release();
    return false;
  }
  // What came early has to make room (RFC 2018, section 8).
  if (connection.received.prune(0)) counters.count(Counter.TcpExtOfoPruned);
  const isExhausted = connection.environment.tcpMemory().isExhausted();
  const room: u32 = isExhausted ? MINIMUM_RECEIVED : maximum(pathSegment(connection), u32(MINIMUM_RECEIVED));
  const isFree = connection.received.takesFreely(count);
  const compact = isFree ? connection.environment.memory().allocateCompact(u64(room)) : null;
  if (compact === null) {
    connection.isRefusing = true;
    counters.count(Counter.TcpExtTCPRcvQDrop);
    packet.release();
    return false;
  }
  const part = minimum(count, room);
  packet.copyOut(0, compact.extend(part));
  packet.release();
  takeInOrder(connection, compact);
  return part === count;
}

/** What is next in order. Takes the packet. */
function takeInOrder(connection: Connection, packet: PacketBuffer): void {
  const count = packet.totalLength();
  const before = connection.receiveNext;
  const hadEarly = connection.received.hasEarly();
  if (connection.receiveShut) {
    packet.release();
    connection.receiveNext = before + count;
  } else {
    if (connection.received.append(packet)) connection.environment.counters().count(Counter.TcpExtTCPRcvCoalesce);
    connection.receiveNext = before + count;
  }
  if (hadEarly) {
    connection.receiveNext = connection.received.advance(connection.receiveNext);
    // A gap was filled, in part or whole: the sender waits for it (RFC 5681, 4.2).
    connection.acknowledgeNow = true;
  }
  if (connection.receiveShut) connection.received.consume(connection.received.length);
  const taken = connection.receiveNext - before;
  connection.bytesReceived += u64(taken);
  connection.unansweredBytes += taken;
  connection.unansweredSegments++;
  connection.note(ConnectionChange.Readable);
}

/** The peer sends no more, once everything before it is here. */
function takeFin(connection: Connection, sequence: u32, isNew: boolean): void {
  if (isNew) {
    connection.finEarly = true;
    connection.finSequence = sequence;
  }
  if (connection.finSequence !== connection.receiveNext) return;
  connection.finEarly = false;
  connection.finReceived = true;
  connection.receiveNext++;
  connection.received.clearEarly();
  connection.acknowledgeNow = true;
  connection.note(ConnectionChange.Readable | ConnectionChange.PeerClosed);
  switch (connection.state) {
    case TcpState.Established:
      connection.state = TcpState.CloseWait;
      break;
    case TcpState.FinWait1:
      // Our FIN is not acknowledged: otherwise the state would have changed before.
      connection.state = TcpState.Closing;
      break;
    case TcpState.FinWait2:
      enterTimeWait(connection);
      break;
    default:
      break;
  }
}

/** At once: after a gap, after two full segments, at the beginning. Otherwise within 40 ms. */
function scheduleAcknowledgment(connection: Connection, now: u64): void {
  if (connection.acknowledgeNow || connection.unansweredSegments === 0) return;
  const isMuch = connection.unansweredBytes >= connection.peerSegmentSeen * 2;
  if (isMuch || connection.settings.quickAck || connection.quickAcknowledgments > 0) connection.acknowledgeNow = true;
  else if (connection.timers.delayedAck === 0) connection.timers.delayedAck = now + DELAY;
}
