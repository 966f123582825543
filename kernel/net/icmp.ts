// ICMP for both versions (RFC 792, RFC 4443): echo, and errors about packets, sent and understood.
//
//   0      1      2          4                      8
//   | type | code | checksum | rest of the header   | echo: data; error: the packet that caused it, from its IP header on

import { Errno } from "../lib/errno.ts";
import type { IpAddress } from "./address.ts";
import { isIpv4, loadIpv4, loadIpv6 } from "./address.ts";
import { load16, load32, store16, store32 } from "./byte_order.ts";
import { addPacket, finishChecksum, pseudoHeaderSum } from "./checksum.ts";
import { IPV4_HEADER, IPV4_OFFSET_MASK } from "./ipv4.ts";
import { IPV6_HEADER, IPV6_MINIMUM_MTU } from "./ipv6.ts";
import type { NetworkMemory, PacketBuffer } from "./packet.ts";
import { Protocol } from "./protocol.ts";

export const ICMP_HEADER = 8;

export const enum Icmp4Type {
  EchoReply = 0,
  Unreachable = 3,
  Redirect = 5,
  Echo = 8,
  TimeExceeded = 11,
  ParameterProblem = 12,
}

/** Codes of `Unreachable`. */
export const enum Icmp4Unreachable {
  Network = 0,
  Host = 1,
  Protocol = 2,
  Port = 3,
  FragmentationNeeded = 4,
}

export const enum Icmp6Type {
  Unreachable = 1,
  PacketTooBig = 2,
  TimeExceeded = 3,
  ParameterProblem = 4,
  Echo = 128,
  EchoReply = 129,
  RouterSolicitation = 133,
  RouterAdvertisement = 134,
  NeighbourSolicitation = 135,
  NeighbourAdvertisement = 136,
  Redirect = 137,
}

/** Codes of ICMPv6 `Unreachable`. */
export const enum Icmp6Unreachable {
  NoRoute = 0,
  Prohibited = 1,
  Address = 3,
  Port = 4,
}

/** An error that somebody reported about a packet of ours. */
export class TransportError {
  /** Of the packet that we sent. */
  from!: IpAddress;
  to!: IpAddress;
  protocol: u8 = 0;
  fromPort: u16 = 0;
  toPort: u16 = 0;
  /** TCP's sequence number, by which a forged error is told (RFC 5927, 4.1). */
  sequence: u32 = 0;
  /** What a socket is told. */
  error: Errno = Errno.NONE;
  /** It ends a connection attempt (RFC 1122, 4.2.3.9), and UDP's next call. */
  isHard = false;
  /** The next router's size of packets; 0 when the error is another. */
  maximumPacket: u32 = 0;
  type: u8 = 0;
  code: u8 = 0;
  /** Who says so. */
  reporter!: IpAddress;
  /** Where in the ICMP packet the data of our packet's transport begin. */
  dataOffset: u32 = 0;
}

/** Whether the checksum of a received ICMP packet is right. It begins with the ICMP header. */
export function isIcmpIntact(packet: PacketBuffer): boolean {
  const sum = isIpv4(packet.from) ? u64(0) : pseudoHeaderSum(packet.from, packet.to, u8(Protocol.Icmpv6), packet.totalLength());
  return finishChecksum(addPacket(sum, packet, 0)) === 0;
}

/** Fills in the checksum of a packet that begins with its ICMP header. */
export function completeIcmp(packet: PacketBuffer, from: IpAddress, to: IpAddress): void {
  const data = packet.bytes();
  store16(data, 2, 0);
  const sum = isIpv4(from) ? u64(0) : pseudoHeaderSum(from, to, u8(Protocol.Icmpv6), packet.totalLength());
  store16(data, 2, finishChecksum(addPacket(sum, packet, 0)));
}

/**
 * What an ICMP error says about a packet of ours. The packet begins with the ICMP header.
 * False when it is no error, or does not have enough of the packet that caused it.
 */
export function parseTransportError(packet: PacketBuffer, error: TransportError): boolean {
  const data = packet.bytes();
  if (data.length < ICMP_HEADER) return false;
  error.type = data[0];
  error.code = data[1];
  error.maximumPacket = 0;
  error.isHard = false;
  error.reporter = packet.from;
  const inner = data.slice(ICMP_HEADER);
  if (isIpv4(packet.from)) {
    if (!classify4(error, data)) return false;
    return parseInner4(inner, error);
  }
  if (!classify6(error, data)) return false;
  return parseInner6(inner, error);
}

