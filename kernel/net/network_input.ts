// The way of a received packet: link header, IP header, is it for us, whose is it.
//
//   parsePacket    no lock: all that most packets need
//   controlPacket  under the network's lock: ARP, ICMP, neighbour discovery, fragments, extension headers

import type { EthernetAddress, IpAddress } from "./address.ts";
import { ETHERNET_BROADCAST, ipv4Value, isIpv4, isLoopback, isMulticast, isUnspecified } from "./address.ts";
import { receiveArp } from "./arp_input.ts";
import { load16, load32, load48 } from "./byte_order.ts";
import { Counter } from "./counters.ts";
import { ETHERNET_HEADER, EtherType, etherTypeOf, frameType } from "./ethernet.ts";
import { receiveIgmp } from "./group_membership.ts";
import { Icmp4Type, Icmp4Unreachable, Icmp6Type } from "./icmp.ts";
import { receiveIcmp } from "./icmp_input.ts";
import type { NetworkInterface } from "./interface.ts";
import { IPV4_MORE_FRAGMENTS, IPV4_OFFSET_MASK, isIpv4Fragment, parseIpv4 } from "./ipv4.ts";
import { Extensions, ExtensionWalk, parseIpv6 } from "./ipv6.ts";
import type { Network } from "./network.ts";
import type { PacketBuffer } from "./packet.ts";
import { Protocol } from "./protocol.ts";

/** What becomes of a received packet. */
export const enum Verdict {
  /** It was released, and is counted. */
  Dropped,
  /** It begins with the header of `packet.protocol`, TCP or UDP. */
  Deliver,
  /** `Network.control` goes on with it. */
  Control,
}

const DHCP_CLIENT_PORT = 68;
const LONGEST_PAYLOAD = 65535;
/** Offsets in the headers of IPv6 (RFC 8200, 3) and of a fragment (4.5). */
const PAYLOAD_LENGTH_FIELD = 4;
const FRAGMENT_OFFSET_FIELD = 2;

/** {@link Network.parse} */
export function parsePacket(network: Network, from: NetworkInterface, packet: PacketBuffer, now: u64): Verdict {
  packet.source = from;
  packet.receivedAt = now;
  packet.isBroadcast = false;
  packet.isMulticast = false;
  from.received.packets++;
  from.received.bytes += u64(packet.totalLength());
  if (packet.length === 0) return truncated(network, from, packet);
  let kind: EtherType = etherTypeOf(packet);
  if (from.isEthernet()) {
    const frame = packet.bytes();
    if (frame.length < ETHERNET_HEADER + 1) return truncated(network, from, packet);
    if (!isFrameForUs(from, packet, load48(frame, 0) as EthernetAddress)) {
      return drop(network, packet, Counter.LinkInOtherHost);
    }
    const type = frameType(frame);
    if (type === u16(u32(EtherType.Arp))) {
      packet.networkOffset = packet.start + ETHERNET_HEADER;
      packet.protocol = 0;
      packet.trimFront(ETHERNET_HEADER);
      packet.mark = u32(EtherType.Arp);
      return Verdict.Control;
    }
    if (type !== u16(u32(EtherType.Ipv4)) && type !== u16(u32(EtherType.Ipv6))) {
      from.received.dropped++;
      return drop(network, packet, Counter.LinkInUnknownTypes);
    }
    kind = type === u16(u32(EtherType.Ipv4)) ? EtherType.Ipv4 : EtherType.Ipv6;
    packet.trimFront(ETHERNET_HEADER);
  }
  packet.mark = u32(kind);
  return kind === EtherType.Ipv4 ? parse4(network, from, packet) : parse6(network, from, packet);
}

function isFrameForUs(from: NetworkInterface, packet: PacketBuffer, to: EthernetAddress): boolean {
  if (to === from.device.hardwareAddress()) return true;
  if (to === (ETHERNET_BROADCAST as EthernetAddress)) packet.isBroadcast = true;
  else if (((to >> 40) & 1) !== 0) packet.isMulticast = true;
  else return false;
  return true;
}

function parse4(network: Network, from: NetworkInterface, packet: PacketBuffer): Verdict {
  const counters = network.environment.counters();
  counters.count(Counter.IpInReceives);
  counters.add(Counter.IpExtInOctets, u64(packet.totalLength()));
  if (!parseIpv4(packet, counters)) return dropCounted(packet);
  const source = ipv4Value(packet.from);
  // RFC 1122, 3.2.1.3: no group, no broadcast and nobody's loopback is a source.
  const isMartian = source >> 28 >= 14 || (from.isEthernet() && isForeign(network, packet));
  if (isMartian || from.isBroadcast(packet.from)) return drop(network, packet, Counter.IpInAddrErrors);
  if (from.isEthernet() ? from.isBroadcast(packet.to) : network.isAnyBroadcast(packet.to)) {
    packet.isBroadcast = true;
    counters.count(Counter.IpExtInBcastPkts);
  } else if (isMulticast(packet.to)) {
    packet.isMulticast = true;
    counters.count(Counter.IpExtInMcastPkts);
    if (!isListening(network, from, packet.to)) return drop(network, packet, Counter.LinkInOtherHost);
  } else if (network.findLocal(packet.to) === null && !isConfiguration(from, packet)) {
    return drop(network, packet, Counter.IpInAddrErrors);
  }
  if (isIpv4Fragment(packet)) return Verdict.Control;
  return strip(network, from, packet);
}

