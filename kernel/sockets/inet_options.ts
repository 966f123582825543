// What a socket of the internet keeps for the options of the levels of IP (ip_options.ts) and IPv6 (ip6_options.ts), which sockets of
// TCP and of UDP have alike, and what becomes of them: the way of a packet, what comes with one that was received.

import { Errno } from "../lib/errno.ts";
import { type IpAddress, isIpv4, isLoopback, isMulticast, isUnspecified } from "../net/address.ts";
import type { PacketBuffer } from "../net/packet.ts";
import type { Path } from "../net/path.ts";
import { getIpOption, setIpOption } from "./ip_options.ts";
import { getIp6Option, setIp6Option } from "./ip6_options.ts";
import { Memberships } from "./memberships.ts";
import { stack } from "./network_stack.ts";
import type { OptionValue, Socket } from "./socket.ts";
import { Family } from "./socket_address.ts";
import { type Ancillary, Detail } from "./transfer.ts";

export const LEVEL_IP = 0;
export const LEVEL_IPV6 = 41;

/** Hops of a packet that nobody says otherwise of (net.ipv4.ip_default_ttl). */
export const DEFAULT_HOPS = 64;

/** IP_MTU_DISCOVER and IPV6_MTU_DISCOVER (linux/in.h). */
export const enum MtuDiscovery {
  /** Never: packets may be fragmented on their way. */
  Dont = 0,
  /** What fits is not to be fragmented by others; what does not, we fragment. */
  Want = 1,
  /** What does not fit is refused. */
  Do = 2,
  /** Likewise, by the interface's size alone. */
  Probe = 3,
  Interface = 4,
  Omit = 5,
}

export class InternetOptions {
  only6 = false;
  typeOfService: u8 = 0;
  /** IPV6_TCLASS. */
  trafficClass: u8 = 0;
  /** IP_TTL and IPV6_UNICAST_HOPS: 0: the default. */
  timeToLive: u8 = 0;
  hopLimit: u8 = 0;
  multicastTimeToLive: u8 = 1;
  multicastHopLimit: u8 = 1;
  multicastLoop = true;
  multicastLoop6 = true;
  /** IP_MULTICAST_IF: interface and source; IPV6_MULTICAST_IF. */
  multicastInterface: u32 = 0;
  multicastSource: IpAddress = { high: 0, low: 0 };
  multicastInterface6: u32 = 0;
  /** IP_MULTICAST_ALL: takes what others have joined for, too. */
  multicastAll = true;
  multicastAll6 = true;
  readonly memberships = new Memberships();
  mtuDiscover: MtuDiscovery = MtuDiscovery.Want;
  mtuDiscover6: MtuDiscovery = MtuDiscovery.Want;
  /** IPV6_DONTFRAG. */
  dontFragment6 = false;
  /** IP_MINTTL, IPV6_MINHOPCOUNT. */
  minimumTimeToLive: u8 = 0;
  minimumHops: u8 = 0;
  packetInformation = false;
  packetInformation6 = false;
  receiveErrors = false;
  receiveErrors6 = false;
  receiveTimeToLive = false;
  receiveHopLimit = false;
  receiveTypeOfService = false;
  receiveTrafficClass = false;
  freeBind = false;
  noPort = false;
  /** IP_LOCAL_PORT_RANGE: the first port that may be chosen below, the last above; 0: as for everybody. */
  portRange: u32 = 0;

  /** Whether errors of the network are to be queued that are about packets to an address. */
  wantsErrors(destination: IpAddress): boolean {
    return isIpv4(destination) ? this.receiveErrors : this.receiveErrors6;
  }

  /** Whether a connection takes a packet that has come from so far (IP_MINTTL, RFC 5082). */
  isNear(packet: PacketBuffer): boolean {
    return packet.hopLimit >= (isIpv4(packet.from) ? this.minimumTimeToLive : this.minimumHops);
  }

