// Two hosts on a link, below the transports: ARP (RFC 826), echo (RFC 792), datagrams (RFC 768), fragments (RFC 791, 3.2), errors.

import { print } from "prelude/host.ts";
import { Errno } from "../../lib/errno.ts";
import { ipv4Of, isSameAddress } from "../address.ts";
import { Counter } from "../counters.ts";
import { parseTransportError, TransportError } from "../icmp.ts";
import { DeviceFeature } from "../link_device.ts";
import type { PacketBuffer } from "../packet.ts";
import { Path } from "../path.ts";
import { connectHosts, destroyHost, type Host, makeHost, type PacketReceiver } from "../simulation/host.ts";
import { Wire } from "../simulation/wire.ts";
import { Datagram, parseDatagram, prependUdp } from "../udp.ts";

const MILLISECOND = 1_000_000;
const SECOND = 1_000_000_000;
const CLOSED_PORT = 9;

/** Keeps what it is given for the test to look at. */
class Collector implements PacketReceiver {
  datagrams: u32 = 0;
  bytes: u64 = 0;
  echoes: u32 = 0;
  readonly error = new TransportError();
  errors: u32 = 0;

  clear(): void {
    this.datagrams = 0;
    this.bytes = 0;
    this.echoes = 0;
    this.errors = 0;
  }

  receivePacket(host: Host, packet: PacketBuffer, now: u64): void {
    const datagram = new Datagram();
    if (packet.protocol === 17) {
      if (!parseDatagram(packet, datagram, host.environment.counts)) {
        packet.release();
        return;
      }
      if (datagram.destinationPort === CLOSED_PORT) {
        packet.prepend(8);
        host.network.refuse(packet, now);
        return;
      }
      this.datagrams++;
      this.bytes += u64(packet.totalLength());
      for (let i: u32 = 0; i < packet.length; i++) assert(packet.bytes()[i] === u8(i * 7), "the bytes are those that were sent");
    } else if (parseTransportError(packet, this.error)) {
      this.errors++;
    } else {
      this.echoes++;
    }
    packet.release();
  }
}

const collectorA = new Collector();
const collectorB = new Collector();

