// What a NETLINK_ROUTE socket answers (rtnetlink(7)): interfaces, their addresses, routes and neighbours as messages.
//
// All are written under the network's lock, so that an answer is of one moment.

import { type IpAddress, ipv4, ipv4Value, isIpv4, isLinkLocal, isLoopback } from "../net/address.ts";
import { AddressState, type InterfaceAddress, InterfaceCounts, type NetworkInterface } from "../net/interface.ts";
import { type Neighbour, NeighbourState } from "../net/neighbour.ts";
import type { Route } from "../net/route.ts";
import { HARDWARE_ETHERNET, HARDWARE_LOOPBACK, interfaceFlags, OPERATION_UNKNOWN, OPERATION_UP } from "./interface_control.ts";
import { MessageMark, type NetlinkWriter } from "./netlink_message.ts";
import { networkTime, stack } from "./network_stack.ts";
import { Family } from "./socket_address.ts";

/** Types of messages (linux/rtnetlink.h): of each kind of thing NEW, DEL, GET and SET in this order. */
export const enum RouteType {
  NewLink = 16,
  GetLink = 18,
  NewAddress = 20,
  DeleteAddress = 21,
  GetAddress = 22,
  NewRoute = 24,
  DeleteRoute = 25,
  GetRoute = 26,
  NewNeighbour = 28,
  GetNeighbour = 30,
  GetRule = 34,
  /** The last that Linux 6.1 knows. */
  End = 122,
}

/** linux/if_link.h */
export const enum LinkAttribute {
  Address = 1,
  Broadcast = 2,
  Name = 3,
  Mtu = 4,
  Discipline = 6,
  Statistics = 7,
  QueueLength = 13,
  OperationState = 16,
  LinkMode = 17,
  Statistics64 = 23,
  Group = 27,
  Promiscuity = 30,
  TransmitQueues = 31,
  ReceiveQueues = 32,
  Carrier = 33,
}

/** linux/if_addr.h */
const enum AddressAttribute {
  Address = 1,
  Local = 2,
  Label = 3,
  Broadcast = 4,
  CacheInformation = 6,
  Flags = 8,
}

const enum AddressFlag {
  Deprecated = 0x20,
  Tentative = 0x40,
  Permanent = 0x80,
}

/** linux/rtnetlink.h */
const enum RouteAttribute {
  Destination = 1,
  OutInterface = 4,
  Gateway = 5,
  Priority = 6,
  PreferredSource = 7,
  Table = 15,
}

const enum Scope {
  World = 0,
  Link = 253,
  Host = 254,
}

const TABLE_MAIN = 254;
const TABLE_LOCAL = 255;
/** Who made a route: the kernel itself, somebody at boot, a router's advertisement. */
const PROTOCOL_KERNEL = 2;
const PROTOCOL_BOOT = 3;
const PROTOCOL_ROUTER = 9;
const TYPE_UNICAST = 1;
const TYPE_LOCAL = 2;

const enum NeighbourAttribute {
  Destination = 1,
  Hardware = 2,
  CacheInformation = 3,
}

const LOWER_UP = 0x1_0000;
const FOR_EVER = 0xffff_ffff;
const SECOND: u64 = 1_000_000_000;
/** Counts of struct rtnl_link_stats, and of its 64-bit form. */
const STATISTICS = 24;
const STATISTICS_64 = 25;

// ---- interfaces -----------------------------------------------------------------------------------------------------

/** All interfaces. */
export function writeLinks(writer: NetlinkWriter): void {
  using _ = stack.lock.acquire();
  const network = stack.network!;
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    writeLink(writer, network.interfaceAt(index)!, MessageMark.Multi);
  }
}

/** One interface, by its index or, when that is 0, by its name. False: there is none. */
export function writeOneLink(writer: NetlinkWriter, index: u32, name: Slice<u8>): boolean {
  using _ = stack.lock.acquire();
  const network = stack.network!;
  for (let at: u32 = 1; at <= network.interfaceCount; at++) {
    const one = network.interfaceAt(at)!;
    if (index !== 0 ? at !== index : !isName(one, name)) continue;
    writeLink(writer, one, 0);
    return true;
  }
  return false;
}

