// What stands in front of each packet of the network card: checksums that the other side is to finish, and segments to be cut or
// joined. VIRTIO 1.2, 5.1.6.
//
//   0       1       2               4              6                8                 10        12
//   | flags | kind  | header length | segment size | checksum start | checksum offset | buffers |

import { addressOf, pointer } from "unsafe";
import { ChecksumState, type PacketBuffer, SegmentKind } from "../net/packet.ts";

export const HEADER_SIZE = 12;

const enum HeaderFlag {
  NeedsChecksum = 1,
  DataValid = 2,
}

const enum HeaderSegments {
  None = 0,
  Tcp4 = 1,
  Tcp6 = 4,
  /** Explicit congestion notification, in the same byte. */
  Ecn = 0x80,
}

/** Puts the header in front of a packet to send. */
export function putHeader(packet: PacketBuffer): void {
  const isPartial = packet.checksum === ChecksumState.Partial;
  const flags: u64 = isPartial ? HeaderFlag.NeedsChecksum : 0;
  const start = isPartial ? u64(packet.checksumStart - packet.start) : 0;
  const offset = isPartial ? u64(packet.checksumOffset) : 0;
  let kind: u64 = HeaderSegments.None;
  let headers: u64 = 0;
  if (packet.segmentKind !== SegmentKind.None) {
    kind = u64(u32(packet.segmentKind === SegmentKind.Tcp4 ? HeaderSegments.Tcp4 : HeaderSegments.Tcp6));
    headers = u64(minimum(packet.length, 0xffff));
  }
  const size = u64(packet.segmentSize);
  packet.prepend(HEADER_SIZE);
  const place = addressOf(packet.bytes());
  // Safe: prepend has made room for all 12 bytes, and this processor stores words anywhere.
  const words = pointer<u32>(place);
  words[0] = u32(flags | (kind << 8) | (headers << 16));
  words[1] = u32(size | (start << 16));
  words[2] = u32(offset);
}

/** In how many buffers a received packet is, by the one that it begins in. */
export function buffersOf(first: Slice<u8>): u32 {
  return u32(first[10]) | (u32(first[11]) << 8);
}

/** What else the header says of a received packet, for takeHeader(). */
export function headerOf(first: Slice<u8>): u64 {
  // Safe: a receive buffer is a page.
  return pointer<u64>(addressOf(first))[0];
}

/** Takes over what the device said of a packet. Nothing of it is an offset that anybody follows. */
export function takeHeader(header: u64, packet: PacketBuffer): void {
  if ((header & (HeaderFlag.NeedsChecksum | HeaderFlag.DataValid)) !== 0) packet.checksum = ChecksumState.Verified;
  const kind = (header >> 8) & 0xff & ~u64(HeaderSegments.Ecn);
  if (kind === u64(HeaderSegments.Tcp4)) packet.segmentKind = SegmentKind.Tcp4;
  if (kind === u64(HeaderSegments.Tcp6)) packet.segmentKind = SegmentKind.Tcp6;
  packet.segmentSize = u32(header >> 32) & 0xffff;
}
