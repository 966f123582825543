// What a router says of the link (RFC 4861, 4.2 and 6.3.4): itself as a default router, prefixes, the MTU, name servers (RFC 8106).
//
//   0      1      2          4           5       6                 8                16
//   | type | code | checksum | hop limit | flags | router lifetime | two timers      | options

import type { EthernetAddress } from "./address.ts";
import { type IpAddress, isIpv4, isLinkLocal, isMulticast, loadIpv6, sharesPrefix, unspecified6 } from "./address.ts";
import { endOf, takePrefix } from "./address_configuration.ts";
import { load16, load32, load48 } from "./byte_order.ts";
import type { NetworkInterface } from "./interface.ts";
import { IPV6_MINIMUM_MTU } from "./ipv6.ts";
import { OptionWalk } from "./neighbour_discovery.ts";
import type { Network } from "./network.ts";
import type { PacketBuffer } from "./packet.ts";

const FIXED_LENGTH = 16;
const ON_LINK = 0x80;
const AUTONOMOUS = 0x40;
const ROUTER_METRIC = 1024;
/** Routes and prefixes that are taken from routers; what is known is renewed however many there are. */
const MAXIMUM_AUTOMATIC = 8;

/** Takes an advertisement whose checksum and hop limit are right. False: it is malformed. Keeps the packet. */
export function receiveAdvertisementOfRouter(
  network: Network,
  from: NetworkInterface,
  packet: PacketBuffer,
  data: Slice<u8>,
  now: u64,
): boolean {
  // RFC 4861, 6.1.2: only link-local sources are routers of the link.
  if (data.length < FIXED_LENGTH || !isLinkLocal(packet.from)) return false;
  const check = new OptionWalk(data, FIXED_LENGTH);
  while (check.next()) {}
  if (check.isMalformed) return false;
  if (!from.isAutomatic) return true;
  from.solicitationAt = 0;
  takeRouter(network, from, packet.from, load16(data, 6), now);
  const walk = new OptionWalk(data, FIXED_LENGTH);
  while (walk.next()) takeOption(network, from, packet.from, walk, now);
  network.changed();
  return true;
}

function takeRouter(network: Network, from: NetworkInterface, router: IpAddress, lifetime: u16, now: u64): void {
  if (lifetime === 0) {
    network.removeRoute(unspecified6(), 0, router, true, from);
    return;
  }
  const known = network.routes.findExact(unspecified6(), 0, router, true, from);
  // Routers that anybody invents must not take the whole table.
  if (known === null && countAutomatic(network) >= MAXIMUM_AUTOMATIC) return;
  const route = network.routes.add(unspecified6(), 0, router, true, from, ROUTER_METRIC);
  if (route === null) return;
  route.isAutomatic = true;
  route.validUntil = endOf(u32(lifetime), now);
  if (known === null) network.routeAdded(route);
}

function countAutomatic(network: Network): u32 {
  let count: u32 = 0;
  for (const route of network.routes.routes) if (route.isUsed && route.isAutomatic) count++;
  return count;
}

function takeOption(network: Network, from: NetworkInterface, router: IpAddress, walk: OptionWalk, now: u64): void {
  const value = walk.value;
  switch (walk.kind) {
    case 1:
      if (value.length === 8) from.neighbours.learn(router, load48(value, 2) as EthernetAddress, false, true, true, now);
      break;
    case 3:
      if (value.length === 32) takePrefixOption(network, from, value, now);
      break;
    case 5:
      if (value.length === 8) takeMtu(from, load32(value, 4));
      break;
    default:
      break;
  }
}

function takePrefixOption(network: Network, from: NetworkInterface, value: Slice<u8>, now: u64): void {
  const length = u32(value[2]);
  const prefix = loadIpv6(value, 16);
  // A prefix of IPv4-mapped addresses would be a route of IPv4.
  if (length > 128 || isLinkLocal(prefix) || isMulticast(prefix) || isIpv4(prefix)) return;
  const valid = load32(value, 4);
  const preferred = load32(value, 8);
  if ((value[3] & ON_LINK) !== 0) takeOnLink(network, from, prefix, length, valid, now);
  // An identifier has 64 bits, and so has the prefix (RFC 4862, 5.5.3 d).
  if ((value[3] & AUTONOMOUS) !== 0 && length === 64) takePrefix(network, from, prefix, preferred, valid, now);
}

/** RFC 4861, 6.3.4: the prefix's addresses are neighbours. */
function takeOnLink(network: Network, from: NetworkInterface, prefix: IpAddress, length: u32, valid: u32, now: u64): void {
  if (valid === 0) {
    network.removeRoute(prefix, length, unspecified6(), false, from);
    return;
  }
  if (length === 0 || sharesPrefix(prefix, unspecified6(), minimum(length, u32(128)))) return;
  const known = network.routes.findExact(prefix, length, unspecified6(), false, from);
  if (known === null && countAutomatic(network) >= MAXIMUM_AUTOMATIC) return;
  const route = network.routes.add(prefix, length, unspecified6(), false, from, 256);
  if (route === null) return;
  route.isAutomatic = true;
  route.validUntil = endOf(valid, now);
  if (known === null) network.routeAdded(route);
}

function takeMtu(from: NetworkInterface, mtu: u32): void {
  if (mtu >= IPV6_MINIMUM_MTU && mtu <= from.device.maximumPacket()) from.maximumPacket = mtu;
}
