// Neighbour discovery for IPv6 (RFC 4861): solicitations and advertisements, received and made.
//
//   0      1      2          4       8               24
//   | type | code | checksum | flags | target        | options: type, length in units of 8, value

import type { EthernetAddress, IpAddress } from "./address.ts";
import { ipv6, isIpv4, isMulticast, isUnspecified, loadIpv6, multicastEthernet, storeIpv6 } from "./address.ts";
import { load48, store32, store48 } from "./byte_order.ts";
import { Counter } from "./counters.ts";
import { EtherType, prependEthernet } from "./ethernet.ts";
import { completeIcmp, Icmp6Type } from "./icmp.ts";
import { AddressState, type NetworkInterface } from "./interface.ts";
import { prependIpv6 } from "./ipv6.ts";
import type { Network } from "./network.ts";
import type { PacketBuffer } from "./packet.ts";
import { Path } from "./path.ts";
import { Protocol } from "./protocol.ts";
import { receiveAdvertisementOfRouter } from "./router_advertisement.ts";

/** RFC 4861, 7.1.1: what came through a router is forged. */
const HOP_LIMIT = 255;
const SOLICITATION_LENGTH = 24;
const FLAG_SOLICITED = 0x4000_0000;
const FLAG_OVERRIDE = 0x2000_0000;

export const enum DiscoveryOption {
  SourceLinkAddress = 1,
  TargetLinkAddress = 2,
  Prefix = 3,
  Mtu = 5,
  DnsServers = 25,
}

/** ff02::1:ffXX:XXXX, whose members' addresses end like this one (RFC 4291, 2.7.1). */
export function solicitedNodeGroup(address: IpAddress): IpAddress {
  return ipv6(0xff02_0000_0000_0000, 0x1_ff00_0000 | (address.low & 0xff_ffff));
}

/** All nodes of the link: ff02::1. */
export function allNodes(): IpAddress {
  return ipv6(0xff02_0000_0000_0000, 1);
}

/** All routers of the link: ff02::2. */
export function allRouters(): IpAddress {
  return ipv6(0xff02_0000_0000_0000, 2);
}

/** The options of a message, one after the other. Malformed ones end the walk with `isMalformed`. */
export class OptionWalk {
  private readonly data: Slice<u8>;
  private at: usize;
  isMalformed = false;
  kind: u8 = 0;
  value: Slice<u8>;

  constructor(data: Slice<u8>, start: usize) {
    this.data = data;
    this.at = start;
    this.value = data;
  }

  /** Goes to the next option; `value` is all of it, type and length included. */
  next(): boolean {
    if (this.at === this.data.length) return false;
    // RFC 4861, 4.6: a length of 0 must be discarded.
    const length = this.at + 2 <= this.data.length ? u64(this.data[this.at + 1]) * 8 : 0;
    if (length === 0 || this.at + length > this.data.length) {
      this.isMalformed = true;
      return false;
    }
    this.kind = this.data[this.at];
    this.value = this.data.slice(this.at, this.at + length);
    this.at += length;
    return true;
  }
}

/** The Ethernet address in an option of that kind; 0 when there is none. All options are checked. */
function linkAddress(data: Slice<u8>, start: usize, kind: DiscoveryOption): [EthernetAddress, boolean] {
  const walk = new OptionWalk(data, start);
  let found: u64 = 0;
  while (walk.next()) {
    if (walk.kind === u8(u32(kind)) && walk.value.length === 8) found = load48(walk.value, 2);
  }
  return [found as EthernetAddress, !walk.isMalformed];
}

