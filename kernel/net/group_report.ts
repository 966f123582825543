// What routers are told of multicast groups: IGMPv3 (RFC 3376, 4.2) or IGMPv2 (RFC 2236, 2), MLDv2 (RFC 3810, 5.2) or MLDv1 (RFC 2710, 3).
// Every message has the Router Alert option (RFC 2113, RFC 2711), and does not leave the link.

import { type IpAddress, ipv4, ipv6, isIpv4, multicastEthernet, storeIpv4, storeIpv6, unspecified6 } from "./address.ts";
import { store16, store32 } from "./byte_order.ts";
import { checksumOf } from "./checksum.ts";
import { Counter } from "./counters.ts";
import { etherTypeOf, prependEthernet } from "./ethernet.ts";
import { multicastRouters6 } from "./groups.ts";
import { completeIcmp } from "./icmp.ts";
import type { NetworkInterface } from "./interface.ts";
import { IPV4_HEADER } from "./ipv4.ts";
import { prependIpv6 } from "./ipv6.ts";
import { allRouters } from "./neighbour_discovery.ts";
import type { Network } from "./network.ts";
import type { PacketBuffer } from "./packet.ts";
import { Path } from "./path.ts";
import { Protocol } from "./protocol.ts";

/** The types of a group's record (RFC 3376, 4.2.12; RFC 3810, 5.2.12): memberships of all sources are "exclude none". */
export const enum GroupReport {
  Current = 2,
  /** CHANGE_TO_INCLUDE_MODE, of no source. */
  Left = 3,
  /** CHANGE_TO_EXCLUDE_MODE. */
  Joined = 4,
}

const ROUTER_ALERT_4 = 0x9404_0000;
const IGMP_V2_REPORT = 0x16;
const IGMP_V2_LEAVE = 0x17;
const IGMP_V3_REPORT = 0x22;
const MLD_V1_REPORT = 131;
const MLD_V1_DONE = 132;
const MLD_V2_REPORT = 143;
const HOP_BY_HOP = 8;

/** Sends a report of one group. Without memory it is as if lost. */
export function sendGroupReport(
  network: Network,
  out: NetworkInterface,
  group: IpAddress,
  report: GroupReport,
  usesOlder: boolean,
): void {
  const packet = network.environment.memory().allocatePacket(32);
  if (packet === null) return;
  const to = isIpv4(group)
    ? makeIgmp(network, out, packet, group, report, usesOlder)
    : makeListenerReport(network, out, packet, group, report, usesOlder);
  prependEthernet(packet, multicastEthernet(to), out.device.hardwareAddress(), etherTypeOf(packet));
  network.handOver(out, packet);
}

/** @returns where it goes */
function makeIgmp(
  network: Network,
  out: NetworkInterface,
  packet: PacketBuffer,
  group: IpAddress,
  report: GroupReport,
  usesOlder: boolean,
): IpAddress {
  const isLeave = report === GroupReport.Left;
  let to: IpAddress = ipv4(0xe000_0016);
  const data = packet.extend(usesOlder ? 8 : 16);
  data.fill(0);
  if (usesOlder) {
    data[0] = isLeave ? IGMP_V2_LEAVE : IGMP_V2_REPORT;
    storeIpv4(data, 4, group);
    to = isLeave ? ipv4(0xe000_0002) : group;
  } else {
    data[0] = IGMP_V3_REPORT;
    store16(data, 6, 1);
    data[8] = u8(u32(report));
    storeIpv4(data, 12, group);
  }
  store16(data, 2, checksumOf(data));
  const own = out.sourceFor(ipv4(0xe000_0001));
  prependAlerted4(packet, own === null ? ipv4(0) : own.address, to, network.nextIdentification());
  network.environment.counters().count(Counter.IpOutRequests);
  return to;
}

/** The header of IPv4 with the option (RFC 2113), a time to live of 1, and the service that routers prefer (RFC 3376, 4). */
function prependAlerted4(packet: PacketBuffer, from: IpAddress, to: IpAddress, identification: u16): void {
  packet.prepend(IPV4_HEADER + 4);
  const header = packet.bytes();
  header[0] = 0x46;
  header[1] = 0xc0;
  store16(header, 2, u16(packet.length));
  store16(header, 4, identification);
  store16(header, 6, 0x4000);
  header[8] = 1;
  header[9] = u8(Protocol.Igmp);
  store16(header, 10, 0);
  storeIpv4(header, 12, from);
  storeIpv4(header, 16, to);
  store32(header, IPV4_HEADER, ROUTER_ALERT_4);
  store16(header, 10, checksumOf(header.slice(0, IPV4_HEADER + 4)));
}

/** @returns where it goes */
function makeListenerReport(
  network: Network,
  out: NetworkInterface,
  packet: PacketBuffer,
  group: IpAddress,
  report: GroupReport,
  usesOlder: boolean,
): IpAddress {
  const isLeave = report === GroupReport.Left;
  let to: IpAddress = multicastRouters6();
  const data = packet.extend(usesOlder ? 24 : 28);
  data.fill(0);
  if (usesOlder) {
    data[0] = isLeave ? MLD_V1_DONE : MLD_V1_REPORT;
    storeIpv6(data, 8, group);
    to = isLeave ? allRouters() : group;
  } else {
    data[0] = MLD_V2_REPORT;
    store16(data, 6, 1);
    data[8] = u8(u32(report));
    storeIpv6(data, 12, group);
    network.environment.counters().count(Counter.Icmp6OutMLDv2Reports);
  }
  const own = out.sourceFor(ipv6(0xfe80_0000_0000_0000, 1));
  const path = new Path();
  // Before there is a link-local address the report comes from nobody (RFC 3810, 5.2.13).
  path.source = own === null ? unspecified6() : own.address;
  path.destination = to;
  path.hopLimit = 1;
  completeIcmp(packet, path.source, to);
  packet.prepend(HOP_BY_HOP);
  const options = packet.bytes();
  options[0] = u8(Protocol.Icmpv6);
  options[1] = 0;
  // Router Alert for MLD (RFC 2711, 2.1), and two bytes of padding.
  store32(options, 2, 0x0502_0000);
  store16(options, 6, 0x0100);
  prependIpv6(packet, path, u8(Protocol.HopByHop));
  network.environment.counters().count(Counter.Icmp6OutMsgs);
  return to;
}
