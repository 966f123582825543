// The network: interfaces with their addresses, routes and neighbours, and how packets get in and out of them.
//
// Locking is the caller's. Without any lock: `parse`, `sendFast`. Under the network's lock: everything else. What is read without the
// lock (addresses of interfaces, the generation) changes one word at a time, and a packet that sees the old word is as if it had come
// a moment earlier.

import { Errno } from "../lib/errno.ts";
import type { IpAddress } from "./address.ts";
import {
  ETHERNET_BROADCAST,
  type EthernetAddress,
  ipv4,
  isIpv4,
  isLoopback,
  isMulticast,
  isSameAddress,
  isUnspecified,
  multicastEthernet,
  unspecified6,
} from "./address.ts";
import { automaticDeadline, automaticTimer, beginAutomatic } from "./address_configuration.ts";
import { ArpOperation, makeArp } from "./arp.ts";
import { Counter } from "./counters.ts";
import type { Environment } from "./environment.ts";
import { etherTypeOf, prependEthernet } from "./ethernet.ts";
import { fragmentPacket } from "./fragmentation.ts";
import { groupDeadline, groupTimer, joinGroup, leaveGroup } from "./group_membership.ts";
import { Icmp4Type, Icmp6Type } from "./icmp.ts";
import { refusePort, reportUnreachable, sendIcmpError, sendIcmpPacket } from "./icmp_output.ts";
import { AddressState, type InterfaceAddress, type NetworkInterface } from "./interface.ts";
import { IPV4_HEADER, prependIpv4 } from "./ipv4.ts";
import { IPV6_HEADER, prependIpv6 } from "./ipv6.ts";
import type { Neighbour, NeighbourOwner } from "./neighbour.ts";
import { makeNeighbourSolicitation, solicitedNodeGroup } from "./neighbour_discovery.ts";
import { controlPacket, parsePacket, type Verdict } from "./network_input.ts";
import { ChecksumState, type PacketBuffer, SegmentKind } from "./packet.ts";
import { Path } from "./path.ts";
import { LEAST_PATH_SIZE, PathMtuTable } from "./path_mtu.ts";
import { RateLimit } from "./rate_limit.ts";
import { Reassembly } from "./reassembly.ts";
import { type Route, RouteTable } from "./route.ts";

const MAXIMUM_INTERFACES = 8;

/** Who gets packets of a program that configures an interface: the DHCP client. */
export interface ConfigurationReceiver {
  /** A UDP payload for port 68. The bytes are the caller's. */
  receiveConfiguration(from: NetworkInterface, payload: Slice<u8>, now: u64): void;
}

/** Who wants to hear of changes of the configuration. Called under the network's lock. */
export interface NetworkObserver {
  /** An address came or changed, or goes. */
  addressChanged(on: NetworkInterface, address: InterfaceAddress, isThere: boolean): void;
  routeChanged(route: Route, isThere: boolean): void;
}

/** One per machine; tests have several. */
export class Network implements NeighbourOwner {
  readonly environment: Environment;
  readonly interfaces!: FixedArray<NetworkInterface | null, 8>;
  interfaceCount: u32 = 0;
  readonly routes = new RouteTable();
  readonly reassembly = new Reassembly();
  readonly pathMtus = new PathMtuTable();
  /** Errors and answers that others make us send: as many as Linux sends (icmp_msgs_per_sec). */
  readonly errorLimit = new RateLimit(1000, 50);
  configurationReceiver: ConfigurationReceiver | null = null;
  observer: NetworkObserver | null = null;
  /** Goes up with every change that a path could depend on. */
  private readonly generation = new Atomic<u64>(1);
  private readonly identification = new Atomic<u32>(0);
  /** While a neighbour is asked for or a waiting packet sent: whose table it is. */
  private current: NetworkInterface | null = null;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  // ---- Configuration ------------------------------------------------------------------------------------------------

  /** Adds an interface, whose index becomes its place. False when there are too many. */
  addInterface(added: NetworkInterface): boolean {
    if (this.interfaceCount === MAXIMUM_INTERFACES) return false;
    added.neighbours.begin(this);
    added.index = this.interfaceCount + 1;
    this.interfaces[this.interfaceCount] = added;
    this.interfaceCount++;
    return true;
  }

  /** The interface with an index from 1 on. */
  interfaceAt(index: u32): NetworkInterface | null {
    return index === 0 || index > this.interfaceCount ? null : this.interfaces[index - 1];
  }

