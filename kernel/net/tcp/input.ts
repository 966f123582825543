// A segment arrives at a connection (RFC 9293, 3.10.7), with the defences of RFC 5961 and PAWS (RFC 7323, section 5).

import { Errno } from "../../lib/errno.ts";
import { Counter } from "../counters.ts";
import type { PacketBuffer } from "../packet.ts";
import { isFinAcknowledged, processAcknowledgment, updateWindow } from "./acknowledge.ts";
import type { Connection } from "./connection.ts";
import { sendAcknowledgment, sendPending, sendSyn } from "./output.ts";
import { receiveData } from "./receive_data.ts";
import { type Segment, TcpFlag } from "./segment.ts";
import { isAfter, isBefore } from "./sequence.ts";
import { ConnectionChange, TcpState } from "./state.ts";
import { armKeepAlive, armRetransmission } from "./timers.ts";
import { transmit, updateSegmentSize } from "./transmit.ts";

/** RFC 7323, 5.5: a timestamp that is older than 24 days says nothing. */
const TIMESTAMP_LIFETIME = 2_073_600_000_000_000;

/** {@link Connection.receive} */
export function receiveSegment(connection: Connection, packet: PacketBuffer, segment: Segment, now: u64): void {
  if (connection.state === TcpState.SynSent) {
    receiveSynSent(connection, packet, segment, now);
    return;
  }
  if (connection.isFinished() || !isAcceptable(connection, segment, now)) {
    packet.release();
    if (!connection.isFinished() && connection.acknowledgeNow) sendAcknowledgment(connection, now);
    return;
  }
  noteTimestamp(connection, segment, now);
  if (!takeAcknowledgment(connection, segment, now)) {
    packet.release();
    return;
  }
  if (segment.has(TcpFlag.Urgent)) takeUrgent(connection, segment);
  receiveData(connection, packet, segment, now);
  if (connection.isFinished()) return;
  sendPending(connection, now);
  if (connection.acknowledgeNow) sendAcknowledgment(connection, now);
}

// ---- Opening ----------------------------------------------------------------------------------------------------------

/** RFC 9293, 3.10.7.3. */
function receiveSynSent(connection: Connection, packet: PacketBuffer, segment: Segment, now: u64): void {
  packet.release();
  const hasAck = segment.has(TcpFlag.Acknowledgment);
  if (hasAck && segment.acknowledgment !== connection.next) {
    // Half of a connection that is long gone: it is reset by whoever has the packet, who knows no connection for it.
    if (!segment.has(TcpFlag.Reset)) sendResetFor(connection, segment, now);
    return;
  }
  if (segment.has(TcpFlag.Reset)) {
    if (!hasAck) return;
    connection.environment.counters().count(Counter.TcpAttemptFails);
    connection.fail(Errno.CONNREFUSED);
    return;
  }
  if (!segment.has(TcpFlag.Syn)) return;
  acceptOptions(connection, segment, now);
  connection.peerInitial = segment.sequence;
  connection.receiveNext = segment.sequence + 1;
  connection.advertisedEnd = connection.receiveNext;
  if (!hasAck) {
    // Both sides opened at once (RFC 9293, 3.5, figure 7).
    connection.state = TcpState.SynReceived;
    connection.window = segment.window;
    connection.windowSequence = segment.sequence;
    sendSyn(connection, now);
    return;
  }
  if (connection.roundTrip.backoff === 0 && connection.lastSent !== 0)
    connection.roundTrip.measure(now - connection.lastSent, now);
  connection.unacknowledged = segment.acknowledgment;
  connection.windowSequence = segment.sequence;
  connection.windowAcknowledgment = segment.acknowledgment;
  // The window of a SYN is not scaled (RFC 7323, 2.2).
  connection.window = segment.window;
  establish(connection, now);
  connection.acknowledgeNow = true;
  sendPending(connection, now);
  if (connection.acknowledgeNow) sendAcknowledgment(connection, now);
}

/** A reset that answers a segment with a wrong acknowledgment: SEQ is that number (RFC 9293, 3.10.7.3). */
function sendResetFor(connection: Connection, segment: Segment, now: u64): void {
  const next = connection.next;
  connection.next = segment.acknowledgment;
  const packet = connection.environment.memory().allocatePacket(0);
  if (packet !== null) {
    connection.environment.counters().count(Counter.TcpOutRsts);
    transmit(connection, packet, segment.acknowledgment, TcpFlag.Reset, now);
  }
  connection.next = next;
}

