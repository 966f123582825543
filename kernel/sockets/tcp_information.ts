// What TCP_INFO tells of a connection (linux/tcp.h, struct tcp_info): how it goes, by its own measure.

import { Errno } from "../lib/errno.ts";
import { Recovery, TcpState } from "../net/tcp/state.ts";
import type { OptionValue } from "./socket.ts";
import type { TcpSocket } from "./tcp_socket.ts";

const MILLISECOND = 1_000_000;
const MICROSECOND = 1000;
const LISTENING = 10;
/** TCPI_OPT_TIMESTAMPS, TCPI_OPT_SACK, TCPI_OPT_WSCALE. */
const HAS_TIMESTAMPS = 1;
const HAS_SACK = 2;
const HAS_SCALE = 4;
/** TCP_CA_Open, TCP_CA_Disorder, TCP_CA_Recovery, TCP_CA_Loss. */
const CONGESTION_OPEN = 0;
const CONGESTION_DISORDER = 1;
const CONGESTION_RECOVERY = 3;
const CONGESTION_LOSS = 4;
/** How far segments are reordered before one is lost, as Linux begins. */
const REORDERING = 3;
const UNLIMITED: u64 = 0xffff_ffff_ffff_ffff;

/** Up to the fields of Linux 6.2; a program that knows more gets a shorter answer. @size 240 */
class Information {
  state: u8 = 0;
  recovery: u8 = 0;
  retransmits: u8 = 0;
  probes: u8 = 0;
  backoff: u8 = 0;
  options: u8 = 0;
  windowShifts: u8 = 0;
  limited: u8 = 0;
  /** Microseconds, here and where nothing else is said. */
  retransmissionTimeout: u32 = 0;
  acknowledgmentTimeout: u32 = 0;
  sendSegment: u32 = 0;
  receiveSegment: u32 = 0;
  /** Segments. */
  unacknowledged: u32 = 0;
  selectivelyAcknowledged: u32 = 0;
  lost: u32 = 0;
  retransmitted: u32 = 0;
  forward: u32 = 0;
  /** Milliseconds ago. */
  lastDataSent: u32 = 0;
  lastAcknowledgmentSent: u32 = 0;
  lastDataReceived: u32 = 0;
  lastAcknowledgmentReceived: u32 = 0;
  /** Bytes. */
  pathMtu: u32 = 0;
  receiveThreshold: u32 = 0;
  roundTrip: u32 = 0;
  roundTripVariation: u32 = 0;
  /** Segments. */
  sendThreshold: u32 = 0;
  congestionWindow: u32 = 0;
  advertisedSegment: u32 = 0;
  reordering: u32 = 0;
  receiveRoundTrip: u32 = 0;
  receiveSpace: u32 = 0;
  totalRetransmitted: u32 = 0;
  /** Bytes a second. */
  pacingRate: u64 = 0;
  maximumPacingRate: u64 = 0;
  bytesAcknowledged: u64 = 0;
  bytesReceived: u64 = 0;
  segmentsSent: u32 = 0;
  segmentsReceived: u32 = 0;
  notSentBytes: u32 = 0;
  smallestRoundTrip: u32 = 0;
  dataSegmentsReceived: u32 = 0;
  dataSegmentsSent: u32 = 0;
  deliveryRate: u64 = 0;
  busyTime: u64 = 0;
  windowLimited: u64 = 0;
  bufferLimited: u64 = 0;
  delivered: u32 = 0;
  deliveredMarked: u32 = 0;
  bytesSent: u64 = 0;
  bytesRetransmitted: u64 = 0;
  duplicates: u32 = 0;
  reorderingSeen: u32 = 0;
  receivedEarly: u32 = 0;
  sendWindow: u32 = 0;
  receiveWindow: u32 = 0;
  rehashed: u32 = 0;
}

/** Answers TCP_INFO. The socket's lock is held. */
export function answerInformation(socket: TcpSocket, value: OptionValue, now: u64): Errno {
  const information = new Information();
  const listener = socket.listener;
  // Nothing is paced. What is not measured here stays 0: rates, times for which something was the limit.
  information.pacingRate = UNLIMITED;
  information.maximumPacingRate = UNLIMITED;
  information.reordering = REORDERING;
  if (socket.listens && listener !== null) {
    information.state = LISTENING;
    information.unacknowledged = listener.readyCount;
    information.selectivelyAcknowledged = listener.backlog;
  } else {
    information.state = u8(u32(socket.connection.state));
    describeSizes(information, socket);
    describeTimes(information, socket, now);
    describeCounts(information, socket);
  }
  return value.answerObject(information);
}

