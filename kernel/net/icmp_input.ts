// What becomes of a received ICMP packet, of both versions: echoes are answered, errors handed up, neighbours listened to.

import { isIpv4 } from "./address.ts";
import { Counter } from "./counters.ts";
import { receiveListenerQuery } from "./group_membership.ts";
import { ICMP_HEADER, Icmp4Type, Icmp6Type, isIcmpIntact, parseTransportError, TransportError } from "./icmp.ts";
import type { NetworkInterface } from "./interface.ts";
import { receiveNeighbourDiscovery } from "./neighbour_discovery.ts";
import type { Network } from "./network.ts";
import type { PacketBuffer } from "./packet.ts";

/** The last type that RFC 792 and RFC 950 have: what is beyond is an error to whoever counts. */
const LAST_TYPE = 18;

/**
 * Takes the packet, which begins with the ICMP header.
 * @returns the packet, when it is for a transport: an error about a packet of ours, or an answer to an echo
 */
export function receiveIcmp(network: Network, from: NetworkInterface, packet: PacketBuffer, now: u64): PacketBuffer | null {
  const counters = network.environment.counters();
  const four = isIpv4(packet.from);
  counters.count(four ? Counter.IcmpInMsgs : Counter.Icmp6InMsgs);
  if (packet.length < ICMP_HEADER) {
    counters.count(four ? Counter.IcmpInErrors : Counter.Icmp6InErrors);
    packet.release();
    return null;
  }
  if (!isIcmpIntact(packet)) {
    counters.count(four ? Counter.IcmpInCsumErrors : Counter.Icmp6InCsumErrors);
    counters.count(four ? Counter.IcmpInErrors : Counter.Icmp6InErrors);
    packet.release();
    return null;
  }
  if (four) return receive4(network, packet, now);
  // What is for nobody here: only neighbour discovery looks at addresses that are not (yet) ours.
  const type = packet.bytes()[0];
  if (type >= u8(Icmp6Type.RouterSolicitation) && type <= u8(Icmp6Type.Redirect)) {
    receiveNeighbourDiscovery(network, from, packet, now);
    packet.release();
    return null;
  }
  if (!packet.isMulticast && network.findLocal(packet.to) === null) {
    counters.count(Counter.Ip6InAddrErrors);
    packet.release();
    return null;
  }
  return receive6(network, from, packet, now);
}

function receive4(network: Network, packet: PacketBuffer, now: u64): PacketBuffer | null {
  const counters = network.environment.counters();
  switch (packet.bytes()[0]) {
    case 8:
      counters.count(Counter.IcmpInEchos);
      // A broadcast ping is not answered: nobody should be flooded through us (RFC 1122, 3.2.2.6 allows it).
      if (packet.isBroadcast || packet.isMulticast) break;
      counters.count(Counter.IcmpOutEchoReps);
      answerEcho(network, packet, u8(Icmp4Type.EchoReply), now);
      return null;
    case 0:
      counters.count(Counter.IcmpInEchoReps);
      return packet;
    case 3:
      counters.count(Counter.IcmpInDestUnreachs);
      return receiveError(network, packet, now);
    case 11:
      counters.count(Counter.IcmpInTimeExcds);
      return receiveError(network, packet, now);
    case 12:
      counters.count(Counter.IcmpInParmProbs);
      return receiveError(network, packet, now);
    case 5:
      // Redirects are not followed: routes of a guest do not change by what the link says.
      counters.count(Counter.IcmpInRedirects);
      break;
    default:
      if (packet.bytes()[0] > LAST_TYPE) counters.count(Counter.IcmpInErrors);
      break;
  }
  packet.release();
  return null;
}

function receive6(network: Network, from: NetworkInterface, packet: PacketBuffer, now: u64): PacketBuffer | null {
  const counters = network.environment.counters();
  switch (packet.bytes()[0]) {
    case 128:
      counters.count(Counter.Icmp6InEchos);
      if (packet.isMulticast) break;
      counters.count(Counter.Icmp6OutEchoReplies);
      answerEcho(network, packet, u8(Icmp6Type.EchoReply), now);
      return null;
    case 129:
      counters.count(Counter.Icmp6InEchoReplies);
      return packet;
    case 1:
      counters.count(Counter.Icmp6InDestUnreachs);
      return receiveError(network, packet, now);
    case 2:
      counters.count(Counter.Icmp6InPktTooBigs);
      return receiveError(network, packet, now);
    case 3:
      counters.count(Counter.Icmp6InTimeExcds);
      return receiveError(network, packet, now);
    case 4:
      counters.count(Counter.Icmp6InParmProblems);
      return receiveError(network, packet, now);
    case 130:
      if (!receiveListenerQuery(network, from, packet, now)) counters.count(Counter.Icmp6InErrors);
      break;
    default:
      break;
  }
  packet.release();
  return null;
}

/** The same data, with type 0 or 129, back (RFC 792; RFC 4443, 4.2). In place. Takes the packet. */
function answerEcho(network: Network, packet: PacketBuffer, type: u8, now: u64): void {
  if (!network.errorLimit.allow(now)) {
    packet.release();
    return;
  }
  const reply = network.environment.memory().allocatePacket(u64(packet.totalLength()));
  if (reply !== null) {
    const data = reply.extend(packet.totalLength());
    packet.copyOut(0, data);
    data[0] = type;
    network.sendIcmp(reply, packet.to, packet.from, 64, now);
  }
  packet.release();
}

/** Notes what an error says about the path; the transport hears of it if it was about a packet that may be ours. */
function receiveError(network: Network, packet: PacketBuffer, now: u64): PacketBuffer | null {
  const counters = network.environment.counters();
  const error = new TransportError();
  if (!parseTransportError(packet, error) || network.findLocal(error.from) === null) {
    counters.count(isIpv4(packet.from) ? Counter.IcmpInErrors : Counter.Icmp6InErrors);
    packet.release();
    return null;
  }
  // About TCP's packets the connection is asked first, which knows whether the sequence number was ever sent (RFC 5927, 7.2).
  if (error.maximumPacket !== 0 && error.protocol !== 6) network.notePathSize(error.to, error.maximumPacket, now);
  return packet;
}
