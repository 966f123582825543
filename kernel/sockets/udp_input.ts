// What the network brings for sockets of UDP: datagrams, and what ICMP says about datagrams of ours. Any context; no lock is held.

import { isIpv4 } from "../net/address.ts";
import { Counter } from "../net/counters.ts";
import { parseTransportError, TransportError } from "../net/icmp.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { Datagram, parseDatagram, UDP_HEADER } from "../net/udp.ts";
import { reportOfError } from "./error_queue.ts";
import { MtuDiscovery } from "./inet_options.ts";
import { networkMemory } from "./network_memory.ts";
import { refusePacket, stack } from "./network_stack.ts";
import { PROTOCOL_UDP, type UdpSocket } from "./udp_socket.ts";
import { eachReceiver, withReceiver } from "./udp_table.ts";

/** Takes a packet of UDP. */
export function takeDatagram(packet: PacketBuffer, now: u64): void {
  const datagram = new Datagram();
  if (!parseDatagram(packet, datagram, stack.counters())) {
    packet.release();
    return;
  }
  packet.mark = u32(datagram.sourcePort);
  if (packet.isMulticast || packet.isBroadcast) {
    takeForMany(packet, datagram.destinationPort);
    return;
  }
  const found = withReceiver(packet, datagram.destinationPort, (socket) => deliver(socket, packet));
  if (found) return;
  stack.counters().count(isIpv4(packet.from) ? Counter.UdpNoPorts : Counter.Udp6NoPorts);
  // The refusal quotes the header again.
  packet.prepend(UDP_HEADER);
  refusePacket(packet, now);
}

/** Gives a datagram to a socket. Takes the packet. A bucket's lock is held. */
function deliver(socket: UdpSocket, packet: PacketBuffer): void {
  const counters = stack.counters();
  const four = isIpv4(packet.from);
  if (socket.enqueue(packet)) {
    counters.count(four ? Counter.UdpInDatagrams : Counter.Udp6InDatagrams);
    return;
  }
  counters.count(four ? Counter.UdpRcvbufErrors : Counter.Udp6RcvbufErrors);
  counters.count(four ? Counter.UdpInErrors : Counter.Udp6InErrors);
  packet.release();
}

/** What came to a group or to everybody is for every socket that wants it. Nobody is told when there is none (RFC 1122, 3.2.2). */
function takeForMany(packet: PacketBuffer, port: u16): void {
  const isFound = eachReceiver(packet, port, (socket) => {
    const copy = copyOf(packet);
    if (copy !== null) deliver(socket, copy);
  });
  if (!isFound) stack.counters().count(isIpv4(packet.from) ? Counter.UdpIgnoredMulti : Counter.Udp6IgnoredMulti);
  packet.release();
}

/** A packet with the same bytes, and what is known of where they are from; null: no memory. */
function copyOf(packet: PacketBuffer): PacketBuffer | null {
  const copy = networkMemory.allocatePacket(u64(packet.totalLength()));
  if (copy === null) return null;
  packet.copyOut(0, copy.extend(packet.totalLength()));
  copy.source = packet.source;
  copy.receivedAt = packet.receivedAt;
  copy.from = packet.from;
  copy.to = packet.to;
  copy.protocol = packet.protocol;
  copy.hopLimit = packet.hopLimit;
  copy.trafficClass = packet.trafficClass;
  copy.isBroadcast = packet.isBroadcast;
  copy.isMulticast = packet.isMulticast;
  copy.mark = packet.mark;
  return copy;
}

/** Takes an error of ICMP about a packet of ours. */
export function takeNetworkError(packet: PacketBuffer, now: u64): void {
  const error = new TransportError();
  if (!parseTransportError(packet, error)) {
    packet.release();
    return;
  }
  if (error.protocol === PROTOCOL_UDP) {
    takeUdpError(packet, error);
    return;
  }
  packet.release();
  const takeTcp = stack.takeTcpError;
  if (takeTcp !== null) takeTcp(error, now);
}

/** Takes the packet. */
function takeUdpError(packet: PacketBuffer, error: TransportError): void {
  let kept = false;
  // The socket is that which would get an answer: the packet's sender is whom our datagram was for.
  packet.from = error.to;
  packet.to = error.from;
  packet.mark = u32(error.toPort);
  withReceiver(packet, error.fromPort, (socket) => {
    kept = fail(socket, packet, error);
  });
  if (!kept) packet.release();
}

/** Tells a socket of an error. A bucket's lock is held. @returns whether it took the packet */
function fail(socket: UdpSocket, packet: PacketBuffer, error: TransportError): boolean {
  const internet = socket.internet;
  let isHard = error.isHard;
  if (error.maximumPacket !== 0) {
    const discovery = isIpv4(error.to) ? internet.mtuDiscover : internet.mtuDiscover6;
    if (discovery === MtuDiscovery.Dont) return false;
    isHard = true;
  }
  if (!internet.wantsErrors(error.to)) {
    // Who is not connected would not know which it was.
    if (isHard && socket.remotePort !== 0) socket.fail(error.error, null);
    return false;
  }
  packet.trimFront(error.dataOffset);
  socket.fail(error.error, reportOfError(error, error.reporter, packet));
  return true;
}