/** Whether bytes, with or without a NUL, are an interface's name. */
function isName(one: NetworkInterface, name: Slice<u8>): boolean {
  const own = one.nameBytes();
  if (name.length < own.length || (name.length > own.length && name[own.length] !== 0)) return false;
  for (let i: usize = 0; i < own.length; i++) if (own[i] !== name[i]) return false;
  return true;
}

function writeLink(writer: NetlinkWriter, one: NetworkInterface, flags: u32): void {
  const isEthernet = one.isEthernet();
  writer.begin(RouteType.NewLink, flags, 768);
  writer.half(Family.Unspecified);
  writer.half(isEthernet ? HARDWARE_ETHERNET : HARDWARE_LOOPBACK);
  writer.word(one.index);
  writer.word(interfaceFlags(one) | (one.device.isUp() ? LOWER_UP : 0));
  writer.word(0);
  writer.textAttribute(LinkAttribute.Name, one.nameBytes());
  writer.wordAttribute(LinkAttribute.QueueLength, 1000);
  writer.byteAttribute(LinkAttribute.OperationState, isEthernet ? OPERATION_UP : OPERATION_UNKNOWN);
  writer.byteAttribute(LinkAttribute.LinkMode, 0);
  writer.wordAttribute(LinkAttribute.Mtu, one.maximumPacket);
  writer.wordAttribute(LinkAttribute.Group, 0);
  writer.wordAttribute(LinkAttribute.Promiscuity, 0);
  writer.wordAttribute(LinkAttribute.TransmitQueues, 1);
  writer.wordAttribute(LinkAttribute.ReceiveQueues, 1);
  writer.byteAttribute(LinkAttribute.Carrier, one.device.isUp() ? 1 : 0);
  writer.textAttribute(LinkAttribute.Discipline, bytes("noqueue"));
  writer.hardwareAttribute(LinkAttribute.Address, isEthernet ? u64(one.device.hardwareAddress()) : 0);
  writer.hardwareAttribute(LinkAttribute.Broadcast, isEthernet ? 0xffff_ffff_ffff : 0);
  writer.attribute(LinkAttribute.Statistics64, STATISTICS_64 * 8);
  const received = new InterfaceCounts();
  const transmitted = new InterfaceCounts();
  one.count(received, transmitted);
  for (let i: u32 = 0; i < STATISTICS_64; i++) writer.long(statistic(received, transmitted, i));
  writer.attribute(LinkAttribute.Statistics, STATISTICS * 4);
  for (let i: u32 = 0; i < STATISTICS; i++) writer.word(u32(statistic(received, transmitted, i)));
  writer.end();
}

/** Of struct rtnl_link_stats: packets, bytes, errors, what was dropped, of what came and what went; the rest are 0. */
function statistic(received: InterfaceCounts, transmitted: InterfaceCounts, which: u32): u64 {
  const counts = (which & 1) === 0 ? received : transmitted;
  switch (which >> 1) {
    case 0:
      return counts.packets;
    case 1:
      return counts.bytes;
    case 2:
      return counts.errors;
    case 3:
      return counts.dropped;
    default:
      return 0;
  }
}

// ---- addresses ------------------------------------------------------------------------------------------------------

/** All addresses of a family; of both when it is unspecified. */
export function writeAddresses(writer: NetlinkWriter, family: u32): void {
  using _ = stack.lock.acquire();
  if (family !== Family.Inet6) writeAddressesOf(writer, true);
  if (family !== Family.Inet) writeAddressesOf(writer, false);
}

function writeAddressesOf(writer: NetlinkWriter, four: boolean): void {
  const network = stack.network!;
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    const one = network.interfaceAt(index)!;
    for (const own of one.addresses) {
      if (own.state !== AddressState.None && isIpv4(own.address) === four) {
        writeAddress(writer, one, own, RouteType.NewAddress, MessageMark.Multi);
      }
    }
  }
}

