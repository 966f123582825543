// UDP datagrams (RFC 768; over IPv6 RFC 8200, 8.1), read and made.
//
//   0             2                  4        6          8
//   | source port | destination port | length | checksum | data

import { isIpv4 } from "./address.ts";
import { load16, store16 } from "./byte_order.ts";
import { addPacket, finishChecksum, foldedSum, pseudoHeaderSum } from "./checksum.ts";
import { Counter, type Counters } from "./counters.ts";
import { DeviceFeature } from "./link_device.ts";
import { ChecksumState, type PacketBuffer } from "./packet.ts";
import type { Path } from "./path.ts";
import { Protocol } from "./protocol.ts";

export const UDP_HEADER = 8;
/** Bytes of data that fit into one datagram of IPv4. */
export const UDP_MAXIMUM = 65507;

/** The ports of a datagram; its addresses are in the packet. */
export class Datagram {
  sourcePort: u16 = 0;
  destinationPort: u16 = 0;
}

/** Checks a datagram, and takes its header and padding off. False: drop it, it is counted. */
export function parseDatagram(packet: PacketBuffer, datagram: Datagram, counters: Counters): boolean {
  const four = isIpv4(packet.from);
  const total = packet.totalLength();
  if (packet.length < UDP_HEADER) {
    counters.count(four ? Counter.UdpInErrors : Counter.Udp6InErrors);
    return false;
  }
  const header = packet.bytes();
  const length = u32(load16(header, 4));
  if (length < UDP_HEADER || length > total) {
    counters.count(four ? Counter.UdpInErrors : Counter.Udp6InErrors);
    return false;
  }
  packet.truncate(length);
  const sum = load16(header, 6);
  // 0 is "none", which IPv6 does not allow.
  const isUnchecked = packet.checksum === ChecksumState.Verified || (sum === 0 && four);
  if (!isUnchecked && (sum === 0 || !isIntact(packet))) {
    counters.count(four ? Counter.UdpInCsumErrors : Counter.Udp6InCsumErrors);
    counters.count(four ? Counter.UdpInErrors : Counter.Udp6InErrors);
    return false;
  }
  datagram.sourcePort = load16(header, 0);
  datagram.destinationPort = load16(header, 2);
  packet.trimFront(UDP_HEADER);
  return true;
}

function isIntact(packet: PacketBuffer): boolean {
  const sum = pseudoHeaderSum(packet.from, packet.to, u8(Protocol.Udp), packet.totalLength());
  return finishChecksum(addPacket(sum, packet, 0)) === 0;
}

/** Puts the header in front of data. The path is resolved: source and interface decide about the checksum. */
export function prependUdp(packet: PacketBuffer, path: Path, sourcePort: u16, destinationPort: u16): void {
  packet.prepend(UDP_HEADER);
  const header = packet.bytes();
  const total = packet.totalLength();
  store16(header, 0, sourcePort);
  store16(header, 2, destinationPort);
  store16(header, 4, u16(total));
  store16(header, 6, 0);
  const sum = pseudoHeaderSum(path.source, path.destination, u8(Protocol.Udp), total);
  const out = path.interface;
  // A datagram that will be cut has to have its sum before.
  const fits = total + 40 <= path.maximumPacket;
  if (fits && out !== null && out.hasFeature(DeviceFeature.TransmitChecksum)) {
    packet.checksum = ChecksumState.Partial;
    packet.checksumStart = packet.start;
    packet.checksumOffset = 6;
    store16(header, 6, foldedSum(sum));
    return;
  }
  const checksum = finishChecksum(addPacket(sum, packet, 0));
  // 0 would mean that there is none.
  store16(header, 6, checksum === 0 ? 0xffff : checksum);
}