  /** Gives an interface an address, and the route to its network. */
  addAddress(to: NetworkInterface, address: IpAddress, prefixLength: u32): Errno {
    if (to.findEntry(address) !== null) return Errno.EXIST;
    const entry = to.addEntry(address, prefixLength, AddressState.Preferred);
    if (entry === null) return Errno.NOBUFS;
    entry.state = AddressState.Preferred;
    this.listenFor(to, address);
    this.addressChanged(to, entry);
    if (prefixLength < (isIpv4(address) ? u32(32) : u32(128))) this.addRoute(address, prefixLength, unspecified6(), false, to, 0);
    this.changed();
    return Errno.NONE;
  }

  /** Another station has an address that was about to become ours: it is given up (RFC 4862, 5.4.5). */
  duplicateAddress(from: NetworkInterface, entry: InterfaceAddress): void {
    this.removeAddress(from, entry);
  }

  removeAddress(from: NetworkInterface, entry: InterfaceAddress): void {
    entry.state = AddressState.None;
    if (!isIpv4(entry.address)) leaveGroup(this, from, solicitedNodeGroup(entry.address));
    this.addressChanged(from, entry);
    this.removeRoute(entry.address, entry.prefixLength, unspecified6(), false, from);
  }

  /** Tells of an address that came, changed or went. */
  addressChanged(on: NetworkInterface, entry: InterfaceAddress): void {
    const observer = this.observer;
    if (observer !== null) observer.addressChanged(on, entry, entry.state !== AddressState.None);
    this.changed();
  }

  /** Tells of a route that is new. */
  routeAdded(route: Route): void {
    const observer = this.observer;
    if (observer !== null) observer.routeChanged(route, true);
    this.changed();
  }

  /** Takes a route away, if it is there. */
  removeRoute(destination: IpAddress, prefixLength: u32, gateway: IpAddress, hasGateway: boolean, out: NetworkInterface): void {
    const route = this.routes.findExact(destination, prefixLength, gateway, hasGateway, out);
    if (route !== null) this.routeEnded(route);
  }

  /** Takes a route away. */
  routeEnded(route: Route): void {
    const observer = this.observer;
    route.isUsed = false;
    if (observer !== null) observer.routeChanged(route, false);
    this.changed();
  }

  /** Adds a route; `prefixLength` 0 and a gateway make the default one. */
  addRoute(
    destination: IpAddress,
    prefixLength: u32,
    gateway: IpAddress,
    hasGateway: boolean,
    out: NetworkInterface,
    metric: u32,
  ): Errno {
    const route = this.routes.add(destination, prefixLength, gateway, hasGateway, out, metric);
    if (route === null) return Errno.NOBUFS;
    this.routeAdded(route);
    return Errno.NONE;
  }

  /** Who asks for an IPv6 address asks its group (RFC 4861, 7.2.1), which switches have to know we are in. */
  listenFor(out: NetworkInterface, address: IpAddress): void {
    if (!isIpv4(address)) joinGroup(this, out, solicitedNodeGroup(address));
  }

  /** One more socket wants a group's packets by an interface: EINVAL, ENOBUFS. */
  joinGroup(out: NetworkInterface, group: IpAddress): Errno {
    return joinGroup(this, out, group);
  }

  /** One less. EADDRNOTAVAIL when there was none. */
  leaveGroup(out: NetworkInterface, group: IpAddress): Errno {
    return leaveGroup(this, out, group);
  }

  /** Whether an address is a broadcast one of any interface. */
  isAnyBroadcast(address: IpAddress): boolean {
    for (let i: u32 = 0; i < this.interfaceCount; i++) if (this.interfaces[i]!.isBroadcast(address)) return true;
    return false;
  }

  /** Whether any interface listens to a group. */
  isInGroup(group: IpAddress): boolean {
    for (let i: u32 = 0; i < this.interfaceCount; i++) if (this.interfaces[i]!.groups.accepts(group)) return true;
    return false;
  }

  /** Lets an interface find its IPv6 addresses and routers by itself. */
  startAutomatic(out: NetworkInterface, now: u64): void {
    beginAutomatic(this, out, now);
  }

  /** Makes every path look again. */
  changed(): void {
    this.generation.add(1);
  }

  /** The interface that has an address which may be used; null when it is not ours. All of 127.0.0.0/8 is. */
  findLocal(address: IpAddress): NetworkInterface | null {
    for (let i: u32 = 0; i < this.interfaceCount; i++) {
      const one = this.interfaces[i]!;
      if (one.findAddress(address) !== null) return one;
      if (!one.isEthernet() && isIpv4(address) && isLoopback(address)) return one;
    }
    return null;
  }