/** A message about one address. The network's lock is held. @param type that it is there, or gone */
export function writeAddress(
  writer: NetlinkWriter,
  one: NetworkInterface,
  own: InterfaceAddress,
  type: RouteType,
  mark: u32,
): void {
  const four = isIpv4(own.address);
  const flags = addressFlags(own);
  writer.begin(u32(type), mark);
  writer.byte(familyOf(own.address));
  writer.byte(own.prefixLength);
  writer.byte(flags);
  writer.byte(scopeOf(own.address));
  writer.word(one.index);
  writer.addressAttribute(AddressAttribute.Address, own.address);
  if (four) {
    writer.addressAttribute(AddressAttribute.Local, own.address);
    if (one.isEthernet() && own.prefixLength < 31) {
      const host: u32 = u32(0xffff_ffff) >> own.prefixLength;
      writer.addressAttribute(AddressAttribute.Broadcast, ipv4(ipv4Value(own.address) | host));
    }
    writer.textAttribute(AddressAttribute.Label, one.nameBytes());
  }
  writer.wordAttribute(AddressAttribute.Flags, flags);
  writer.attribute(AddressAttribute.CacheInformation, 16);
  const now = networkTime();
  writer.word(secondsUntil(own.preferredUntil, now));
  writer.word(secondsUntil(own.validUntil, now));
  // When it was made and changed is not kept.
  writer.word(0);
  writer.word(0);
  writer.end();
}

/** What an address is (linux/if_addr.h). */
export function addressFlags(own: InterfaceAddress): u32 {
  let flags: u32 = own.validUntil === 0 ? AddressFlag.Permanent : 0;
  if (own.state === AddressState.Tentative) flags |= AddressFlag.Tentative;
  if (own.state === AddressState.Deprecated) flags |= AddressFlag.Deprecated;
  return flags;
}

function familyOf(address: IpAddress): u32 {
  return isIpv4(address) ? u32(Family.Inet) : u32(Family.Inet6);
}

function scopeOf(address: IpAddress): u32 {
  if (isLoopback(address)) return u32(Scope.Host);
  return isLinkLocal(address) ? u32(Scope.Link) : u32(Scope.World);
}

function secondsUntil(time: u64, now: u64): u32 {
  return time === 0 ? FOR_EVER : u32((time - minimum(time, now)) / SECOND);
}

// ---- routes ---------------------------------------------------------------------------------------------------------

/** All routes of a family; of both when it is unspecified. Our own addresses are routes of another table, as in Linux. */
export function writeRoutes(writer: NetlinkWriter, family: u32): void {
  using _ = stack.lock.acquire();
  if (family !== Family.Inet6) writeRoutesOf(writer, true);
  if (family !== Family.Inet) writeRoutesOf(writer, false);
}

function writeRoutesOf(writer: NetlinkWriter, four: boolean): void {
  const network = stack.network!;
  for (const route of network.routes.routes) {
    if (route.isUsed && isIpv4(route.destination) === four) writeRoute(writer, route, RouteType.NewRoute, MessageMark.Multi);
  }
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    const one = network.interfaceAt(index)!;
    for (const own of one.addresses) {
      if (own.state >= AddressState.Preferred && isIpv4(own.address) === four) writeLocalRoute(writer, one, own.address);
    }
  }
}

/** A message about one route. The network's lock is held. @param type that it is there, or gone */
export function writeRoute(writer: NetlinkWriter, route: Route, type: RouteType, mark: u32): void {
  const four = isIpv4(route.destination);
  const out = route.interface!;
  beginRoute(writer, route.destination, route.prefixLength, TABLE_MAIN, type, mark);
  if (route.isAutomatic) writer.byte(PROTOCOL_ROUTER);
  else writer.byte(route.hasGateway ? PROTOCOL_BOOT : PROTOCOL_KERNEL);
  writer.byte(route.hasGateway || !four ? u32(Scope.World) : u32(Scope.Link));
  writer.byte(TYPE_UNICAST);
  writer.word(0);
  writer.wordAttribute(RouteAttribute.Table, TABLE_MAIN);
  if (route.prefixLength !== 0)
    writer.addressAttribute(RouteAttribute.Destination, networkOf(route.destination, route.prefixLength));
  if (route.hasGateway) writer.addressAttribute(RouteAttribute.Gateway, route.gateway);
  if (!route.hasGateway && four) {
    const source = out.sourceFor(route.destination);
    if (source !== null) writer.addressAttribute(RouteAttribute.PreferredSource, source.address);
  }
  if (route.metric !== 0) writer.wordAttribute(RouteAttribute.Priority, route.metric);
  writer.wordAttribute(RouteAttribute.OutInterface, out.index);
  writer.end();
}