/** What the peer's SYN offers, and we do too. */
export function acceptOptions(connection: Connection, segment: Segment, now: u64): void {
  const options = segment.options;
  const settings = connection.settings;
  connection.peerSegment = options.maximumSegment === 0 ? 536 : options.maximumSegment;
  const scales = options.hasWindowScale && settings.useWindowScale;
  connection.windowShift = scales ? options.windowShift : 0;
  if (!scales) connection.receiveShift = 0;
  connection.sackOn = options.sackPermitted && settings.useSack;
  connection.timestampsOn = options.hasTimestamp && settings.useTimestamps;
  if (connection.timestampsOn) {
    connection.recentTimestamp = options.timestamp;
    connection.recentAt = now;
  }
  updateSegmentSize(connection);
  connection.congestion.begin(connection.segmentSize);
}

/** The three-way handshake is done. */
export function establish(connection: Connection, now: u64): void {
  connection.state = TcpState.Established;
  connection.largestWindow = maximum(connection.largestWindow, connection.window);
  connection.roundTrip.backoff = 0;
  connection.timers.retransmit = 0;
  connection.timers.stalledSince = 0;
  connection.readSince = now;
  connection.note(ConnectionChange.Connected | ConnectionChange.Writable);
  armKeepAlive(connection, now);
}

// ---- Checks -----------------------------------------------------------------------------------------------------------

/** RFC 9293, 3.10.7.4, first to fourth. False: the segment is dropped; `acknowledgeNow` says whether it is answered. */
function isAcceptable(connection: Connection, segment: Segment, now: u64): boolean {
  const counters = connection.environment.counters();
  const isReset = segment.has(TcpFlag.Reset);
  if (!isReset && isOldTimestamp(connection, segment, now)) {
    counters.count(Counter.TcpExtPAWSEstab);
    answer(connection, segment, Counter.TcpExtTCPACKSkippedPAWS, now);
    return false;
  }
  const start = segment.sequence;
  const end = segment.end();
  const windowEnd = isBefore(connection.receiveNext, connection.advertisedEnd)
    ? connection.advertisedEnd
    : connection.receiveNext;
  // What overlaps the window, and what touches it: a peer that probes a closed window is heard.
  const isInside = !isBefore(end, connection.receiveNext) && !isAfter(start, windowEnd);
  if (!isInside) {
    if (isReset) return false;
    noteRepeat(connection, segment);
    answer(connection, segment, Counter.TcpExtTCPACKSkippedSeq, now);
    return false;
  }
  if (isReset) {
    // RFC 5961, 3.2: exactly the next number resets; anything else in the window is asked about.
    if (start === connection.receiveNext) reset(connection);
    else challenge(connection, now);
    return false;
  }
  if (segment.has(TcpFlag.Syn)) {
    const isRepeat = start === connection.peerInitial && connection.state === TcpState.SynReceived;
    if (!isRepeat) {
      // RFC 5961, 4.2.
      counters.count(Counter.TcpExtTCPSYNChallenge);
      challenge(connection, now);
      return false;
    }
    if (!segment.has(TcpFlag.Acknowledgment)) sendSyn(connection, now);
    // The other half of a simultaneous opening: the SYN is known, its acknowledgment is not.
    segment.flags &= ~TcpFlag.Syn;
    segment.sequence++;
  }
  return segment.has(TcpFlag.Acknowledgment);
}

/** PAWS (RFC 7323, 5.3): a segment that is older than what came before it. */
function isOldTimestamp(connection: Connection, segment: Segment, now: u64): boolean {
  if (!connection.timestampsOn || !segment.options.hasTimestamp) return false;
  if (!isBefore(segment.options.timestamp, connection.recentTimestamp)) return false;
  return now - connection.recentAt < TIMESTAMP_LIFETIME;
}

/** RFC 7323, 4.3: of segments that are not before what we acknowledged last. */
function noteTimestamp(connection: Connection, segment: Segment, now: u64): void {
  if (!connection.timestampsOn || !segment.options.hasTimestamp) return;
  if (isAfter(segment.sequence, connection.receiveNext)) return;
  if (isBefore(segment.options.timestamp, connection.recentTimestamp)) return;
  connection.recentTimestamp = segment.options.timestamp;
  connection.recentAt = now;
}