  // ---- Receiving: network_input.ts ----------------------------------------------------------------------------------

  /** Looks at a packet that a device received: the headers of link and IP. Takes it unless it says Deliver or Control. No lock. */
  parse(from: NetworkInterface, packet: PacketBuffer, now: u64): Verdict {
    return parsePacket(this, from, packet, now);
  }

  /** Goes on with what `parse` called Control. Takes the packet; the answer is one to deliver, or null. */
  control(packet: PacketBuffer, now: u64): PacketBuffer | null {
    return controlPacket(this, packet, now);
  }

  // ---- Sending ------------------------------------------------------------------------------------------------------

  /** Finds interface, next hop, source (unless the path has one) and size for a path's destination. */
  resolve(path: Path, now: u64): Errno {
    const destination = path.destination;
    // Taken before looking: what changes meanwhile makes the path old.
    const generation = this.generation.load();
    path.hasNeighbour = false;
    path.generation = 0;
    const local = isUnspecified(destination) ? null : this.findLocal(destination);
    if (local !== null) {
      path.interface = this.interfaces[0];
      path.nextHop = destination;
      // An address of ours is its own source; of the loopback's network only one address is.
      const own = local.findAddress(destination) === null ? local.sourceFor(destination) : null;
      if (isUnspecified(path.source)) path.source = own === null ? destination : own.address;
    } else {
      const error = this.resolveRemote(path);
      if (error !== Errno.NONE) return error;
    }
    const out = path.interface!;
    path.maximumPacket = this.pathMtus.limit(destination, out.maximumPacket, now);
    path.generation = generation;
    path.loopsBack = false;
    if (!out.isEthernet()) {
      path.hasNeighbour = true;
      path.goodUntil = 0;
    } else if (isMulticast(destination) || out.isBroadcast(destination)) {
      path.neighbour = isMulticast(destination) ? multicastEthernet(destination) : (ETHERNET_BROADCAST as EthernetAddress);
      path.hasNeighbour = true;
      path.goodUntil = 0;
      path.loopsBack = isMulticast(destination) ? path.multicastLoop && out.groups.accepts(destination) : true;
    }
    return Errno.NONE;
  }

  /** A router says how large packets to a destination may be; whoever knows that it speaks of one of ours passes it on. */
  notePathSize(destination: IpAddress, maximumPacket: u32, now: u64): void {
    if (this.pathMtus.note(destination, maximum(maximumPacket, u32(LEAST_PATH_SIZE)), now)) this.changed();
  }

  private resolveRemote(path: Path): Errno {
    const destination = path.destination;
    const bound = this.interfaceAt(path.boundInterface);
    const route = this.routes.find(destination, path.boundInterface);
    if (route !== null) {
      path.interface = route.interface;
      path.nextHop = route.hasGateway ? route.gateway : destination;
    } else {
      // Groups and the limited broadcast need no route, only an interface.
      const isGroup = isMulticast(destination) || isSameAddress(destination, ipv4(0xffff_ffff));
      const out = bound ?? (isGroup && this.interfaceCount > 1 ? this.interfaces[1] : null);
      if (out === null || !(isGroup || bound !== null)) return Errno.NETUNREACH;
      // As in Linux the loopback has no groups of IPv6.
      if (isGroup && !isIpv4(destination) && !out.isEthernet()) return Errno.NETUNREACH;
      path.interface = out;
      path.nextHop = destination;
    }
    if (!isUnspecified(path.source)) return Errno.NONE;
    // Of IPv4 addresses the one on the router's network; of IPv6 ones that which reaches as far (RFC 6724).
    const source = path.interface!.sourceFor(isIpv4(destination) ? path.nextHop : destination);
    if (source === null) return isIpv4(destination) ? Errno.NETUNREACH : Errno.ADDRNOTAVAIL;
    path.source = source.address;
    return Errno.NONE;
  }

  /** Sends by a path that is still good. Takes the packet if it does; false: use `sendSlow`. No lock. */
  sendFast(path: Path, packet: PacketBuffer, protocol: u8, now: u64): boolean {
    if (path.generation !== this.generation.load() || !path.hasNeighbour || path.loopsBack) return false;
    if (path.goodUntil !== 0 && now >= path.goodUntil) return false;
    const out = path.interface!;
    const header: u32 = isIpv4(path.destination) ? IPV4_HEADER : IPV6_HEADER;
    if (packet.segmentKind === SegmentKind.None && packet.totalLength() + header > path.maximumPacket) return false;
    this.prependInternet(path, packet, protocol);
    if (out.isEthernet()) prependEthernet(packet, path.neighbour, out.device.hardwareAddress(), etherTypeOf(packet));
    this.handOver(out, packet);
    return true;
  }

