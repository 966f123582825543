// Multicast groups: who gets packets for them, and what routers are told (RFC 3376, RFC 2236, RFC 3810, RFC 2710).

import { print } from "prelude/host.ts";
import { Errno } from "../../lib/errno.ts";
import { type IpAddress, ipv4, ipv4Of, ipv6, multicastEthernet, storeIpv4, storeIpv6 } from "../address.ts";
import { load16, load48, store16 } from "../byte_order.ts";
import { checksumOf } from "../checksum.ts";
import { EtherType, prependEthernet } from "../ethernet.ts";
import { completeIcmp } from "../icmp.ts";
import { prependIpv4 } from "../ipv4.ts";
import { prependIpv6 } from "../ipv6.ts";
import { DeviceFeature } from "../link_device.ts";
import type { PacketBuffer } from "../packet.ts";
import { Path } from "../path.ts";
import { connectHosts, destroyHost, type Host, makeHost, type PacketReceiver } from "../simulation/host.ts";
import { Wire } from "../simulation/wire.ts";
import { Datagram, parseDatagram, prependUdp } from "../udp.ts";

const SECOND = 1_000_000_000;
const ETHERNET = 14;

class Sink implements PacketReceiver {
  datagrams: u32 = 0;

  receivePacket(host: Host, packet: PacketBuffer, now: u64): void {
    const datagram = new Datagram();
    if (packet.protocol === 17 && parseDatagram(packet, datagram, host.environment.counts)) this.datagrams++;
    packet.release();
  }
}

const sinkA = new Sink();
const sinkB = new Sink();

/** What a host has told routers: looked at on the link, before it arrives. */
class Told {
  reports: u32 = 0;
  type: u8 = 0;
  record: u8 = 0;
  to: u64 = 0;
}

/** Takes all frames that host b has sent, and sums those about groups. */
function look(wire: Wire, seconds: u64, told: Told): void {
  told.reports = 0;
  const until = wire.now + seconds * SECOND;
  while (wire.now < until) {
    wire.now += SECOND / 10;
    wire.b.link.now = wire.now;
    wire.b.network.timer(wire.now);
    for (let frame = wire.b.link.take(wire.now + SECOND); frame !== null; frame = wire.b.link.take(wire.now + SECOND)) {
      const data = frame.bytes();
      const four = load16(data, 12) === 0x0800;
      const isIgmp = four && data[ETHERNET + 9] === 2;
      const isMld = !four && data[ETHERNET + 6] === 0 && data[ETHERNET + 40] === 58;
      if (isIgmp) note(told, data, ETHERNET + 24);
      if (isIgmp)
        assert(data[ETHERNET] === 0x46 && data[ETHERNET + 8] === 1 && data[ETHERNET + 20] === 0x94, "RFC 3376, 4: Router Alert");
      if (isIgmp)
        assert(checksumOf(data.slice(ETHERNET, ETHERNET + 24)) === 0 && checksumOf(data.slice(ETHERNET + 24)) === 0, "sums");
      if (isMld) note(told, data, ETHERNET + 48);
      if (isMld) assert(data[ETHERNET + 7] === 1 && data[ETHERNET + 42] === 5, "RFC 3810, 5: Router Alert");
      frame.release();
    }
  }
}

function note(told: Told, data: Slice<u8>, at: usize): void {
  told.reports++;
  told.type = data[at];
  told.record = at + 8 < data.length ? data[at + 8] : 0;
  told.to = load48(data, 0);
}

function begin(): Wire {
  const a = makeHost(0x0200_0000_0001, DeviceFeature.None, 1500);
  const b = makeHost(0x0200_0000_0002, DeviceFeature.TransmitChecksum, 1500);
  connectHosts(a, b, 3);
  a.begin(ipv4Of(192, 0, 2, 1), 24);
  b.begin(ipv4Of(192, 0, 2, 2), 24);
  a.receiver = sinkA;
  b.receiver = sinkB;
  return create(Wire, a, b)!;
}

