// What an acknowledgment says about what we sent: what has arrived, how long it took, what is lost (RFC 9293, 3.10.7.4; RFC 6675;
// RFC 8985; RFC 6937).

import { Counter } from "../counters.ts";
import type { Connection } from "./connection.ts";
import { SlowStart } from "./hystart.ts";
import type { Segment } from "./segment.ts";
import type { SentSegment } from "./sent_list.ts";
import { isAfter, isBefore, isBeforeOrAt } from "./sequence.ts";
import { ConnectionChange, Recovery, TcpState } from "./state.ts";
import { armRetransmission } from "./timers.ts";
import { timestampOf } from "./transmit.ts";

const MILLISECOND = 1_000_000;
/** RFC 6675: DupThresh. */
const DUPLICATES = 3;

/** Sums of one acknowledgment. */
class Delivery {
  /** Bytes that are known to have arrived by it. */
  bytes: u32 = 0;
  /** The round trip of the segment sent last among them that was sent once; 0: none. */
  roundTrip: u64 = 0;
  isRepeated = false;
}

/** Takes the acknowledgment of an acceptable segment: `unacknowledged` < ACK ≤ `next`, or a repetition. */
export function processAcknowledgment(connection: Connection, segment: Segment, now: u64): void {
  const ack = segment.acknowledgment;
  const sent = connection.sent;
  const delivery = new Delivery();
  const before = connection.unacknowledged;
  const advances = isAfter(ack, before);
  const windowBefore = connection.window;
  if (segment.length === 0) connection.environment.counters().count(Counter.TcpExtTCPPureAcks);
  const wasLimited = connection.isWindowLimited;
  if (advances) takeCumulative(connection, ack, delivery, now);
  if (connection.sackOn && segment.options.sackCount !== 0) takeSelective(connection, segment, delivery, now);
  updateWindow(connection, segment);
  const isDuplicate =
    !advances && ack === before && segment.length === 0 && connection.window === windowBefore && sent.outstanding !== 0;
  if (isDuplicate && !connection.sackOn) countDuplicate(connection);
  if (advances) {
    connection.duplicates = 0;
    measureByTimestamp(connection, segment, delivery, now);
    connection.roundTrip.backoff = 0;
    connection.timers.stalledSince = 0;
    advanceSlowStart(connection, ack, delivery.roundTrip);
    if (connection.canUndo) undoIfSpurious(connection, segment);
  }
  if (delivery.roundTrip !== 0) connection.roundTrip.measure(delivery.roundTrip, now);
  connection.timers.probes = 0;
  if (!advances && delivery.bytes === 0 && !isDuplicate) return;
  endProbe(connection, segment, ack);
  markRecovery(connection, now);
  adjustWindow(connection, delivery, wasLimited && advances, now);
  if (advances) {
    connection.isWindowLimited = false;
    armRetransmission(connection, now);
    connection.note(ConnectionChange.Writable);
  }
}

/** HyStart++ looks at each round trip of slow start. */
function advanceSlowStart(connection: Connection, ack: u32, roundTrip: u64): void {
  const congestion = connection.congestion;
  const before = congestion.hystart.phase;
  congestion.hystart.acknowledge(ack, connection.next, roundTrip);
  if (before !== SlowStart.Normal || congestion.hystart.phase !== SlowStart.Conservative) return;
  const counters = connection.environment.counters();
  counters.count(Counter.TcpExtTCPHystartDelayDetect);
  counters.add(Counter.TcpExtTCPHystartDelayCwnd, u64(congestion.window / congestion.segment));
}

/** Keeps what a recovery is about to change. */
export function prepareUndo(connection: Connection, now: u64): void {
  connection.canUndo = connection.timestampsOn;
  connection.undoWindow = connection.congestion.window;
  connection.undoThreshold = connection.congestion.threshold;
  connection.undoStamp = timestampOf(connection, now);
}

/**
 * The first acknowledgment after something was sent again: if it echoes a clock from before that, it is of the original, which was late
 * and not lost (RFC 3522, 3.2). Then the window is as it was (RFC 4015, 3.2).
 */
function undoIfSpurious(connection: Connection, segment: Segment): void {
  connection.canUndo = false;
  const options = segment.options;
  if (!options.hasTimestamp || options.timestampEcho === 0 || !isBefore(options.timestampEcho, connection.undoStamp)) return;
  connection.environment.counters().count(Counter.TcpExtTCPLossUndo);
  const congestion = connection.congestion;
  congestion.window = maximum(congestion.window, connection.undoWindow);
  congestion.threshold = maximum(congestion.threshold, connection.undoThreshold);
  connection.sent.markNoneLost();
  connection.recovery = Recovery.None;
  // The round trip is longer than we believed, or segments overtake each other.
  connection.rack.repeated();
}