  /** Takes over what an accepted connection has of its listener's. */
  inherit(from: InternetOptions): void {
    this.only6 = from.only6;
    this.typeOfService = from.typeOfService;
    this.trafficClass = from.trafficClass;
    this.timeToLive = from.timeToLive;
    this.hopLimit = from.hopLimit;
    this.mtuDiscover = from.mtuDiscover;
    this.mtuDiscover6 = from.mtuDiscover6;
    this.receiveErrors = from.receiveErrors;
    this.receiveErrors6 = from.receiveErrors6;
    this.minimumTimeToLive = from.minimumTimeToLive;
    this.minimumHops = from.minimumHops;
    this.freeBind = from.freeBind;
    this.noPort = from.noPort;
    this.portRange = from.portRange;
  }

  /** Gives back what it holds. May take the network's lock. */
  dispose(): void {
    this.memberships.leaveAll();
  }

  /** Sets what a path depends on, once its destination is set. */
  applyTo(path: Path): void {
    const four = isIpv4(path.destination);
    const hops = four ? this.timeToLive : this.hopLimit;
    const discovery = four ? this.mtuDiscover : this.mtuDiscover6;
    path.trafficClass = four ? this.typeOfService : this.trafficClass;
    path.hopLimit = hops === 0 ? DEFAULT_HOPS : hops;
    path.dontFragment = discovery !== MtuDiscovery.Dont && discovery !== MtuDiscovery.Omit;
    const refuses = discovery === MtuDiscovery.Do || discovery === MtuDiscovery.Probe || discovery === MtuDiscovery.Interface;
    path.mayFragment = !refuses && (four || !this.dontFragment6);
    if (isMulticast(path.destination)) this.applyToGroup(path, four);
  }

  private applyToGroup(path: Path, four: boolean): void {
    path.hopLimit = four ? this.multicastTimeToLive : this.multicastHopLimit;
    path.multicastLoop = four ? this.multicastLoop : this.multicastLoop6;
    if (path.boundInterface === 0) path.boundInterface = four ? this.multicastInterface : this.multicastInterface6;
    if (four && isUnspecified(path.source) && !isUnspecified(this.multicastSource)) path.source = this.multicastSource;
  }

  /** Whether a socket takes a packet that came to a group: it has joined, or takes everybody's. */
  acceptsGroup(packet: PacketBuffer): boolean {
    const everybody = isIpv4(packet.to) ? this.multicastAll : this.multicastAll6;
    return everybody || this.memberships.has(packet);
  }

  /** Notes what was asked for of a packet that is being received. */
  describe(packet: PacketBuffer, family: Family, ancillary: Ancillary): void {
    const four = isIpv4(packet.to);
    let details: u32 = 0;
    if (this.packetInformation6 && family === Family.Inet6) details |= Detail.PacketInformation6;
    if (four) {
      if (this.packetInformation) details |= Detail.PacketInformation;
      if (this.receiveTimeToLive) details |= Detail.TimeToLive;
      if (this.receiveTypeOfService) details |= Detail.TypeOfService;
    } else {
      if (this.receiveHopLimit) details |= Detail.HopLimit;
      if (this.receiveTrafficClass) details |= Detail.TrafficClass;
    }
    if (details === 0) return;
    const source = packet.source;
    ancillary.details |= details;
    ancillary.ownAddress = packet.to;
    ancillary.interface = source === null ? 0 : source.index;
    ancillary.hopLimit = packet.hopLimit;
    ancillary.trafficClass = packet.trafficClass;
  }

  /** Whether a socket may be bound to an address: one of ours, a group, or none in particular. Takes the network's lock. */
  mayBind(address: IpAddress): boolean {
    if (isUnspecified(address) || isLoopback(address) || isMulticast(address) || this.freeBind) return true;
    using _ = stack.lock.acquire();
    return stack.network!.findLocal(address) !== null;
  }

  /** An option of one of the two levels. @param mtu of the connection's path; 0: not connected */
  get(level: u32, name: u32, value: OptionValue, mtu: u32): Errno {
    return level === LEVEL_IP ? getIpOption(this, name, value, mtu) : getIp6Option(this, name, value, mtu);
  }

  /** Sets an option of one of the two levels. @param isBound whether the socket has an address already */
  set(level: u32, name: u32, value: OptionValue, socket: Socket, isBound: boolean): Errno {
    if (level === LEVEL_IP) return setIpOption(this, name, value, socket);
    if (socket.family !== Family.Inet6) return Errno.NOPROTOOPT;
    return setIp6Option(this, name, value, socket, isBound);
  }
}