  /** Sends whatever it takes: looks for route and neighbour, cuts into fragments, reports what cannot be. Takes the packet. */
  sendSlow(path: Path, packet: PacketBuffer, protocol: u8, now: u64): Errno {
    const counters = this.environment.counters();
    const four = isIpv4(path.destination);
    if (path.generation !== this.generation.load()) {
      const error = this.resolve(path, now);
      if (error !== Errno.NONE) {
        counters.count(four ? Counter.IpOutNoRoutes : Counter.Ip6OutNoRoutes);
        packet.release();
        return error;
      }
    }
    if (path.loopsBack) this.loopBack(path, packet, protocol);
    const header: u32 = four ? IPV4_HEADER : IPV6_HEADER;
    if (packet.segmentKind === SegmentKind.None && packet.totalLength() + header > path.maximumPacket) {
      if (!path.mayFragment) {
        counters.count(four ? Counter.IpFragFails : Counter.Ip6FragFails);
        packet.release();
        return Errno.MSGSIZE;
      }
      return fragmentPacket(this, path, packet, protocol, now);
    }
    this.prependInternet(path, packet, protocol);
    this.sendPrepared(path, packet, now);
    return Errno.NONE;
  }

  /** Gives a copy of a packet for a group, or for everybody, to our own listeners. Keeps the packet, which has no IP header yet. */
  private loopBack(path: Path, packet: PacketBuffer, protocol: u8): void {
    const copy = this.environment.memory().allocatePacket(u64(packet.totalLength()));
    if (copy === null) return;
    packet.copyOut(0, copy.extend(packet.totalLength()));
    if (isIpv4(path.destination)) prependIpv4(copy, path, protocol, this.nextIdentification());
    else prependIpv6(copy, path, protocol);
    // As every packet of the loopback: nobody has to look at its checksum.
    copy.checksum = ChecksumState.Partial;
    this.handOver(this.interfaces[0]!, copy);
  }

  /** Puts the IP header in front. */
  private prependInternet(path: Path, packet: PacketBuffer, protocol: u8): void {
    const counters = this.environment.counters();
    if (isIpv4(path.destination)) {
      counters.count(Counter.IpOutRequests);
      if (isMulticast(path.destination)) counters.count(Counter.IpExtOutMcastPkts);
      prependIpv4(packet, path, protocol, this.nextIdentification());
    } else {
      counters.count(Counter.Ip6OutRequests);
      prependIpv6(packet, path, protocol);
    }
    counters.add(Counter.IpExtOutOctets, u64(packet.totalLength()));
  }

  /** Identifications only matter to fragments (RFC 6864); a device that cuts a packet counts on from its own. */
  nextIdentification(): u16 {
    return u16(this.identification.add(1));
  }

  /** Sends a packet with its IP header to the path's next hop, as soon as that is known. Takes it. */
  sendPrepared(path: Path, packet: PacketBuffer, now: u64): void {
    const out = path.interface!;
    if (!out.isEthernet()) {
      this.handOver(out, packet);
      return;
    }
    if (!path.hasNeighbour || (path.goodUntil !== 0 && now >= path.goodUntil)) {
      this.current = out;
      const neighbour = out.neighbours.obtain(path.nextHop, now);
      if (neighbour === null) {
        this.environment.counters().count(Counter.LinkNeighbourTableFull);
        packet.release();
        return;
      }
      if (!neighbour.isKnown()) {
        packet.source = out;
        out.neighbours.enqueue(neighbour, packet);
        return;
      }
      path.neighbour = neighbour.hardware;
      path.hasNeighbour = true;
      path.goodUntil = out.neighbours.goodUntil(neighbour, now);
    }
    prependEthernet(packet, path.neighbour, out.device.hardwareAddress(), etherTypeOf(packet));
    this.handOver(out, packet);
  }

  /** What was sent on a path got through: its neighbour is there (RFC 4861, 7.3.1). */
  confirmPath(path: Path, now: u64): void {
    const out = path.interface;
    if (out === null || !out.isEthernet()) return;
    const neighbour = out.neighbours.find(path.nextHop);
    if (neighbour !== null && neighbour.isKnown()) out.neighbours.confirm(neighbour, now);
    path.goodUntil = 0;
    path.hasNeighbour = false;
  }

