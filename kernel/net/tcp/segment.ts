// The header of TCP (RFC 9293, 3.1), read and written.
//
//   0             2                  4          8                12       13      14       16         18       20
//   | source port | destination port | sequence | acknowledgment | offset | flags | window | checksum | urgent | options | data

import { load16, load32, store16, store32 } from "../byte_order.ts";
import { addPacket, finishChecksum, foldedSum, pseudoHeaderSum } from "../checksum.ts";
import { Counter, type Counters } from "../counters.ts";
import { DeviceFeature } from "../link_device.ts";
import { ChecksumState, type PacketBuffer } from "../packet.ts";
import type { Path } from "../path.ts";
import { Protocol } from "../protocol.ts";
import { TcpOptions } from "./options.ts";

export const TCP_HEADER = 20;

export const enum TcpFlag {
  None = 0,
  Fin = 1,
  Syn = 2,
  Reset = 4,
  Push = 8,
  Acknowledgment = 16,
  Urgent = 32,
  /** RFC 3168: congestion experienced, as the receiver echoes it; window reduced. */
  Echo = 64,
  Reduced = 128,
}

/** What a segment says. */
export class Segment {
  sourcePort: u16 = 0;
  destinationPort: u16 = 0;
  sequence: u32 = 0;
  acknowledgment: u32 = 0;
  flags: TcpFlag = TcpFlag.None;
  /** As in the header, not scaled. */
  window: u32 = 0;
  urgentPointer: u32 = 0;
  /** Bytes of data. */
  length: u32 = 0;
  readonly options = new TcpOptions();

  /** @inline */
  has(flag: TcpFlag): boolean {
    return (this.flags & flag) !== TcpFlag.None;
  }

  /** The sequence number after the segment; SYN and FIN take one each. */
  end(): u32 {
    return this.sequence + this.span();
  }

  /** SEG.LEN. */
  span(): u32 {
    return this.length + (this.has(TcpFlag.Syn) ? 1 : 0) + (this.has(TcpFlag.Fin) ? 1 : 0);
  }
}

/** Checks a segment and takes its header off the packet. False: drop it, it is counted. */
export function parseSegment(packet: PacketBuffer, segment: Segment, counters: Counters): boolean {
  counters.count(Counter.TcpInSegs);
  const header = packet.bytes();
  const headerLength = header.length >= TCP_HEADER ? u64(header[12] >> 4) * 4 : 0;
  if (headerLength < TCP_HEADER || headerLength > header.length) {
    counters.count(Counter.TcpInErrs);
    return false;
  }
  if (packet.checksum !== ChecksumState.Verified && !isIntact(packet)) {
    counters.count(Counter.TcpInCsumErrors);
    counters.count(Counter.TcpInErrs);
    return false;
  }
  segment.sourcePort = load16(header, 0);
  segment.destinationPort = load16(header, 2);
  segment.sequence = load32(header, 4);
  segment.acknowledgment = load32(header, 8);
  segment.flags = u32(header[13]) as TcpFlag;
  segment.window = u32(load16(header, 14));
  segment.urgentPointer = u32(load16(header, 18));
  segment.length = packet.totalLength() - u32(headerLength);
  const isSyn = segment.has(TcpFlag.Syn);
  if (headerLength === TCP_HEADER) segment.options.clear();
  else segment.options.parse(header.slice(TCP_HEADER, headerLength), isSyn);
  packet.trimFront(u32(headerLength));
  return true;
}

function isIntact(packet: PacketBuffer): boolean {
  const sum = pseudoHeaderSum(packet.from, packet.to, u8(Protocol.Tcp), packet.totalLength());
  return finishChecksum(addPacket(sum, packet, 0)) === 0;
}

/** Puts the header in front of the data. Window and urgent pointer are stored as they are. */
export function prependSegment(packet: PacketBuffer, segment: Segment): void {
  const options = segment.options;
  const optionsLength = options.length();
  packet.prepend(TCP_HEADER + optionsLength);
  const header = packet.bytes();
  store16(header, 0, segment.sourcePort);
  store16(header, 2, segment.destinationPort);
  store32(header, 4, segment.sequence);
  store32(header, 8, segment.acknowledgment);
  header[12] = u8(((TCP_HEADER + optionsLength) / 4) << 4);
  header[13] = u8(u32(segment.flags));
  store16(header, 14, u16(segment.window));
  store16(header, 16, 0);
  store16(header, 18, u16(segment.urgentPointer));
  if (optionsLength !== 0) options.write(header.slice(TCP_HEADER, u64(TCP_HEADER + optionsLength)));
}

/** Fills in the checksum, or leaves it to the device. The path is resolved. */
export function completeChecksum(packet: PacketBuffer, path: Path): void {
  const sum = pseudoHeaderSum(path.source, path.destination, u8(Protocol.Tcp), packet.totalLength());
  const header = packet.bytes();
  const out = path.interface;
  if (out !== null && out.hasFeature(DeviceFeature.TransmitChecksum)) {
    packet.checksum = ChecksumState.Partial;
    packet.checksumStart = packet.start;
    packet.checksumOffset = 16;
    store16(header, 16, foldedSum(sum));
    return;
  }
  store16(header, 16, finishChecksum(addPacket(sum, packet, 0)));
}
