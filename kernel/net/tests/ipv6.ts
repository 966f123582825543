// IPv6 on a link: automatic addresses (RFC 4862), duplicates (5.4), routers (RFC 4861, 6.3), lifetimes, neighbours, fragments.

import { print } from "prelude/host.ts";
import { Errno } from "../../lib/errno.ts";
import { type IpAddress, ipv4, ipv4Of, ipv6, isLinkLocal, isSameAddress, multicastEthernet, storeIpv6 } from "../address.ts";
import { store16, store32 } from "../byte_order.ts";
import { Counter } from "../counters.ts";
import { AddressState } from "../interface.ts";
import { DeviceFeature } from "../link_device.ts";
import { allNodes, frameMessage } from "../neighbour_discovery.ts";
import type { PacketBuffer } from "../packet.ts";
import { Path } from "../path.ts";
import { connectHosts, destroyHost, type Host, makeHost, type PacketReceiver } from "../simulation/host.ts";
import { Wire } from "../simulation/wire.ts";
import { Datagram, parseDatagram, prependUdp } from "../udp.ts";

const SECOND = 1_000_000_000;
const PREFIX = 0x2001_0db8_0000_0001;

class Sink implements PacketReceiver {
  datagrams: u32 = 0;
  bytes: u64 = 0;

  receivePacket(host: Host, packet: PacketBuffer, now: u64): void {
    const datagram = new Datagram();
    if (packet.protocol === 17 && parseDatagram(packet, datagram, host.environment.counts)) {
      this.datagrams++;
      this.bytes += u64(packet.totalLength());
    }
    packet.release();
  }
}

const sink = new Sink();

/** Host a says that it is a router, and announces the prefix. */
function advertise(wire: Wire, lifetime: u16, preferred: u32, valid: u32): void {
  advertisePrefix(wire, lifetime, ipv6(PREFIX, 0), 64, preferred, valid);
}

function advertisePrefix(wire: Wire, lifetime: u16, prefix: IpAddress, length: u8, preferred: u32, valid: u32): void {
  const router = wire.a;
  const packet = router.environment.heap.allocatePacket(56)!;
  const data = packet.extend(56);
  data.fill(0);
  data[0] = 134;
  data[4] = 64;
  store16(data, 6, lifetime);
  data[16] = 5;
  data[17] = 1;
  store32(data, 20, 1400);
  data[24] = 3;
  data[25] = 4;
  data[26] = length;
  data[27] = 0xc0;
  store32(data, 28, valid);
  store32(data, 32, preferred);
  storeIpv6(data, 40, prefix);
  const own = router.card.sourceFor(ipv6(0xfe80_0000_0000_0000, 1))!;
  frameMessage(router.network, router.card, packet, own.address, allNodes(), multicastEthernet(allNodes()));
  router.network.handOver(router.card, packet);
  wire.runUntil(wire.now + SECOND / 10);
}

function send(wire: Wire, to: IpAddress, length: u32): Errno {
  const path = new Path();
  path.destination = to;
  const error = wire.b.network.resolve(path, wire.now);
  if (error !== Errno.NONE) return error;
  const packet = wire.b.environment.heap.allocatePacket(u64(length))!;
  packet.extend(length).fill(7);
  prependUdp(packet, path, 1, 2);
  if (!wire.b.network.sendFast(path, packet, 17, wire.now)) wire.b.network.sendSlow(path, packet, 17, wire.now);
  wire.runUntil(wire.now + SECOND / 10);
  return Errno.NONE;
}

function begin(hardwareB: u64): Wire {
  const a = makeHost(0x0200_0000_0001, DeviceFeature.None, 1500);
  const b = makeHost(hardwareB, DeviceFeature.None, 1500);
  connectHosts(a, b, 3);
  a.network.addInterface(a.local);
  a.network.addInterface(a.card);
  b.network.addInterface(b.local);
  b.network.addInterface(b.card);
  a.receiver = sink;
  const wire = create(Wire, a, b)!;
  a.network.startAutomatic(a.card, wire.now);
  wire.runUntil(wire.now + 20 * SECOND);
  b.network.startAutomatic(b.card, wire.now);
  return wire;
}

function end(wire: Wire): void {
  wire.a.link.clear();
  wire.b.link.clear();
  wire.a.card.neighbours.clear();
  wire.b.card.neighbours.clear();
  assert(wire.a.environment.heap.packets === 0 && wire.b.environment.heap.packets === 0, "every packet came back");
  destroyHost(wire.a);
  destroyHost(wire.b);
  destroy(wire);
}

