// One segment on its way: sequence numbers, window and options of the connection are put in front, and the path takes it.

import { isIpv4 } from "../address.ts";
import { Counter } from "../counters.ts";
import { DeviceFeature } from "../link_device.ts";
import { type PacketBuffer, SegmentKind } from "../packet.ts";
import { Protocol } from "../protocol.ts";
import type { Connection } from "./connection.ts";
import { MINIMUM_SHARE, PRESSED_SHARE } from "./memory.ts";
import { MAXIMUM_OPTIONS, MAXIMUM_SACK_BLOCKS, TIMESTAMPS_LENGTH } from "./options.ts";
import { completeChecksum, prependSegment, Segment, TcpFlag } from "./segment.ts";
import { isBefore } from "./sequence.ts";
import type { TcpSettings } from "./settings.ts";
import { TcpState } from "./state.ts";

const MILLISECOND = 1_000_000;
const IPV4_AND_TCP = 40;
const IPV6_AND_TCP = 60;
/** Growth of the receive buffer ends here (net.ipv4.tcp_rmem). */
const LARGEST_RECEIVE_BUFFER = 6_291_456;

/** Now, as the timestamps option has it: milliseconds, from somewhere else for each connection (RFC 7323, 5.4). */
export function timestampOf(connection: Connection, now: u64): u32 {
  return u32(now / MILLISECOND) + connection.timestampOffset;
}

/** Bytes of data that a segment may have on the path, without options. */
export function pathSegment(connection: Connection): u32 {
  const headers: u32 = isIpv4(connection.remoteAddress) ? IPV4_AND_TCP : IPV6_AND_TCP;
  const path = connection.path.maximumPacket;
  const limit = (connection.pathLimit === 0 ? path : minimum(path, connection.pathLimit)) - headers;
  const wanted = connection.settings.maximumSegment;
  return wanted === 0 ? limit : minimum(limit, wanted);
}

/** Settles how large segments are: what the peer takes, what the path takes, options taken off (RFC 6691). */
export function updateSegmentSize(connection: Connection): void {
  let size: u32 = minimum(connection.peerSegment, pathSegment(connection));
  if (connection.timestampsOn) size = size > TIMESTAMPS_LENGTH ? size - TIMESTAMPS_LENGTH : 1;
  connection.segmentSize = maximum(size, u32(1));
  connection.congestion.segment = connection.segmentSize;
  connection.settledFor = connection.path.maximumPacket;
}

/** The shift of our window for the largest buffer that there may be. */
export function chooseShift(settings: TcpSettings): u8 {
  if (!settings.useWindowScale) return 0;
  const largest = settings.receiveBufferFixed ? settings.receiveBuffer : u32(LARGEST_RECEIVE_BUFFER);
  let shift: u8 = 0;
  while (shift < 14 && u32(65535) << shift < largest) shift++;
  return shift;
}

/** Bytes that may be offered: the buffer's room, and never less than was offered already (RFC 9293, 3.8.6.2.2). */
export function offeredWindow(connection: Connection): u32 {
  const settings = connection.settings;
  const offered = isBefore(connection.receiveNext, connection.advertisedEnd)
    ? connection.advertisedEnd - connection.receiveNext
    : 0;
  const queue = connection.received;
  let limit: u32 = settings.receiveBuffer;
  if (settings.windowClamp !== 0) limit = minimum(limit, settings.windowClamp);
  const memory = connection.environment.tcpMemory();
  if (memory.isPressed()) limit = minimum(limit, memory.isFull() ? u32(MINIMUM_SHARE) : u32(PRESSED_SHARE));
  let room: u32 = limit > queue.length ? limit - queue.length : 0;
  // A silly window is none (RFC 9293, 3.8.6.2.2): the edge moves by a segment or half the buffer at a time.
  if (room < minimum(limit / 2, connection.peerSegmentSeen)) room = 0;
  // The memory of small packets counts as well.
  if (queue.footprint > u64(limit) * 2 + 65536) room = 0;
  return maximum(room, offered);
}

/** The window field, and notes what it promises. */
function windowField(connection: Connection, isSyn: boolean): u32 {
  const window = offeredWindow(connection);
  if (isSyn) {
    const field = minimum(window, u32(65535));
    connection.advertisedEnd = connection.receiveNext + field;
    return field;
  }
  if (connection.isRefusing) {
    connection.isRefusing = false;
    connection.hasRefused = true;
    connection.environment.counters().count(Counter.TcpExtTCPToZeroWindowAdv);
    return 0;
  }
  const shift = connection.receiveShift;
  const unit: u32 = u32(1) << shift;
  const offered = isBefore(connection.receiveNext, connection.advertisedEnd)
    ? connection.advertisedEnd - connection.receiveNext
    : 0;
  // What was offered is rounded up, so that the edge does not go back; what is new is rounded down.
  const rounded = window === offered ? (window + unit - 1) >> shift : window >> shift;
  const field = minimum(rounded, u32(65535));
  const end = connection.receiveNext + (field << shift);
  if (field !== 0) connection.hasRefused = false;
  if (field === 0 && offered !== 0) connection.environment.counters().count(Counter.TcpExtTCPToZeroWindowAdv);
  if (isBefore(connection.advertisedEnd, end)) connection.advertisedEnd = end;
  return field;
}