/** Data that came again are reported (RFC 2883, section 4). */
export function noteRepeat(connection: Connection, segment: Segment): void {
  if (!connection.sackOn || segment.length === 0) return;
  connection.environment.counters().count(Counter.TcpExtTCPDSACKOldSent);
  connection.repeatStart = segment.sequence;
  connection.repeatEnd = segment.sequence + segment.length;
  connection.hasRepeat = true;
}

/** An acknowledgment that a forger learns nothing from (RFC 5961). */
function challenge(connection: Connection, now: u64): void {
  const counters = connection.environment.counters();
  if (!connection.answerLimit.allow(now)) {
    counters.count(Counter.TcpExtTCPACKSkippedChallenge);
    return;
  }
  counters.count(Counter.TcpExtTCPChallengeACK);
  connection.acknowledgeNow = true;
}

/** Answers a segment that is not acceptable: always when it has data, which its sender waits for; else not too often. */
function answer(connection: Connection, segment: Segment, skipped: Counter, now: u64): void {
  if (segment.length !== 0 || connection.answerLimit.allow(now)) connection.acknowledgeNow = true;
  else connection.environment.counters().count(skipped);
}

/** The peer has reset the connection. */
function reset(connection: Connection): void {
  const counters = connection.environment.counters();
  switch (connection.state) {
    case TcpState.SynReceived:
      counters.count(Counter.TcpAttemptFails);
      connection.fail(Errno.CONNREFUSED);
      return;
    case TcpState.CloseWait:
      counters.count(Counter.TcpEstabResets);
      connection.fail(Errno.PIPE);
      return;
    case TcpState.Closing:
    case TcpState.LastAck:
      connection.finish();
      return;
    default:
      counters.count(Counter.TcpEstabResets);
      connection.fail(Errno.CONNRESET);
      return;
  }
}

// ---- Acknowledgments --------------------------------------------------------------------------------------------------

/** RFC 9293, 3.10.7.4, fifth. False: the segment is dropped. */
function takeAcknowledgment(connection: Connection, segment: Segment, now: u64): boolean {
  const ack = segment.acknowledgment;
  if (connection.state === TcpState.SynReceived) {
    if (ack !== connection.initial + 1) {
      sendResetFor(connection, segment, now);
      return false;
    }
    connection.unacknowledged = ack;
    connection.windowSequence = segment.sequence - 1;
    updateWindow(connection, segment);
    establish(connection, now);
  }
  // RFC 5961, 5.2: neither from the future nor from long ago.
  const isTooOld = isBefore(ack, connection.unacknowledged - connection.largestWindow);
  if (isAfter(ack, connection.next) || isTooOld) {
    challenge(connection, now);
    if (connection.acknowledgeNow) sendAcknowledgment(connection, now);
    return false;
  }
  if (!isBefore(ack, connection.unacknowledged)) processAcknowledgment(connection, segment, now);
  if (isFinAcknowledged(connection)) leaveAfterFin(connection, now);
  return !connection.isFinished();
}

/** Our FIN has arrived. */
function leaveAfterFin(connection: Connection, now: u64): void {
  switch (connection.state) {
    case TcpState.FinWait1:
      connection.state = TcpState.FinWait2;
      // Who closes with a time to linger waits for this.
      connection.note(ConnectionChange.Writable);
      armRetransmission(connection, now);
      if (connection.isOrphan) connection.timers.finWait = now + connection.settings.finWait;
      break;
    case TcpState.Closing:
      enterTimeWait(connection);
      break;
    case TcpState.LastAck:
      connection.finish();
      break;
    default:
      break;
  }
}

/** Both sides have closed, and ours was first: the owner keeps an entry in the time-wait table. */
export function enterTimeWait(connection: Connection): void {
  if (connection.acknowledgeNow) sendAcknowledgment(connection, connection.lastReceived);
  connection.state = TcpState.TimeWait;
  connection.finish();
}

/** RFC 9293, 3.8.5; the pointer is to the last urgent byte plus one, as everybody has it (RFC 6093). */
function takeUrgent(connection: Connection, segment: Segment): void {
  if (segment.urgentPointer === 0) return;
  const place = segment.sequence + segment.urgentPointer - 1;
  if (isBefore(place, connection.receiveNext)) return;
  if (connection.hasUrgentMark && !isAfter(place, connection.urgentSequence)) return;
  connection.urgentSequence = place;
  connection.hasUrgentMark = true;
  connection.urgentTaken = false;
  connection.note(ConnectionChange.Urgent);
}