/** Type and code as an error number (those that Linux gives). */
function classify4(error: TransportError, data: Slice<u8>): boolean {
  error.error = Errno.HOSTUNREACH;
  if (error.type === u8(Icmp4Type.TimeExceeded)) return true;
  if (error.type === u8(Icmp4Type.ParameterProblem)) {
    error.error = Errno.PROTO;
    error.isHard = true;
    return true;
  }
  if (error.type !== u8(Icmp4Type.Unreachable) || error.code > 15) return false;
  switch (error.code) {
    case 0:
    case 6:
    case 9:
    case 11:
      error.error = Errno.NETUNREACH;
      break;
    case 2:
      error.error = Errno.NOPROTOOPT;
      error.isHard = true;
      break;
    case 3:
      error.error = Errno.CONNREFUSED;
      error.isHard = true;
      break;
    case 4:
      error.error = Errno.MSGSIZE;
      // A router of before RFC 1191 does not say: 576 gets through everywhere.
      error.maximumPacket = maximum(u32(load16(data, 6)), 68);
      if (load16(data, 6) === 0) error.maximumPacket = 576;
      break;
    case 5:
      error.error = Errno.OPNOTSUPP;
      error.isHard = true;
      break;
    case 8:
      error.error = Errno.NONET;
      error.isHard = true;
      break;
    default:
      break;
  }
  return true;
}

function classify6(error: TransportError, data: Slice<u8>): boolean {
  switch (error.type) {
    case 1:
      error.error = Errno.HOSTUNREACH;
      if (error.code === u8(Icmp6Unreachable.NoRoute)) error.error = Errno.NETUNREACH;
      if (error.code === u8(Icmp6Unreachable.Prohibited)) error.error = Errno.ACCES;
      if (error.code === u8(Icmp6Unreachable.Port)) error.error = Errno.CONNREFUSED;
      error.isHard = error.code === u8(Icmp6Unreachable.Port) || error.code === u8(Icmp6Unreachable.Prohibited);
      return true;
    case 2:
      error.error = Errno.MSGSIZE;
      // Nothing below the minimum is believed (RFC 8201, 4).
      error.maximumPacket = maximum(minimum(load32(data, 4), u32(65535)), IPV6_MINIMUM_MTU);
      return true;
    case 3:
      error.error = Errno.HOSTUNREACH;
      return true;
    case 4:
      error.error = Errno.PROTO;
      error.isHard = true;
      return true;
    default:
      return false;
  }
}

function parseInner4(inner: Slice<u8>, error: TransportError): boolean {
  if (inner.length < IPV4_HEADER || inner[0] >> 4 !== 4) return false;
  const headerLength = u64(inner[0] & 15) * 4;
  if (headerLength < IPV4_HEADER || (load16(inner, 6) & IPV4_OFFSET_MASK) !== 0) return false;
  error.from = loadIpv4(inner, 12);
  error.to = loadIpv4(inner, 16);
  error.protocol = inner[9];
  return parsePorts(inner, headerLength, error);
}

function parseInner6(inner: Slice<u8>, error: TransportError): boolean {
  if (inner.length < IPV6_HEADER || inner[0] >> 4 !== 6) return false;
  error.from = loadIpv6(inner, 8);
  error.to = loadIpv6(inner, 24);
  // A packet of IPv6 with such addresses was never ours: it would be taken for one of IPv4.
  if (isIpv4(error.from) || isIpv4(error.to)) return false;
  error.protocol = inner[6];
  return parsePorts(inner, IPV6_HEADER, error);
}

function parsePorts(inner: Slice<u8>, at: usize, error: TransportError): boolean {
  if (at + 8 > inner.length) return false;
  error.fromPort = load16(inner, at);
  error.toPort = load16(inner, at + 2);
  error.sequence = load32(inner, at + 4);
  error.dataOffset = u32(ICMP_HEADER + at + 8);
  return true;
}

/**
 * An error about a received packet, whose IP header is at its `networkOffset`: without an IP header of its own; null when there is no memory.
 * @param rest the second word of the header: a size, a pointer
 * @param limit bytes of the offending packet to include, at most
 */
export function makeIcmpError(
  memory: NetworkMemory,
  cause: PacketBuffer,
  type: u8,
  code: u8,
  rest: u32,
  limit: u32,
): PacketBuffer | null {
  // What lies in the storage from the IP header on: enough for the transport's header, which is all that anybody reads.
  const end = cause.start + cause.length;
  const length = minimum(end - cause.networkOffset, limit);
  const error = memory.allocatePacket(u64(ICMP_HEADER + length));
  if (error === null) return null;
  const data = error.extend(ICMP_HEADER + length);
  data[0] = type;
  data[1] = code;
  store16(data, 2, 0);
  store32(data, 4, rest);
  const from = u64(cause.networkOffset);
  data.slice(ICMP_HEADER).copyFrom(cause.storage.slice(from, from + u64(length)));
  return error;
}