function parse6(network: Network, from: NetworkInterface, packet: PacketBuffer): Verdict {
  const counters = network.environment.counters();
  counters.count(Counter.Ip6InReceives);
  if (!parseIpv6(packet, counters)) return dropCounted(packet);
  const isMartian = from.isEthernet() && isForeign(network, packet);
  // An IPv4-mapped address is never on the wire: it would pass for IPv4 behind it.
  const isMapped = isIpv4(packet.from) || isIpv4(packet.to);
  const isNowhere = from.isEthernet() && (isLoopback(packet.from) || isLoopback(packet.to));
  if (isMulticast(packet.from) || isNowhere) return drop(network, packet, Counter.Ip6InHdrErrors);
  if (isMartian || isMapped) return drop(network, packet, Counter.Ip6InAddrErrors);
  if (isMulticast(packet.to)) {
    packet.isMulticast = true;
    if (!isListening(network, from, packet.to)) return drop(network, packet, Counter.LinkInOtherHost);
  } else if (network.findLocal(packet.to) === null && packet.protocol !== u8(Protocol.Icmpv6)) {
    return drop(network, packet, Counter.Ip6InAddrErrors);
  }
  const isPlain = packet.protocol === u8(Protocol.Tcp) || packet.protocol === u8(Protocol.Udp);
  return isPlain ? strip(network, from, packet) : Verdict.Control;
}

/** A packet of the link that says it is of this host: whoever answered it would talk to itself. */
function isForeign(network: Network, packet: PacketBuffer): boolean {
  return isLoopback(packet.from) || isLoopback(packet.to) || network.findLocal(packet.from) !== null;
}

/** Whether a group's packets are wanted: on the loopback those of every interface. */
function isListening(network: Network, from: NetworkInterface, group: IpAddress): boolean {
  return from.isEthernet() ? from.groups.accepts(group) : network.isInGroup(group);
}

/** Takes the IP header off a packet for TCP or UDP; everything else is for `control`. */
function strip(network: Network, from: NetworkInterface, packet: PacketBuffer): Verdict {
  const isTcp = packet.protocol === u8(Protocol.Tcp);
  if (!isTcp && packet.protocol !== u8(Protocol.Udp)) return Verdict.Control;
  if (!isTcp && from.isConfiguring && isConfiguration(from, packet)) return Verdict.Control;
  packet.trimFront(packet.transportOffset - packet.start);
  network.environment.counters().count(isIpv4(packet.from) ? Counter.IpInDelivers : Counter.Ip6InDelivers);
  return Verdict.Deliver;
}

/** A reply for the DHCP client, which may come to an address that is not ours yet (RFC 2131, 4.1). */
function isConfiguration(from: NetworkInterface, packet: PacketBuffer): boolean {
  if (!from.isConfiguring || packet.protocol !== u8(Protocol.Udp)) return false;
  const data = packet.bytes();
  const at = u64(packet.transportOffset - packet.start);
  return at + 8 <= data.length && load16(data, at + 2) === DHCP_CLIENT_PORT;
}

/** {@link Network.control} */
export function controlPacket(network: Network, packet: PacketBuffer, now: u64): PacketBuffer | null {
  const from = packet.source!;
  network.concern(from);
  if (packet.mark === u32(EtherType.Arp)) {
    receiveArp(network, from, packet, now);
    return null;
  }
  const whole = isIpv4(packet.from) ? unwrap4(network, packet, now) : unwrap6(network, packet, now);
  if (whole === null) return null;
  const counters = network.environment.counters();
  const four = isIpv4(whole.from);
  if (whole.protocol === u8(Protocol.Udp) && from.isConfiguring && load16At(whole, 2) === DHCP_CLIENT_PORT) {
    const receiver = network.configurationReceiver;
    if (receiver !== null && whole.length > 8) receiver.receiveConfiguration(from, whole.bytes().slice(8), now);
    whole.release();
    return null;
  }
  const isKnown = whole.protocol === u8(Protocol.Tcp) || whole.protocol === u8(Protocol.Udp);
  const isIcmp = whole.protocol === (four ? u8(Protocol.Icmp) : u8(Protocol.Icmpv6));
  if (isKnown || isIcmp) counters.count(four ? Counter.IpInDelivers : Counter.Ip6InDelivers);
  if (isKnown) return whole;
  if (isIcmp) return receiveIcmp(network, from, whole, now);
  if (four && whole.protocol === u8(Protocol.Igmp)) {
    counters.count(receiveIgmp(network, from, whole, now) ? Counter.IpInDelivers : Counter.IpInHdrErrors);
    whole.release();
    return null;
  }
  counters.count(four ? Counter.IpInUnknownProtos : Counter.Ip6InUnknownProtos);
  if (whole.protocol !== u8(Protocol.NoNext)) {
    if (four) network.sendError(whole, u8(Icmp4Type.Unreachable), u8(Icmp4Unreachable.Protocol), 0, now);
    else network.sendError(whole, u8(Icmp6Type.ParameterProblem), 1, 6, now);
  }
  whole.release();
  return null;
}