  /** Gives a complete frame to the device. Takes it. */
  handOver(out: NetworkInterface, packet: PacketBuffer): void {
    out.transmitted.packets++;
    out.transmitted.bytes += u64(packet.totalLength());
    out.device.transmit(packet);
  }

  // ---- Errors about received packets --------------------------------------------------------------------------------

  /** Nobody listens on a datagram's port: says so to its sender. Takes the packet. */
  refuse(packet: PacketBuffer, now: u64): void {
    refusePort(this, packet, now);
  }

  /** Sends an ICMP error about a received packet, unless that is forbidden. Keeps the packet. */
  sendError(cause: PacketBuffer, type: u8, code: u8, rest: u32, now: u64): void {
    sendIcmpError(this, cause, type, code, rest, now);
  }

  /** Completes and sends an ICMP packet that begins with its header. Takes it. */
  sendIcmp(packet: PacketBuffer, from: IpAddress, to: IpAddress, hopLimit: u8, now: u64): void {
    sendIcmpPacket(this, packet, from, to, hopLimit, now);
  }

  // ---- Time ---------------------------------------------------------------------------------------------------------

  /** When `timer` is to be called; 0: nothing waits. */
  deadline(): u64 {
    let earliest: u64 = this.reassembly.deadline();
    for (let i: u32 = 0; i < this.interfaceCount; i++) {
      const one = this.interfaces[i]!;
      earliest = earlier(earliest, earlier(one.neighbours.deadline, automaticDeadline(one)));
      earliest = earlier(earliest, groupDeadline(one));
    }
    return earlier(earliest, this.routes.deadline());
  }

  timer(now: u64): void {
    for (let i: u32 = 0; i < this.interfaceCount; i++) {
      this.current = this.interfaces[i];
      this.current!.neighbours.timer(now);
      automaticTimer(this, this.current!, now);
      groupTimer(this, this.current!, now);
    }
    this.routes.expire(now, (route) => this.routeEnded(route));
    this.reassembly.timer(now, this.environment.counters(), (first) => {
      // The first fragment's own headers are still in its storage (RFC 792, RFC 4443, 3.3).
      const four = isIpv4(first.from);
      this.sendError(first, four ? u8(Icmp4Type.TimeExceeded) : u8(Icmp6Type.TimeExceeded), 1, 0, now);
    });
  }

  // ---- NeighbourOwner -----------------------------------------------------------------------------------------------

  solicit(neighbour: Neighbour, toItself: boolean, now: u64): void {
    const out = this.current!;
    const own = out.sourceFor(neighbour.address);
    if (own === null) return;
    const memory = this.environment.memory();
    if (!isIpv4(neighbour.address)) {
      const to = toItself ? neighbour.hardware : (0 as EthernetAddress);
      const asked = makeNeighbourSolicitation(this, out, neighbour.address, own.address, to);
      if (asked !== null) this.handOver(out, asked);
      return;
    }
    const to = toItself ? neighbour.hardware : (ETHERNET_BROADCAST as EthernetAddress);
    const hardware = out.device.hardwareAddress();
    const request = makeArp(memory, ArpOperation.Request, hardware, own.address, 0 as EthernetAddress, neighbour.address, to);
    if (request === null) return;
    this.environment.counters().count(Counter.LinkArpOutRequests);
    this.handOver(out, request);
  }

  sendTo(neighbour: Neighbour, packet: PacketBuffer): void {
    const out = packet.source!;
    const kind = etherTypeOf(packet);
    prependEthernet(packet, neighbour.hardware, out.device.hardwareAddress(), kind);
    this.handOver(out, packet);
  }

  unreachable(packet: PacketBuffer, now: u64): void {
    reportUnreachable(this, packet, now);
  }

  dropped(packet: PacketBuffer): void {
    this.environment.counters().count(Counter.LinkNeighbourQueueDrops);
    packet.release();
  }

  neighboursChanged(): void {
    this.changed();
  }

  /** Notes whose neighbours the next calls of the table are about. */
  concern(about: NetworkInterface): void {
    this.current = about;
  }
}

/** The earlier of two times, of which 0 means never. */
export function earlier(a: u64, b: u64): u64 {
  if (a === 0) return b;
  if (b === 0) return a;
  return minimum(a, b);
}
