// ICMP that we send: errors about packets that came, and about packets of ours that cannot leave.

import { type IpAddress, isIpv4, isMulticast, isUnspecified, loadIpv4, loadIpv6 } from "./address.ts";
import { Counter } from "./counters.ts";
import { completeIcmp, Icmp4Type, Icmp4Unreachable, Icmp6Type, Icmp6Unreachable, makeIcmpError } from "./icmp.ts";
import { IPV4_HEADER } from "./ipv4.ts";
import { IPV6_HEADER, IPV6_MINIMUM_MTU } from "./ipv6.ts";
import type { Network } from "./network.ts";
import type { PacketBuffer } from "./packet.ts";
import { Path } from "./path.ts";
import { Protocol } from "./protocol.ts";

/** {@link Network.refuse} */
export function refusePort(network: Network, packet: PacketBuffer, now: u64): void {
  if (isIpv4(packet.from)) sendIcmpError(network, packet, u8(Icmp4Type.Unreachable), u8(Icmp4Unreachable.Port), 0, now);
  else sendIcmpError(network, packet, u8(Icmp6Type.Unreachable), u8(Icmp6Unreachable.Port), 0, now);
  packet.release();
}

/** {@link Network.sendError}: what RFC 1122, 3.2.2 and RFC 4443, 2.4 forbid is not sent. */
export function sendIcmpError(network: Network, cause: PacketBuffer, type: u8, code: u8, rest: u32, now: u64): void {
  const isGroup = cause.isBroadcast || cause.isMulticast || isMulticast(cause.to);
  if (isGroup || isUnspecified(cause.from) || isMulticast(cause.from) || !network.errorLimit.allow(now)) return;
  const four = isIpv4(cause.from);
  // 576 bytes for IPv4 (RFC 1812, 4.3.2.3), the minimum MTU for IPv6 (RFC 4443, 3.1), with the headers of both packets.
  const limit: u32 = four ? 576 - IPV4_HEADER - 8 : IPV6_MINIMUM_MTU - IPV6_HEADER - 8;
  const error = makeIcmpError(network.environment.memory(), cause, type, code, rest, limit);
  if (error === null) return;
  const counters = network.environment.counters();
  if (four && type === u8(Icmp4Type.Unreachable)) counters.count(Counter.IcmpOutDestUnreachs);
  if (four && type === u8(Icmp4Type.TimeExceeded)) counters.count(Counter.IcmpOutTimeExcds);
  if (!four && type === u8(Icmp6Type.Unreachable)) counters.count(Counter.Icmp6OutDestUnreachs);
  if (!four && type === u8(Icmp6Type.TimeExceeded)) counters.count(Counter.Icmp6OutTimeExcds);
  if (!four && type === u8(Icmp6Type.ParameterProblem)) counters.count(Counter.Icmp6OutParmProblems);
  sendIcmpPacket(network, error, cause.to, cause.from, 64, now);
}

/** {@link Network.sendIcmp} */
export function sendIcmpPacket(
  network: Network,
  packet: PacketBuffer,
  from: IpAddress,
  to: IpAddress,
  hopLimit: u8,
  now: u64,
): void {
  const path = new Path();
  path.destination = to;
  path.source = from;
  path.hopLimit = hopLimit;
  path.dontFragment = false;
  completeIcmp(packet, from, to);
  const four = isIpv4(to);
  network.environment.counters().count(four ? Counter.IcmpOutMsgs : Counter.Icmp6OutMsgs);
  network.sendSlow(path, packet, four ? u8(Protocol.Icmp) : u8(Protocol.Icmpv6), now);
}

/**
 * Nobody has the next hop's address: our own socket is told as a router would tell it, and Linux gives EHOSTUNREACH. The packet begins
 * with our IP header. Takes it.
 */
export function reportUnreachable(network: Network, packet: PacketBuffer, now: u64): void {
  packet.networkOffset = packet.start;
  const four = packet.bytes()[0] >> 4 === 4;
  const own = four ? loadIpv4(packet.bytes(), 12) : loadIpv6(packet.bytes(), 8);
  const type = four ? u8(Icmp4Type.Unreachable) : u8(Icmp6Type.Unreachable);
  const code = four ? u8(Icmp4Unreachable.Host) : u8(Icmp6Unreachable.Address);
  const error = makeIcmpError(network.environment.memory(), packet, type, code, 0, 512);
  if (error !== null) {
    network.environment.counters().count(four ? Counter.IcmpOutDestUnreachs : Counter.Icmp6OutDestUnreachs);
    sendIcmpPacket(network, error, own, own, 64, now);
  }
  packet.release();
}