/** Windows and segments. */
function describeSizes(information: Information, socket: TcpSocket): void {
  const connection = socket.connection;
  const segment = maximum(connection.segmentSize, 1);
  const sent = connection.sent;
  information.recovery = congestionState(socket);
  information.backoff = u8(connection.roundTrip.backoff);
  information.retransmits = information.backoff;
  information.probes = u8(minimum(connection.timers.probes, 255));
  const hasScale = connection.windowShift !== 0 || connection.receiveShift !== 0;
  information.options =
    (connection.timestampsOn ? HAS_TIMESTAMPS : u8(0)) | (connection.sackOn ? HAS_SACK : u8(0)) | (hasScale ? HAS_SCALE : u8(0));
  information.windowShifts = (connection.windowShift & 15) | (connection.receiveShift << 4);
  information.sendSegment = segment;
  information.receiveSegment = connection.peerSegmentSeen;
  information.unacknowledged = segmentsOf(sent.outstanding, segment);
  information.selectivelyAcknowledged = segmentsOf(sent.sacked, segment);
  information.lost = segmentsOf(sent.lost, segment);
  information.pathMtu = connection.packetSize();
  information.receiveThreshold = connection.settings.receiveBuffer;
  information.sendThreshold =
    connection.congestion.threshold >= 0x7fff_ffff ? 0x7fff_ffff : connection.congestion.threshold / segment;
  information.congestionWindow = connection.congestion.window / segment;
  information.advertisedSegment = connection.peerSegment;
  information.receiveSpace = connection.settings.receiveBuffer;
  information.sendWindow = connection.window;
  information.receiveWindow = connection.advertisedEnd - connection.receiveNext;
}

function congestionState(socket: TcpSocket): u8 {
  const connection = socket.connection;
  if (connection.recovery === Recovery.Timeout) return CONGESTION_LOSS;
  if (connection.recovery === Recovery.Fast) return CONGESTION_RECOVERY;
  return connection.sent.sacked !== 0 || connection.duplicates !== 0 ? CONGESTION_DISORDER : CONGESTION_OPEN;
}

function segmentsOf(bytes: u32, segment: u32): u32 {
  return (bytes + segment - 1) / segment;
}

function describeTimes(information: Information, socket: TcpSocket, now: u64): void {
  const connection = socket.connection;
  const roundTrip = connection.roundTrip;
  information.retransmissionTimeout = u32(roundTrip.timeout() / MICROSECOND);
  information.acknowledgmentTimeout = connection.state === TcpState.Closed ? 0 : 40_000;
  information.roundTrip = u32(roundTrip.smoothed / MICROSECOND);
  information.roundTripVariation = u32(roundTrip.variation / MICROSECOND);
  information.smallestRoundTrip = roundTrip.smallest === 0 ? 0xffff_ffff : u32(roundTrip.smallest / MICROSECOND);
  information.lastDataSent = since(connection.lastSent, now);
  information.lastDataReceived = since(connection.lastDataReceived, now);
  information.lastAcknowledgmentReceived = since(connection.lastReceived, now);
}

/** Milliseconds. */
function since(time: u64, now: u64): u32 {
  return time === 0 || time > now ? 0 : u32((now - time) / MILLISECOND);
}

function describeCounts(information: Information, socket: TcpSocket): void {
  const connection = socket.connection;
  const flight = u64(connection.next - connection.unacknowledged);
  information.totalRetransmitted = connection.retransmissions;
  information.bytesSent = connection.bytesSent + connection.bytesRepeated;
  information.bytesRetransmitted = connection.bytesRepeated;
  information.bytesAcknowledged = connection.bytesSent > flight ? connection.bytesSent - flight : 0;
  information.bytesReceived = connection.bytesReceived;
  information.segmentsSent = connection.segmentsSent;
  information.segmentsReceived = connection.segmentsReceived;
  information.dataSegmentsSent = connection.dataSegmentsSent;
  information.dataSegmentsReceived = connection.dataSegmentsReceived;
  information.delivered =
    connection.dataSegmentsSent > connection.retransmissions ? connection.dataSegmentsSent - connection.retransmissions : 0;
  information.notSentBytes = connection.unsent();
}