function end(wire: Wire): void {
  wire.a.link.clear();
  wire.b.link.clear();
  assert(wire.a.environment.heap.packets === 0 && wire.b.environment.heap.packets === 0, "every packet came back");
  destroyHost(wire.a);
  destroyHost(wire.b);
  destroy(wire);
}

function send(from: Host, to: IpAddress, loops: boolean, now: u64): void {
  const path = new Path();
  path.destination = to;
  path.multicastLoop = loops;
  assert(from.network.resolve(path, now) === Errno.NONE, "a group needs no route");
  const packet = from.environment.heap.allocatePacket(100)!;
  packet.extend(100).fill(7);
  prependUdp(packet, path, 1, 5353);
  if (!from.network.sendFast(path, packet, 17, now)) from.network.sendSlow(path, packet, 17, now);
}

function testDelivery(): void {
  const wire = begin();
  const group = ipv4Of(224, 0, 0, 251);
  send(wire.a, group, true, wire.now);
  wire.runUntil(wire.now + SECOND);
  assert(sinkA.datagrams === 0 && sinkB.datagrams === 0, "nobody listens");
  assert(wire.b.network.joinGroup(wire.b.card, group) === Errno.NONE, "joined");
  send(wire.a, group, true, wire.now);
  wire.runUntil(wire.now + SECOND);
  assert(sinkB.datagrams === 1 && sinkA.datagrams === 0, "RFC 1112, 7: a member gets it");
  assert(wire.a.network.joinGroup(wire.a.card, group) === Errno.NONE, "joined here too");
  send(wire.a, group, true, wire.now);
  send(wire.a, group, false, wire.now);
  wire.a.drainLoopback(wire.now);
  wire.runUntil(wire.now + SECOND);
  assert(sinkB.datagrams === 3 && sinkA.datagrams === 1, "RFC 1112, 6.1: our own, unless IP_MULTICAST_LOOP is off");
  send(wire.a, ipv4Of(192, 0, 2, 255), true, wire.now);
  wire.a.drainLoopback(wire.now);
  wire.runUntil(wire.now + SECOND);
  assert(sinkB.datagrams === 4 && sinkA.datagrams === 2, "a broadcast is for us as well");
  assert(wire.b.network.leaveGroup(wire.b.card, group) === Errno.NONE, "left");
  assert(wire.b.network.leaveGroup(wire.b.card, group) === Errno.ADDRNOTAVAIL, "once");
  send(wire.a, group, false, wire.now);
  wire.runUntil(wire.now + SECOND);
  assert(sinkB.datagrams === 4, "no member any more");
  assert(wire.b.network.joinGroup(wire.b.card, ipv4Of(192, 0, 2, 9)) === Errno.INVAL, "no group");
  let joined: u32 = 0;
  for (let i: u32 = 0; i < 100; i++) if (wire.a.network.joinGroup(wire.a.card, ipv4(0xe100_0000 + i)) === Errno.NONE) joined++;
  assert(joined === 63, "so many and no more");
  end(wire);
}

/** A query of IGMP from host a. */
function query4(wire: Wire, group: IpAddress, length: u32, code: u8): void {
  const packet = wire.a.environment.heap.allocatePacket(16)!;
  const data = packet.extend(length);
  data.fill(0);
  data[0] = 0x11;
  data[1] = code;
  storeIpv4(data, 4, group);
  store16(data, 2, checksumOf(data));
  const path = new Path();
  path.source = ipv4Of(192, 0, 2, 1);
  path.destination = ipv4(0xe000_0001);
  path.hopLimit = 1;
  prependIpv4(packet, path, 2, 1);
  prependEthernet(packet, multicastEthernet(path.destination), wire.a.link.address, EtherType.Ipv4);
  wire.a.network.handOver(wire.a.card, packet);
  deliver(wire);
}