function load16At(packet: PacketBuffer, offset: usize): u16 {
  return packet.length >= 8 ? load16(packet.bytes(), offset) : 0;
}

/** Takes the header off, and puts fragments together. Takes the packet. */
function unwrap4(network: Network, packet: PacketBuffer, now: u64): PacketBuffer | null {
  const header = packet.bytes();
  const flags = load16(header, 6);
  const identification = load16(header, 4);
  packet.trimFront(packet.transportOffset - packet.start);
  if ((flags & (IPV4_MORE_FRAGMENTS | IPV4_OFFSET_MASK)) === 0) return packet;
  const offset = u32(flags & IPV4_OFFSET_MASK) * 8;
  const hasMore = (flags & IPV4_MORE_FRAGMENTS) !== 0;
  const counters = network.environment.counters();
  return network.reassembly.add(packet, u32(identification), offset, hasMore, network.environment.memory(), counters, now);
}

/** Walks over the extension headers, and puts fragments together. Takes the packet. */
function unwrap6(network: Network, packet: PacketBuffer, now: u64): PacketBuffer | null {
  const counters = network.environment.counters();
  const walk = new ExtensionWalk();
  const outcome = walk.walk(packet);
  switch (outcome) {
    case Extensions.Done:
      packet.trimFront(packet.transportOffset - packet.start);
      return packet;
    case Extensions.Malformed:
      counters.count(Counter.Ip6InHdrErrors);
      packet.release();
      return null;
    case Extensions.Unknown:
      counters.count(Counter.Ip6InHdrErrors);
      if (!walk.isSilent) network.sendError(packet, u8(Icmp6Type.ParameterProblem), walk.problemCode, walk.problem, now);
      packet.release();
      return null;
    case Extensions.Fragment:
      break;
  }
  packet.trimFront(packet.transportOffset - packet.start);
  const header = packet.bytes();
  packet.protocol = header[0];
  const place = load16(header, 2);
  const identification = load32(header, 4);
  packet.trimFront(8);
  const offset = u32(place & 0xfff8);
  const hasMore = (place & 1) !== 0;
  // A fragment that is the whole packet has nothing to wait for (RFC 6946).
  if (offset === 0 && !hasMore) return isUpperLayer(packet) ? packet : dropHeader(network, packet);
  // RFC 8200, 4.5: what is no multiple of eight, and what ends beyond the longest packet, is told where it went wrong.
  const length = packet.totalLength();
  if (hasMore && length % 8 !== 0) return refuseFragment(network, packet, PAYLOAD_LENGTH_FIELD, now);
  if (offset + length > LONGEST_PAYLOAD) {
    const place = packet.transportOffset - packet.networkOffset + FRAGMENT_OFFSET_FIELD;
    return refuseFragment(network, packet, place, now);
  }
  const memory = network.environment.memory();
  const whole = network.reassembly.add(packet, identification, offset, hasMore, memory, counters, now);
  if (whole === null || isUpperLayer(whole)) return whole;
  return dropHeader(network, whole);
}

/** Takes the packet. @param place of the wrong field, from the IPv6 header on */
function refuseFragment(network: Network, packet: PacketBuffer, place: u32, now: u64): PacketBuffer | null {
  const counters = network.environment.counters();
  counters.count(Counter.Ip6ReasmReqds);
  network.sendError(packet, u8(Icmp6Type.ParameterProblem), 0, place, now);
  return dropHeader(network, packet);
}

/** Behind a fragment header only the upper layer is taken: no second fragment header, no options hidden in fragments (RFC 7112). */
function isUpperLayer(packet: PacketBuffer): boolean {
  const protocol = packet.protocol;
  return protocol === u8(Protocol.Tcp) || protocol === u8(Protocol.Udp) || protocol === u8(Protocol.Icmpv6);
}

function dropHeader(network: Network, packet: PacketBuffer): PacketBuffer | null {
  drop(network, packet, Counter.Ip6InHdrErrors);
  return null;
}

function truncated(network: Network, from: NetworkInterface, packet: PacketBuffer): Verdict {
  from.received.errors++;
  return drop(network, packet, Counter.LinkInTruncated);
}

function drop(network: Network, packet: PacketBuffer, reason: Counter): Verdict {
  network.environment.counters().count(reason);
  return dropCounted(packet);
}

function dropCounted(packet: PacketBuffer): Verdict {
  packet.release();
  return Verdict.Dropped;
}

/** Whether an address may be answered at all: not a group, not nobody. */
export function isAnswerable(address: IpAddress): boolean {
  return !isUnspecified(address) && !isMulticast(address);
}