function testAutomatic(): void {
  const wire = begin(0x0200_0000_0002);
  const linkLocal = ipv6(0xfe80_0000_0000_0000, 0x0000_00ff_fe00_0002);
  const card = wire.b.card;
  assert(card.findAddress(linkLocal) === null && card.findEntry(linkLocal) !== null, "RFC 4862, 5.4: tentative at first");
  wire.runUntil(wire.now + 2 * SECOND);
  assert(card.findAddress(linkLocal) !== null && isLinkLocal(linkLocal), "RFC 4862, 5.3: a link-local address");
  assert(wire.b.count(Counter.Icmp6OutRouterSolicits) === 1, "RFC 4861, 6.3.7: routers are asked");
  assert(send(wire, ipv6(0x2001_0db8_0000_0009, 1), 10) === Errno.NETUNREACH, "no route yet");
  advertise(wire, 1800, 600, 8000);
  wire.runUntil(wire.now + 10 * SECOND);
  assert(wire.b.count(Counter.Icmp6OutRouterSolicits) === 1, "and not any more once one has answered");
  const address = ipv6(PREFIX, 0x0000_00ff_fe00_0002);
  assert(card.findAddress(address) !== null && card.maximumPacket === 1400, "RFC 4862, 5.5: an address of the prefix");
  const path = new Path();
  path.destination = ipv6(0x2001_0db8_0000_0009, 1);
  assert(wire.b.network.resolve(path, wire.now) === Errno.NONE && isLinkLocal(path.nextHop), "RFC 4861, 6.3.6: by the router");
  assert(isSameAddress(path.source, address), "RFC 6724, rule 2: from the global address");
  const router = wire.a.card.sourceFor(ipv6(0xfe80_0000_0000_0000, 1))!;
  send(wire, router.address, 100);
  send(wire, router.address, 5000);
  assert(sink.datagrams === 2 && sink.bytes === 5100, "RFC 4861, 7.2; RFC 8200, 4.5: neighbours, fragments");
  wire.runUntil(wire.now + 700 * SECOND);
  assert(card.findEntry(address)!.state === AddressState.Deprecated, "RFC 4862, 5.5.4: deprecated");
  advertise(wire, 0, 100, 100);
  assert(card.findEntry(address)!.state === AddressState.Preferred, "and again preferred");
  assert(wire.b.network.resolve(path, wire.now) === Errno.NETUNREACH, "RFC 4861, 6.3.4: no router any more");
  wire.runUntil(wire.now + 1000 * SECOND);
  assert(card.findEntry(address) !== null, "RFC 4862, 5.5.3 e: two hours at least");
  wire.runUntil(wire.now + 8000 * SECOND);
  assert(card.findEntry(address) === null, "and then it is gone");
  end(wire);
}

/** What a router says of IPv4-mapped addresses would be a route of IPv4, longer than any. */
function testMapped(): void {
  const wire = begin(0x0200_0000_0002);
  wire.runUntil(wire.now + 5 * SECOND);
  const network = wire.b.network;
  network.addAddress(wire.b.card, ipv4Of(192, 0, 2, 2), 24);
  network.addRoute(ipv4(0), 0, ipv4Of(192, 0, 2, 1), true, wire.b.card, 0);
  advertisePrefix(wire, 1800, ipv4Of(198, 51, 100, 0), 120, 600, 8000);
  const path = new Path();
  path.destination = ipv4Of(198, 51, 100, 7);
  assert(network.resolve(path, wire.now) === Errno.NONE, "there is a router");
  assert(isSameAddress(path.nextHop, ipv4Of(192, 0, 2, 1)), "which an advertisement of IPv6 does not replace");
  end(wire);
}

/** Somebody announces prefix after prefix: there is a bound, what is known is renewed, and there is room for an address of IPv4. */
function testManyPrefixes(): void {
  const wire = begin(0x0200_0000_0002);
  wire.runUntil(wire.now + 5 * SECOND);
  const card = wire.b.card;
  const network = wire.b.network;
  for (let i: u64 = 0; i < 40; i++) advertisePrefix(wire, 1800, ipv6(PREFIX + i, 0), 64, 3000, 3000);
  wire.runUntil(wire.now + 2 * SECOND);
  let addresses: u32 = 0;
  for (const own of card.addresses) if (own.state !== AddressState.None) addresses++;
  let routes: u32 = 0;
  for (const route of network.routes.routes) if (route.isUsed && route.isAutomatic) routes++;
  assert(addresses === 8 && routes === 8, "eight of each");
  assert(network.addAddress(card, ipv4Of(192, 0, 2, 2), 24) === Errno.NONE, "and one that is not automatic");
  wire.runUntil(wire.now + 2000 * SECOND);
  advertisePrefix(wire, 1800, ipv6(PREFIX, 0), 64, 3000, 3000);
  wire.runUntil(wire.now + 2000 * SECOND);
  const first = network.routes.findExact(ipv6(PREFIX, 0), 64, ipv6(0, 0), false, card);
  const second = network.routes.findExact(ipv6(PREFIX + 1, 0), 64, ipv6(0, 0), false, card);
  assert(first !== null && second === null, "renewed in time, and forgotten in time");
  end(wire);
}

/** Both have the same Ethernet address in the part that matters. */
function testDuplicate(): void {
  const wire = begin(0x0200_0000_0001);
  const address = ipv6(0xfe80_0000_0000_0000, 0x0000_00ff_fe00_0001);
  wire.runUntil(wire.now + 5 * SECOND);
  assert(wire.a.card.findAddress(address) !== null, "the first keeps it");
  assert(wire.b.card.findEntry(address) === null, "RFC 4862, 5.4.5: the second does not get it");
  end(wire);
}

/** @export main */
export function main(): i32 {
  testAutomatic();
  testDuplicate();
  testMapped();
  testManyPrefixes();
  print("IPv6: automatic addresses, duplicates, routers, lifetimes, neighbours, fragments");
  return 0;
}