function begin(features: DeviceFeature): Wire {
  const a = makeHost(0x0200_0000_0001, features, 1500);
  const b = makeHost(0x0200_0000_0002, features, 1500);
  connectHosts(a, b, 1);
  a.begin(ipv4Of(192, 0, 2, 1), 24);
  b.begin(ipv4Of(192, 0, 2, 2), 24);
  a.receiver = collectorA;
  b.receiver = collectorB;
  collectorA.clear();
  collectorB.clear();
  return create(Wire, a, b)!;
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

function sendDatagram(wire: Wire, path: Path, length: u32, port: u16): Errno {
  const packet = wire.a.environment.heap.allocatePacket(u64(length))!;
  const data = packet.extend(length);
  for (let i: u32 = 0; i < length; i++) data[i] = u8(i * 7);
  if (wire.a.network.resolve(path, wire.now) !== Errno.NONE) {
    packet.release();
    return Errno.NETUNREACH;
  }
  prependUdp(packet, path, 1000, port);
  if (wire.a.network.sendFast(path, packet, 17, wire.now)) return Errno.NONE;
  return wire.a.network.sendSlow(path, packet, 17, wire.now);
}

function testDatagrams(features: DeviceFeature): void {
  const wire = begin(features);
  const path = new Path();
  path.destination = ipv4Of(192, 0, 2, 2);
  for (let i: u32 = 0; i < 10; i++) sendDatagram(wire, path, 100 + i, 53);
  wire.runUntil(wire.now + 10 * MILLISECOND);
  // Three wait for the neighbour's address, the others push each other out.
  assert(collectorB.datagrams === 3, "those that waited for ARP arrive");
  assert(wire.a.count(Counter.LinkNeighbourQueueDrops) === 7, "the others are counted");
  assert(
    wire.a.count(Counter.LinkArpOutRequests) === 1 && wire.b.count(Counter.LinkArpOutReplies) === 1,
    "one question, one answer",
  );
  for (let i: u32 = 0; i < 1400; i += 13) sendDatagram(wire, path, i, 53);
  wire.runUntil(wire.now + 10 * MILLISECOND);
  assert(collectorB.datagrams === 3 + 108, "all sizes arrive");
  end(wire);
}

function testFragments(): void {
  const wire = begin(DeviceFeature.TransmitChecksum);
  const path = new Path();
  path.destination = ipv4Of(192, 0, 2, 2);
  sendDatagram(wire, path, 10, 53);
  wire.runUntil(wire.now + 10 * MILLISECOND);
  path.mayFragment = false;
  assert(sendDatagram(wire, path, 1473, 53) === Errno.MSGSIZE, "too large for the path, and not to be cut");
  path.mayFragment = true;
  sendDatagram(wire, path, 1473, 53);
  wire.runUntil(wire.now + 10 * MILLISECOND);
  assert(collectorB.datagrams === 2, "cut by us, although nobody else may cut what fits");
  path.dontFragment = false;
  sendDatagram(wire, path, 65507, 53);
  wire.b.link.faults.loss = 0;
  wire.a.link.faults.reordering = 500;
  wire.a.link.faults.jitter = 5 * MILLISECOND;
  wire.a.link.faults.duplication = 300;
  for (let i: u32 = 0; i < 50; i++) sendDatagram(wire, path, 5000 + i * 8, 53);
  wire.runUntil(wire.now + 100 * MILLISECOND);
  assert(collectorB.datagrams >= 53, "put together, in any order, with repetitions");
  // A part is missing: what came of it is given up after 30 seconds, and its sender told.
  const before = collectorA.errors;
  const received = collectorB.datagrams;
  wire.a.link.faults.duplication = 0;
  wire.a.link.faults.lostFrames = 0;
  wire.a.link.frames = 1;
  wire.a.link.faults.lostFrames = 4;
  sendDatagram(wire, path, 4000, 53);
  wire.runUntil(wire.now + SECOND);
  assert(collectorB.datagrams === received, "nothing incomplete is delivered");
  wire.runUntil(wire.now + 31 * SECOND);
  assert(wire.b.count(Counter.IpReasmTimeout) >= 1, "it timed out");
  assert(collectorA.errors > before && collectorA.error.type === 11 && collectorA.error.code === 1, "RFC 792: time exceeded");
  end(wire);
}

function testErrors(): void {
  const wire = begin(DeviceFeature.None);
  const path = new Path();
  path.destination = ipv4Of(192, 0, 2, 2);
  sendDatagram(wire, path, 10, CLOSED_PORT);
  wire.runUntil(wire.now + 10 * MILLISECOND);
  const error = collectorA.error;
  assert(collectorA.errors === 1 && error.error === Errno.CONNREFUSED && error.isHard, "RFC 1122, 4.1.3.1: port unreachable");
  assert(
    error.fromPort === 1000 && error.toPort === CLOSED_PORT && isSameAddress(error.to, path.destination),
    "about our packet",
  );
  // Nobody has this address: the packets are dropped after three questions, and the sender told.
  const nobody = new Path();
  nobody.destination = ipv4Of(192, 0, 2, 77);
  sendDatagram(wire, nobody, 10, 53);
  wire.runUntil(wire.now + 5 * SECOND);
  wire.a.drainLoopback(wire.now);
  assert(wire.a.count(Counter.LinkArpOutRequests) === 4, "three questions for it");
  assert(collectorA.errors === 2 && collectorA.error.error === Errno.HOSTUNREACH, "host unreachable");
  const forged = new Path();
  forged.destination = ipv4Of(192, 0, 2, 2);
  forged.source = ipv4Of(192, 0, 2, 2);
  sendDatagram(wire, forged, 10, 53);
  wire.runUntil(wire.now + 10 * MILLISECOND);
  assert(wire.b.count(Counter.IpInAddrErrors) === 1 && collectorB.datagrams === 0, "a packet that says it is from us");
  const far = new Path();
  far.destination = ipv4Of(198, 51, 100, 1);
  assert(sendDatagram(wire, far, 10, 53) === Errno.NETUNREACH, "no route");
  wire.a.network.addRoute(ipv4Of(0, 0, 0, 0), 0, ipv4Of(192, 0, 2, 2), true, wire.a.card, 0);
  assert(sendDatagram(wire, far, 10, 53) === Errno.NONE, "the default route");
  wire.runUntil(wire.now + 10 * MILLISECOND);
  assert(wire.b.count(Counter.IpInAddrErrors) === 2, "which is not for the router itself");
  end(wire);
}

/** Whatever is done to frames, nothing wrong is delivered, and nothing is lost but packets. */
function testSpoiledFrames(): void {
  const wire = begin(DeviceFeature.None);
  const path = new Path();
  path.destination = ipv4Of(192, 0, 2, 2);
  path.dontFragment = false;
  sendDatagram(wire, path, 10, 53);
  wire.runUntil(wire.now + 10 * MILLISECOND);
  wire.a.link.faults.corruption = 900;
  for (let i: u32 = 0; i < 2000; i++) {
    sendDatagram(wire, path, i * 2, 53);
    wire.runUntil(wire.now + MILLISECOND);
  }
  assert(collectorB.datagrams > 100, "some arrive");
  wire.runUntil(wire.now + 60 * SECOND);
  end(wire);
}

function testLoopback(): void {
  const wire = begin(DeviceFeature.None);
  const path = new Path();
  path.destination = ipv4Of(127, 0, 0, 1);
  sendDatagram(wire, path, 60000, 53);
  path.destination = ipv4Of(192, 0, 2, 1);
  path.source = ipv4Of(192, 0, 2, 1);
  path.generation = 0;
  sendDatagram(wire, path, 100, 53);
  wire.a.drainLoopback(wire.now);
  assert(collectorA.datagrams === 2 && collectorA.bytes === 60100, "both by the loopback");
  end(wire);
}

/** @export main */
export function main(): i32 {
  testDatagrams(DeviceFeature.None);
  testDatagrams(DeviceFeature.TransmitChecksum | DeviceFeature.Fragments);
  testFragments();
  testErrors();
  testSpoiledFrames();
  testLoopback();
  print("network: neighbours, datagrams, fragments, errors, spoiled frames, loopback");
  return 0;
}