/** Keeps the packet, which begins with the ICMPv6 header; its checksum is right. */
export function receiveNeighbourDiscovery(network: Network, from: NetworkInterface, packet: PacketBuffer, now: u64): void {
  const data = packet.bytes();
  const counters = network.environment.counters();
  // RFC 4861, 6.1 and 7.1: hop limit 255, code 0. Fragmented messages do not come here whole (RFC 6980).
  const isValid = packet.hopLimit === HOP_LIMIT && data[1] === 0 && from.isEthernet() && packet.fragmentCount === 0;
  let isGood: boolean = isValid;
  if (data[0] === u8(Icmp6Type.NeighbourSolicitation)) {
    counters.count(Counter.Icmp6InNeighborSolicits);
    isGood = isValid && receiveSolicitation(network, from, packet, data, now);
  } else if (data[0] === u8(Icmp6Type.NeighbourAdvertisement)) {
    counters.count(Counter.Icmp6InNeighborAdvertisements);
    isGood = isValid && receiveAdvertisement(network, from, packet, data, now);
  } else if (data[0] === u8(Icmp6Type.RouterAdvertisement)) {
    counters.count(Counter.Icmp6InRouterAdvertisements);
    isGood = isValid && receiveAdvertisementOfRouter(network, from, packet, data, now);
  } else if (data[0] === u8(Icmp6Type.Redirect)) {
    counters.count(Counter.Icmp6InRedirects);
  }
  if (!isGood) counters.count(Counter.Icmp6InErrors);
}

/** Whether an address can be one of a neighbour on the link: IPv4 has its own way of asking, and its neighbours are in the same table. */
function isNeighbour(target: IpAddress): boolean {
  return !isMulticast(target) && !isIpv4(target);
}

function receiveSolicitation(network: Network, from: NetworkInterface, packet: PacketBuffer, data: Slice<u8>, now: u64): boolean {
  if (data.length < SOLICITATION_LENGTH) return false;
  const target = loadIpv6(data, 8);
  const isProbe = isUnspecified(packet.from);
  const [hardware, isWellFormed] = linkAddress(data, SOLICITATION_LENGTH, DiscoveryOption.SourceLinkAddress);
  // RFC 4861, 7.1.1.
  if (!isWellFormed || !isNeighbour(target) || (isProbe && (hardware !== 0 || !packet.isMulticast))) return false;
  const own = from.findEntry(target);
  if (own === null) return true;
  if (own.state === AddressState.Tentative) {
    // Somebody else looks for the same address: nobody gets it (RFC 4862, 5.4.3). Our own probe does not come back to us.
    if (isProbe) network.duplicateAddress(from, own);
    return true;
  }
  if (!isProbe && hardware !== 0) from.neighbours.learn(packet.from, hardware, false, true, true, now);
  const to = isProbe ? allNodes() : packet.from;
  const flags: u32 = isProbe ? FLAG_OVERRIDE : FLAG_SOLICITED | FLAG_OVERRIDE;
  const answer = makeMessage(
    network,
    from,
    Icmp6Type.NeighbourAdvertisement,
    flags,
    target,
    DiscoveryOption.TargetLinkAddress,
    true,
  );
  if (answer === null) return true;
  network.environment.counters().count(Counter.Icmp6OutNeighborAdvertisements);
  sendMessage(network, from, answer, target, to, isProbe ? multicastEthernet(to) : hardware, now);
  return true;
}

function receiveAdvertisement(
  network: Network,
  from: NetworkInterface,
  packet: PacketBuffer,
  data: Slice<u8>,
  now: u64,
): boolean {
  if (data.length < SOLICITATION_LENGTH) return false;
  const target = loadIpv6(data, 8);
  const solicited = (data[4] & 0x40) !== 0;
  const overrides = (data[4] & 0x20) !== 0;
  const [hardware, isWellFormed] = linkAddress(data, SOLICITATION_LENGTH, DiscoveryOption.TargetLinkAddress);
  // RFC 4861, 7.1.2.
  if (!isWellFormed || !isNeighbour(target) || (packet.isMulticast && solicited)) return false;
  const own = from.findEntry(target);
  if (own !== null) {
    if (own.state === AddressState.Tentative) network.duplicateAddress(from, own);
    return true;
  }
  const neighbour = from.neighbours.find(target);
  if (neighbour === null) return true;
  if (hardware !== 0) from.neighbours.learn(target, hardware, solicited, overrides, false, now);
  else if (solicited && neighbour.isKnown()) from.neighbours.confirm(neighbour, now);
  return true;
}