function deliver(wire: Wire): void {
  const frame = wire.a.link.take(wire.now + SECOND)!;
  wire.b.receive(wire.b.card, frame, wire.now);
}

function testReports4(): void {
  const wire = begin();
  const told = new Told();
  const group = ipv4Of(239, 1, 2, 3);
  wire.b.network.joinGroup(wire.b.card, group);
  wire.b.network.joinGroup(wire.b.card, group);
  look(wire, 5, told);
  assert(told.reports === 2 && told.type === 0x22 && told.record === 4, "RFC 3376, 5.1: told twice that it was joined");
  assert(told.to === 0x0100_5e00_0016, "RFC 3376, 4.2.14: to 224.0.0.22");
  query4(wire, ipv4(0), 12, 100);
  look(wire, 11, told);
  assert(told.reports === 1 && told.record === 2, "RFC 3376, 5.2: an answer within the time that is asked for");
  query4(wire, ipv4Of(239, 1, 2, 4), 12, 10);
  look(wire, 5, told);
  assert(told.reports === 0, "about another group there is nothing to say");
  query4(wire, group, 12, 10);
  look(wire, 2, told);
  assert(told.reports === 1, "about this one there is");
  query4(wire, ipv4(0), 8, 10);
  look(wire, 2, told);
  assert(
    told.reports === 1 && told.type === 0x16 && told.to === 0x0100_5e01_0203,
    "RFC 3376, 7.2.1: in the older version to older routers",
  );
  wire.b.network.leaveGroup(wire.b.card, group);
  look(wire, 2, told);
  assert(told.reports === 0, "one still wants it");
  wire.b.network.leaveGroup(wire.b.card, group);
  look(wire, 3, told);
  assert(told.reports === 2 && told.type === 0x17 && told.to === 0x0100_5e00_0002, "RFC 2236, 3: left");
  end(wire);
}

/** A query of MLD from host a. */
function query6(wire: Wire, group: IpAddress, length: u32, milliseconds: u16): void {
  const packet = wire.a.environment.heap.allocatePacket(32)!;
  const data = packet.extend(length);
  data.fill(0);
  data[0] = 130;
  store16(data, 4, milliseconds);
  storeIpv6(data, 8, group);
  const path = new Path();
  path.source = ipv6(0xfe80_0000_0000_0000, 1);
  path.destination = ipv6(0xff02_0000_0000_0000, 1);
  path.hopLimit = 1;
  completeIcmp(packet, path.source, path.destination);
  prependIpv6(packet, path, 58);
  prependEthernet(packet, multicastEthernet(path.destination), wire.a.link.address, EtherType.Ipv6);
  wire.a.network.handOver(wire.a.card, packet);
  deliver(wire);
}

function testReports6(): void {
  const wire = begin();
  const told = new Told();
  const address = ipv6(0x2001_0db8_0000_0000, 0x12_3456);
  wire.b.network.addAddress(wire.b.card, address, 64);
  look(wire, 5, told);
  assert(
    told.reports === 2 && told.type === 143 && told.record === 4,
    "RFC 4861, 7.2.1: the group of an address is joined, and told",
  );
  query6(wire, ipv6(0, 0), 28, 1000);
  look(wire, 2, told);
  assert(told.reports === 1 && told.type === 143 && told.record === 2 && told.to === 0x3333_0000_0016, "RFC 3810, 6.2");
  query6(wire, ipv6(0, 0), 24, 1000);
  look(wire, 2, told);
  assert(told.reports === 1 && told.type === 131 && told.to === 0x3333_ff12_3456, "RFC 3810, 8.2.1: the older version");
  wire.b.network.removeAddress(wire.b.card, wire.b.card.findEntry(address)!);
  look(wire, 3, told);
  assert(told.reports === 2 && told.type === 132, "RFC 2710, 4: and left with it");
  end(wire);
}

/** @export main */
export function main(): i32 {
  testDelivery();
  testReports4();
  testReports6();
  print("groups: delivery, loop, IGMP, MLD");
  return 0;
}