/** Everything before `ack` has arrived. */
function takeCumulative(connection: Connection, ack: u32, delivery: Delivery, now: u64): void {
  const flight = connection.sent.outstanding;
  const sackedBefore = connection.sent.sacked;
  connection.sent.acknowledge(ack, (segment) => {
    if (!segment.isSacked) arrived(connection, segment, delivery, now);
  });
  const freed = flight - connection.sent.outstanding;
  const wasSacked = sackedBefore - connection.sent.sacked;
  delivery.bytes += freed > wasSacked ? freed - wasSacked : 0;
  const data = minimum(ack - connection.unacknowledged, connection.sendBuffer.length);
  connection.sendBuffer.discard(data);
  connection.unacknowledged = ack;
  if (connection.hasUrgent && !isBefore(ack, connection.urgentEnd)) connection.hasUrgent = false;
}

/** A record has arrived: what that says about time and order. */
function arrived(connection: Connection, segment: SentSegment, delivery: Delivery, now: u64): void {
  connection.rack.arrived(segment, connection.roundTrip, now);
  // Karn: a segment that was sent twice says nothing about the round trip.
  if (!segment.isRetransmitted) delivery.roundTrip = maximum(now - segment.sentAt, u64(1));
}

/** Selective acknowledgments (RFC 2018), repetitions among them (RFC 2883). */
function takeSelective(connection: Connection, segment: Segment, delivery: Delivery, now: u64): void {
  const options = segment.options;
  const counters = connection.environment.counters();
  for (let i: u32 = 0; i < options.sackCount; i++) {
    const start = options.sackBlocks[i].start;
    const end = options.sackBlocks[i].end;
    if (!isBefore(start, end)) continue;
    const isOld = isBeforeOrAt(end, segment.acknowledgment);
    const isInside = i === 0 && options.sackCount > 1 && isInsideBlock(segment, start, end);
    if (isOld || isInside) {
      if (i !== 0) continue;
      counters.count(Counter.TcpExtTCPDSACKRecv);
      delivery.isRepeated = true;
      connection.rack.repeated();
      continue;
    }
    // Only what was ever sent can have arrived.
    if (isBefore(start, connection.unacknowledged) || isAfter(end, connection.next)) continue;
    connection.sent.select(start, end, (record) => {
      delivery.bytes += record.length();
      arrived(connection, record, delivery, now);
    });
  }
}

function isInsideBlock(segment: Segment, start: u32, end: u32): boolean {
  const second = segment.options.sackBlocks[1];
  return isBeforeOrAt(second.start, start) && isBeforeOrAt(end, second.end);
}

/** SND.WND from the newest segment (RFC 9293, 3.10.7.4). */
export function updateWindow(connection: Connection, segment: Segment): void {
  const isNewer =
    isBefore(connection.windowSequence, segment.sequence) ||
    (connection.windowSequence === segment.sequence && isBeforeOrAt(connection.windowAcknowledgment, segment.acknowledgment));
  if (!isNewer) return;
  connection.window = segment.window << connection.windowShift;
  connection.largestWindow = maximum(connection.largestWindow, connection.window);
  connection.windowSequence = segment.sequence;
  connection.windowAcknowledgment = segment.acknowledgment;
}

/** The echoed timestamp gives a round trip even of what was sent twice (RFC 7323, 4.1). */
function measureByTimestamp(connection: Connection, segment: Segment, delivery: Delivery, now: u64): void {
  if (delivery.roundTrip !== 0 || !connection.timestampsOn || !segment.options.hasTimestamp) return;
  const elapsed = timestampOf(connection, now) - segment.options.timestampEcho;
  // An echo of something older than a minute is somebody's invention.
  if (segment.options.timestampEcho !== 0 && elapsed < 60_000) delivery.roundTrip = u64(maximum(elapsed, u32(1))) * MILLISECOND;
}

/** Without selective acknowledgments: three repetitions say that a segment is lost, each that one has arrived (RFC 5681, 3.2). */
function countDuplicate(connection: Connection): void {
  connection.duplicates++;
  const first = connection.sent.first();
  if (first === null || connection.recovery === Recovery.Timeout) return;
  if (connection.duplicates === DUPLICATES && connection.recovery === Recovery.None) markFirst(connection);
}

/** Marks one segment at the front as lost. */
function markFirst(connection: Connection): void {
  const first = connection.sent.first();
  if (first === null) return;
  if (first.length() > connection.segmentSize) connection.sent.split(first, first.start + connection.segmentSize);
  connection.sent.markLost(first);
}