/** Fills in what all segments of a connection have, and sends. Takes the packet, which has the data. */
export function transmit(connection: Connection, packet: PacketBuffer, sequence: u32, flags: TcpFlag, now: u64): void {
  const segment = new Segment();
  const counters = connection.environment.counters();
  const isSyn = (flags & TcpFlag.Syn) !== TcpFlag.None;
  const payload = packet.totalLength();
  connection.segmentsSent++;
  if (payload !== 0) connection.dataSegmentsSent++;
  segment.sourcePort = connection.localPort;
  segment.destinationPort = connection.remotePort;
  segment.sequence = sequence;
  segment.flags = flags;
  segment.window = windowField(connection, isSyn);
  if ((flags & TcpFlag.Acknowledgment) !== TcpFlag.None) {
    segment.acknowledgment = connection.receiveNext;
    connection.unansweredSegments = 0;
    connection.unansweredBytes = 0;
    connection.acknowledgeNow = false;
    connection.timers.delayedAck = 0;
    if (connection.quickAcknowledgments > 0) connection.quickAcknowledgments--;
  }
  addOptions(connection, segment, isSyn, payload, now);
  if (connection.hasUrgent && isBefore(sequence, connection.urgentEnd)) {
    const distance = connection.urgentEnd - sequence;
    if (distance <= 65535) {
      segment.urgentPointer = distance;
      segment.flags |= TcpFlag.Urgent;
    }
  }
  if (payload > connection.segmentSize) {
    packet.segmentKind = isIpv4(connection.remoteAddress) ? SegmentKind.Tcp4 : SegmentKind.Tcp6;
    packet.segmentSize = connection.segmentSize;
  }
  prependSegment(packet, segment);
  if (connection.path.interface === null || connection.path.generation === 0) connection.output.resolve(connection.path, now);
  completeChecksum(packet, connection.path);
  counters.count(Counter.TcpOutSegs);
  connection.output.send(connection.path, packet, u8(Protocol.Tcp), now);
}

function addOptions(connection: Connection, segment: Segment, isSyn: boolean, payload: u32, now: u64): void {
  const options = segment.options;
  const settings = connection.settings;
  const isAnswer = isSyn && connection.state === TcpState.SynReceived;
  options.clear();
  if (isSyn) {
    const out = connection.path.interface;
    const mtu = out === null ? connection.path.maximumPacket : out.maximumPacket;
    const own = mtu - (isIpv4(connection.remoteAddress) ? IPV4_AND_TCP : IPV6_AND_TCP);
    options.maximumSegment = settings.maximumSegment === 0 ? minimum(own, u32(65495)) : minimum(own, settings.maximumSegment);
    options.hasWindowScale = isAnswer ? connection.receiveShift !== 0 || connection.windowShift !== 0 : settings.useWindowScale;
    options.windowShift = connection.receiveShift;
    options.sackPermitted = isAnswer ? connection.sackOn : settings.useSack;
  }
  if (isSyn && !isAnswer ? settings.useTimestamps : connection.timestampsOn) {
    options.hasTimestamp = true;
    options.timestamp = timestampOf(connection, now);
    options.timestampEcho = connection.recentTimestamp;
  }
  if (isSyn || !connection.sackOn || (!connection.received.hasEarly() && !connection.hasRepeat)) return;
  addSackBlocks(connection, segment, payload);
}

/** The ranges that came early, the latest first (RFC 2018, section 4), a repeated one before them (RFC 2883). Not in full segments. */
function addSackBlocks(connection: Connection, segment: Segment, payload: u32): void {
  const options = segment.options;
  const room = minimum(MAXIMUM_OPTIONS - options.length(), connection.segmentSize - minimum(payload, connection.segmentSize));
  const most = payload === 0 ? (MAXIMUM_OPTIONS - options.length() - 4) / 8 : room >= 12 ? (room - 4) / 8 : 0;
  const limit = minimum(u32(MAXIMUM_SACK_BLOCKS), most);
  if (limit === 0) return;
  let count: u32 = 0;
  if (connection.hasRepeat) {
    options.sackBlocks[0].start = connection.repeatStart;
    options.sackBlocks[0].end = connection.repeatEnd;
    connection.hasRepeat = false;
    count = 1;
  }
  connection.received.selectRanges((start, end) => {
    options.sackBlocks[count].start = start;
    options.sackBlocks[count].end = end;
    count++;
  }, limit - count);
  options.sackCount = count;
}

/** Whether the device takes payloads as fragments, and segments larger than its packets. */
export function canSegment(connection: Connection): boolean {
  const out = connection.path.interface;
  if (out === null || !out.hasFeature(DeviceFeature.Fragments)) return false;
  return out.hasFeature(isIpv4(connection.remoteAddress) ? DeviceFeature.Segment4 : DeviceFeature.Segment6);
}

/** A packet without data; null when there is no memory. */
export function emptyPacket(connection: Connection): PacketBuffer | null {
  return connection.environment.memory().allocatePacket(0);
}
