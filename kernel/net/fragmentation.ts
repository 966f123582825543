// Cutting a packet that is too large for its path into fragments (RFC 791, 3.2; RFC 8200, 4.5): datagrams of UDP, long echoes.
// TCP never comes here: it makes segments that fit.

import { Errno } from "../lib/errno.ts";
import { isIpv4 } from "./address.ts";
import { store16, store32 } from "./byte_order.ts";
import { checksumOf } from "./checksum.ts";
import { Counter } from "./counters.ts";
import { IPV4_HEADER, IPV4_MORE_FRAGMENTS, prependIpv4 } from "./ipv4.ts";
import { IPV6_HEADER, prependIpv6 } from "./ipv6.ts";
import type { Network } from "./network.ts";
import type { PacketBuffer } from "./packet.ts";
import type { Path } from "./path.ts";
import { Protocol } from "./protocol.ts";

const FRAGMENT_HEADER = 8;

/** Sends a packet without its IP header in parts, each copied. Takes it. */
export function fragmentPacket(network: Network, path: Path, packet: PacketBuffer, protocol: u8, now: u64): Errno {
  const four = isIpv4(path.destination);
  const counters = network.environment.counters();
  const headers: u32 = four ? IPV4_HEADER : IPV6_HEADER + FRAGMENT_HEADER;
  const room: u32 = (path.maximumPacket - headers) & ~u32(7);
  const total = packet.totalLength();
  const identification = four ? u32(network.nextIdentification()) : u32(network.environment.random());
  for (let offset: u32 = 0; offset < total; offset += room) {
    const length = minimum(room, total - offset);
    const part = network.environment.memory().allocatePacket(u64(length));
    if (part === null) {
      counters.count(four ? Counter.IpFragFails : Counter.Ip6FragFails);
      packet.release();
      return Errno.NOBUFS;
    }
    packet.copyOut(offset, part.extend(length));
    const hasMore = offset + length < total;
    if (four) prepend4(part, path, protocol, u16(identification), offset, hasMore);
    else prepend6(part, path, protocol, identification, offset, hasMore);
    counters.count(four ? Counter.IpFragCreates : Counter.Ip6FragCreates);
    network.sendPrepared(path, part, now);
  }
  counters.count(four ? Counter.IpFragOKs : Counter.Ip6FragOKs);
  counters.count(four ? Counter.IpOutRequests : Counter.Ip6OutRequests);
  packet.release();
  return Errno.NONE;
}

function prepend4(part: PacketBuffer, path: Path, protocol: u8, identification: u16, offset: u32, hasMore: boolean): void {
  prependIpv4(part, path, protocol, identification);
  const header = part.bytes();
  store16(header, 6, u16(offset / 8) | (hasMore ? IPV4_MORE_FRAGMENTS : 0));
  store16(header, 10, 0);
  store16(header, 10, checksumOf(header.slice(0, IPV4_HEADER)));
}

function prepend6(part: PacketBuffer, path: Path, protocol: u8, identification: u32, offset: u32, hasMore: boolean): void {
  part.prepend(FRAGMENT_HEADER);
  const header = part.bytes();
  header[0] = protocol;
  header[1] = 0;
  // The offset counts in units of 8, and lies above three bits of flags.
  store16(header, 2, u16(offset) | (hasMore ? 1 : 0));
  store32(header, 4, identification);
  prependIpv6(part, path, u8(Protocol.Fragment));
}