/** Looks for lost segments, and begins or ends a recovery. */
export function markRecovery(connection: Connection, now: u64): void {
  const sent = connection.sent;
  const counters = connection.environment.counters();
  if (connection.recovery !== Recovery.None && !isBefore(connection.unacknowledged, connection.recoveryEnd)) {
    endRecovery(connection);
  }
  if (connection.sackOn) {
    connection.timers.reordering = 0;
    if (sent.sacked !== 0 || connection.recovery !== Recovery.None) {
      const isRecovering = connection.recovery !== Recovery.None;
      const manyArrived = sent.sacked >= connection.segmentSize * DUPLICATES;
      connection.timers.reordering = connection.rack.detect(sent, connection.roundTrip, isRecovering, manyArrived, now);
    }
  } else if (connection.recovery === Recovery.Fast && connection.duplicates === 0) {
    // RFC 6582: an acknowledgment of a part says that the next one is lost too.
    const first = sent.first();
    if (first !== null && !first.isRetransmitted) markFirst(connection);
  }
  if (sent.lostAgain !== 0) counters.add(Counter.TcpExtTCPLostRetransmit, sent.lostAgain);
  sent.lostAgain = 0;
  if (sent.lost === 0 || connection.recovery !== Recovery.None) return;
  prepareUndo(connection, now);
  counters.count(Counter.TcpExtTCPSackRecovery);
  connection.flightAtRecovery = maximum(sent.inFlight() + sent.lost, connection.segmentSize);
  connection.congestion.congest(connection.flightAtRecovery);
  connection.recovery = Recovery.Fast;
  connection.recoveryEnd = connection.next;
  connection.deliveredInRecovery = 0;
  connection.sentInRecovery = 0;
}

function endRecovery(connection: Connection): void {
  if (connection.recovery === Recovery.Fast) connection.congestion.window = connection.congestion.threshold;
  connection.recovery = Recovery.None;
  connection.duplicates = 0;
  connection.rack.recovered();
}

/** The congestion window after an acknowledgment. */
function adjustWindow(connection: Connection, delivery: Delivery, wasLimited: boolean, now: u64): void {
  const congestion = connection.congestion;
  if (connection.recovery !== Recovery.Fast) {
    if ((wasLimited || connection.recovery === Recovery.Timeout) && delivery.bytes !== 0) {
      congestion.acknowledge(delivery.bytes, connection.roundTrip.smoothed, now);
    }
    return;
  }
  // Proportional rate reduction (RFC 6937): as much leaves as arrives, less on the way down to the threshold.
  const size = connection.segmentSize;
  // Without selective acknowledgments each repetition stands for one segment that arrived.
  const delivered = connection.sackOn || delivery.bytes !== 0 ? delivery.bytes : size;
  connection.deliveredInRecovery += delivered;
  const flight = connection.sent.inFlight();
  const done = connection.sentInRecovery;
  let allowance: u32 = 0;
  if (flight > congestion.threshold) {
    const share = (u64(connection.deliveredInRecovery) * u64(congestion.threshold)) / u64(connection.flightAtRecovery);
    allowance = share > u64(done) ? u32(share) - done : 0;
  } else {
    const owed = connection.deliveredInRecovery > done ? connection.deliveredInRecovery - done : 0;
    allowance = minimum(congestion.threshold - flight, maximum(owed, delivered) + size);
  }
  if (done === 0) allowance = maximum(allowance, size);
  congestion.window = maximum(flight + allowance, size);
}

/** The tail loss probe's end (RFC 8985, 7.4): did the probe repair a loss? Then it counts as one. */
function endProbe(connection: Connection, segment: Segment, ack: u32): void {
  const rack = connection.rack;
  if (!rack.isProbing || isBefore(ack, rack.probeEnd)) return;
  rack.isProbing = false;
  if (!rack.probeIsRetransmission) return;
  const options = segment.options;
  // The peer says that it had the segment already: nothing was lost.
  if (options.sackCount !== 0 && isBeforeOrAt(options.sackBlocks[0].end, ack)) return;
  if (!connection.timestampsOn) return;
  connection.environment.counters().count(Counter.TcpExtTCPLossProbeRecovery);
  connection.congestion.congest(connection.sent.inFlight());
  connection.congestion.window = minimum(connection.congestion.window, connection.congestion.threshold);
}

/** Whether our FIN is acknowledged. */
export function isFinAcknowledged(connection: Connection): boolean {
  return connection.finSent && connection.unacknowledged === connection.next && connection.state !== TcpState.Established;
}