function writeLocalRoute(writer: NetlinkWriter, one: NetworkInterface, own: IpAddress): void {
  beginRoute(writer, own, isIpv4(own) ? 32 : 128, TABLE_LOCAL, RouteType.NewRoute, MessageMark.Multi);
  writer.byte(PROTOCOL_KERNEL);
  writer.byte(isIpv4(own) ? u32(Scope.Host) : u32(Scope.World));
  writer.byte(TYPE_LOCAL);
  writer.word(0);
  writer.wordAttribute(RouteAttribute.Table, TABLE_LOCAL);
  writer.addressAttribute(RouteAttribute.Destination, own);
  if (isIpv4(own)) writer.addressAttribute(RouteAttribute.PreferredSource, own);
  writer.wordAttribute(RouteAttribute.OutInterface, one.index);
  writer.end();
}

function beginRoute(
  writer: NetlinkWriter,
  destination: IpAddress,
  prefixLength: u32,
  table: u32,
  type: RouteType,
  mark: u32,
): void {
  writer.begin(u32(type), mark);
  writer.byte(familyOf(destination));
  writer.byte(prefixLength);
  writer.byte(0);
  writer.byte(0);
  writer.byte(table);
}

/** An address with only the bits of its network. */
export function networkOf(address: IpAddress, prefixLength: u32): IpAddress {
  const bits = isIpv4(address) ? prefixLength + 96 : prefixLength;
  const all: u64 = 0xffff_ffff_ffff_ffff;
  if (bits === 0) return { high: 0, low: 0 };
  if (bits < 64) return { high: address.high & (all << (64 - bits)), low: 0 };
  if (bits === 64) return { high: address.high, low: 0 };
  return { high: address.high, low: address.low & (all << (128 - bits)) };
}

// ---- neighbours -----------------------------------------------------------------------------------------------------

/** All neighbours of a family; of both when it is unspecified. */
export function writeNeighbours(writer: NetlinkWriter, family: u32): void {
  using _ = stack.lock.acquire();
  const network = stack.network!;
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    const one = network.interfaceAt(index)!;
    let neighbour = one.neighbours.first();
    while (neighbour !== null) {
      if (family === Family.Unspecified || family === familyOf(neighbour.address)) writeNeighbour(writer, one, neighbour);
      neighbour = one.neighbours.next(neighbour);
    }
  }
}

function writeNeighbour(writer: NetlinkWriter, one: NetworkInterface, neighbour: Neighbour): void {
  writer.begin(RouteType.NewNeighbour, MessageMark.Multi);
  writer.word(familyOf(neighbour.address));
  writer.word(one.index);
  writer.half(stateOf(neighbour));
  writer.byte(neighbour.isRouter ? 0x80 : 0);
  writer.byte(TYPE_UNICAST);
  writer.addressAttribute(NeighbourAttribute.Destination, neighbour.address);
  if (neighbour.isKnown()) writer.hardwareAttribute(NeighbourAttribute.Hardware, u64(neighbour.hardware));
  writer.attribute(NeighbourAttribute.CacheInformation, 16);
  for (let i: u32 = 0; i < 4; i++) writer.word(0);
  writer.end();
}

/** linux/neighbour.h */
function stateOf(neighbour: Neighbour): u32 {
  switch (neighbour.state) {
    case NeighbourState.Incomplete:
      return 0x01;
    case NeighbourState.Reachable:
      return 0x02;
    case NeighbourState.Stale:
      return 0x04;
    case NeighbourState.Delay:
      return 0x08;
    case NeighbourState.Probe:
      return 0x10;
    case NeighbourState.Permanent:
      return 0x80;
  }
}