/** A frame that asks for a neighbour: its group, or itself when its Ethernet address is given. Null without memory. */
export function makeNeighbourSolicitation(
  network: Network,
  out: NetworkInterface,
  target: IpAddress,
  own: IpAddress,
  hardware: EthernetAddress,
): PacketBuffer | null {
  const option = DiscoveryOption.SourceLinkAddress;
  const message = makeMessage(network, out, Icmp6Type.NeighbourSolicitation, 0, target, option, !isUnspecified(own));
  if (message === null) return null;
  network.environment.counters().count(Counter.Icmp6OutNeighborSolicits);
  const to = hardware === 0 ? solicitedNodeGroup(target) : target;
  frameMessage(network, out, message, own, to, hardware === 0 ? multicastEthernet(to) : hardware);
  return message;
}

function makeMessage(
  network: Network,
  out: NetworkInterface,
  type: Icmp6Type,
  flags: u32,
  target: IpAddress,
  option: DiscoveryOption,
  hasOption: boolean,
): PacketBuffer | null {
  const length: u32 = SOLICITATION_LENGTH + (hasOption ? 8 : 0);
  const packet = network.environment.memory().allocatePacket(u64(length));
  if (packet === null) return null;
  const data = packet.extend(length);
  data[0] = u8(u32(type));
  data[1] = 0;
  store32(data, 4, flags);
  storeIpv6(data, 8, target);
  if (hasOption) {
    data[SOLICITATION_LENGTH] = u8(u32(option));
    data[SOLICITATION_LENGTH + 1] = 1;
    store48(data, SOLICITATION_LENGTH + 2, u64(out.device.hardwareAddress()));
  }
  return packet;
}

/** A frame that asks for routers (RFC 4861, 4.1); null without memory. */
export function makeRouterSolicitation(
  network: Network,
  out: NetworkInterface,
  own: IpAddress,
  to: IpAddress,
  hardware: EthernetAddress,
): PacketBuffer | null {
  const packet = network.environment.memory().allocatePacket(16);
  if (packet === null) return null;
  const data = packet.extend(16);
  data.fill(0);
  data[0] = u8(u32(Icmp6Type.RouterSolicitation));
  data[8] = u8(u32(DiscoveryOption.SourceLinkAddress));
  data[9] = 1;
  store48(data, 10, u64(out.device.hardwareAddress()));
  network.environment.counters().count(Counter.Icmp6OutRouterSolicits);
  frameMessage(network, out, packet, own, to, hardware);
  return packet;
}

/** Puts the headers in front of a message of neighbour discovery. */
export function frameMessage(
  network: Network,
  out: NetworkInterface,
  packet: PacketBuffer,
  from: IpAddress,
  to: IpAddress,
  hardware: EthernetAddress,
): void {
  completeIcmp(packet, from, to);
  const path = new Path();
  path.source = from;
  path.destination = to;
  path.hopLimit = HOP_LIMIT;
  prependIpv6(packet, path, u8(Protocol.Icmpv6));
  prependEthernet(packet, hardware, out.device.hardwareAddress(), EtherType.Ipv6);
  network.environment.counters().count(Counter.Icmp6OutMsgs);
}

/** Sends a message: straight to an Ethernet address, or through the neighbours when that is 0. Takes the packet. */
function sendMessage(
  network: Network,
  out: NetworkInterface,
  packet: PacketBuffer,
  from: IpAddress,
  to: IpAddress,
  hardware: EthernetAddress,
  now: u64,
): void {
  if (hardware !== 0) {
    frameMessage(network, out, packet, from, to, hardware);
    network.handOver(out, packet);
    return;
  }
  network.sendIcmp(packet, from, to, HOP_LIMIT, now);
}
