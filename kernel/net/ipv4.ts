// The header of IPv4 (RFC 791, 3.1), read and written.
//
//   0        1         2              4                6               8     9          10         12       16            20
//   | 4, IHL  | service | total length | identification | flags, offset | TTL | protocol | checksum | source | destination | options

import { loadIpv4, storeIpv4 } from "./address.ts";
import { load16, store16 } from "./byte_order.ts";
import { checksumOf } from "./checksum.ts";
import { Counter, type Counters } from "./counters.ts";
import type { PacketBuffer } from "./packet.ts";
import type { Path } from "./path.ts";

export const IPV4_HEADER = 20;
export const IPV4_DONT_FRAGMENT = 0x4000;
export const IPV4_MORE_FRAGMENTS = 0x2000;
export const IPV4_OFFSET_MASK = 0x1fff;

/** RFC 791: end of options, no operation, loose and strict source route. */
const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_LOOSE_ROUTE = 131;
const OPTION_STRICT_ROUTE = 137;

/**
 * Checks the header of a received packet, cuts off the link's padding and notes what the header says. The packet begins with the
 * header, and still does after it. False: it is to be dropped, and is counted.
 */
export function parseIpv4(packet: PacketBuffer, counters: Counters): boolean {
  const header = packet.bytes();
  if (header.length < IPV4_HEADER || header[0] >> 4 !== 4) {
    counters.count(Counter.IpInHdrErrors);
    return false;
  }
  const headerLength = u64(header[0] & 15) * 4;
  const totalLength = load16(header, 2);
  if (headerLength < IPV4_HEADER || headerLength > header.length || u64(totalLength) < headerLength) {
    counters.count(Counter.IpInHdrErrors);
    return false;
  }
  if (u32(totalLength) > packet.totalLength()) {
    counters.count(Counter.IpExtInTruncatedPkts);
    return false;
  }
  if (checksumOf(header.slice(0, headerLength)) !== 0) {
    counters.count(Counter.IpExtInCsumErrors);
    counters.count(Counter.IpInHdrErrors);
    return false;
  }
  if (headerLength > IPV4_HEADER && !acceptOptions(header.slice(IPV4_HEADER, headerLength))) {
    counters.count(Counter.IpInHdrErrors);
    return false;
  }
  packet.truncate(u32(totalLength));
  packet.networkOffset = packet.start;
  packet.transportOffset = packet.start + u32(headerLength);
  packet.trafficClass = header[1];
  packet.hopLimit = header[8];
  packet.protocol = header[9];
  packet.from = loadIpv4(header, 12);
  packet.to = loadIpv4(header, 16);
  return true;
}

/** Options are skipped, but they have to be well formed, and none may route a packet through us (RFC 7126, 4.3 and 4.4). */
function acceptOptions(options: Slice<u8>): boolean {
  let at: usize = 0;
  while (at < options.length) {
    const kind = options[at];
    if (kind === OPTION_END) return true;
    if (kind === OPTION_NOP) {
      at++;
      continue;
    }
    if (kind === OPTION_LOOSE_ROUTE || kind === OPTION_STRICT_ROUTE) return false;
    if (at + 1 >= options.length) return false;
    const length = u64(options[at + 1]);
    if (length < 2 || at + length > options.length) return false;
    at += length;
  }
  return true;
}

/** Whether a received packet is a part of a larger one. */
export function isIpv4Fragment(packet: PacketBuffer): boolean {
  return (load16(packet.bytes(), 6) & (IPV4_MORE_FRAGMENTS | IPV4_OFFSET_MASK)) !== 0;
}

/** Puts a header in front of what a transport has made. A packet that a device will cut has the length of the whole. */
export function prependIpv4(packet: PacketBuffer, path: Path, protocol: u8, identification: u16): void {
  packet.prepend(IPV4_HEADER);
  const header = packet.bytes();
  header[0] = 0x45;
  header[1] = path.trafficClass;
  store16(header, 2, u16(packet.totalLength()));
  store16(header, 4, identification);
  store16(header, 6, path.dontFragment ? IPV4_DONT_FRAGMENT : 0);
  header[8] = path.hopLimit;
  header[9] = protocol;
  store16(header, 10, 0);
  storeIpv4(header, 12, path.source);
  storeIpv4(header, 16, path.destination);
  store16(header, 10, checksumOf(header.slice(0, IPV4_HEADER)));
}
