// Options of the levels of IP and IPv6 (ip(7), ipv6(7)), which sockets of TCP and of UDP have alike.

import { Errno } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import type { Path } from "../net/path.ts";
import type { OptionValue } from "./socket.ts";
import { Family } from "./socket_address.ts";

export const LEVEL_IP = 0;
export const LEVEL_IPV6 = 41;

/** linux/in.h */
const enum IpOption {
  TypeOfService = 1,
  TimeToLive = 2,
  HeaderIncluded = 3,
  Options = 4,
  PacketInformation = 8,
  MtuDiscover = 10,
  ReceiveErrors = 11,
  ReceiveTimeToLive = 12,
  ReceiveTypeOfService = 13,
  Mtu = 14,
  FreeBind = 15,
  Transparent = 19,
  MinimumTimeToLive = 21,
  NoPort = 24,
  MulticastInterface = 32,
  MulticastTimeToLive = 33,
  MulticastLoop = 34,
  AddMembership = 35,
  DropMembership = 36,
  LocalPortRange = 51,
}

/** linux/in6.h */
const enum Ip6Option {
  UnicastHops = 16,
  MulticastInterface = 17,
  MulticastHops = 18,
  MulticastLoop = 19,
  AddMembership = 20,
  DropMembership = 21,
  MtuDiscover = 23,
  Mtu = 24,
  ReceiveErrors = 25,
  Only6 = 26,
  PacketInformation = 49,
  ReceiveHopLimit = 51,
  ReceiveTrafficClass = 66,
  TrafficClass = 67,
  DontFragment = 62,
}

const DEFAULT_HOPS = 64;
/** IP_PMTUDISC_WANT and the largest that there is. */
const DISCOVER_WANT = 1;
const DISCOVER_MAX = 5;

/** What a socket of the internet keeps for these options. */
export class InternetOptions {
  only6 = false;
  typeOfService: u8 = 0;
  /** 0: the default. */
  hopLimit: u8 = 0;
  multicastHopLimit: u8 = 1;
  multicastLoop = true;
  multicastInterface: u32 = 0;
  mtuDiscover: u32 = DISCOVER_WANT;
  packetInformation = false;
  packetInformation6 = false;
  receiveErrors = false;
  receiveHopLimit = false;
  receiveTrafficClass = false;
  freeBind = false;
  noPort = false;

  /** Sets what a path depends on. */
  applyTo(path: Path): void {
    path.trafficClass = this.typeOfService;
    path.hopLimit = this.hopLimit === 0 ? DEFAULT_HOPS : this.hopLimit;
    path.dontFragment = this.mtuDiscover !== 0;
  }

  /** An option of one of the two levels. @param mtu of the connection's path; 0: not connected */
  get(level: u32, name: u32, value: OptionValue, mtu: u32): Errno {
    if (level === LEVEL_IP) return this.getIp(name, value, mtu);
    return this.getIp6(name, value, mtu);
  }

  private getIp(name: u32, value: OptionValue, mtu: u32): Errno {
    switch (name as IpOption) {
      case IpOption.TypeOfService:
        return value.answer(u32(this.typeOfService));
      case IpOption.TimeToLive:
        return value.answer(this.hopLimit === 0 ? DEFAULT_HOPS : u32(this.hopLimit));
      case IpOption.Options:
        value.length = 0;
        return Errno.NONE;
      case IpOption.PacketInformation:
        return value.answer(this.packetInformation ? 1 : 0);
      case IpOption.MtuDiscover:
        return value.answer(this.mtuDiscover);
      case IpOption.ReceiveErrors:
        return value.answer(this.receiveErrors ? 1 : 0);
      case IpOption.ReceiveTimeToLive:
        return value.answer(this.receiveHopLimit ? 1 : 0);
      case IpOption.ReceiveTypeOfService:
        return value.answer(this.receiveTrafficClass ? 1 : 0);
      case IpOption.Mtu:
        return mtu === 0 ? Errno.NOTCONN : value.answer(mtu);
      case IpOption.FreeBind:
        return value.answer(this.freeBind ? 1 : 0);
      case IpOption.NoPort:
        return value.answer(this.noPort ? 1 : 0);
      case IpOption.MulticastTimeToLive:
        return value.answer(u32(this.multicastHopLimit));
      case IpOption.MulticastLoop:
        return value.answer(this.multicastLoop ? 1 : 0);
      case IpOption.MulticastInterface:
      case IpOption.Transparent:
      case IpOption.HeaderIncluded:
      case IpOption.MinimumTimeToLive:
        return value.answer(0);
      default:
        return Errno.NOPROTOOPT;
    }
  }

  private getIp6(name: u32, value: OptionValue, mtu: u32): Errno {
    switch (name as Ip6Option) {
      case Ip6Option.Only6:
        return value.answer(this.only6 ? 1 : 0);
      case Ip6Option.UnicastHops:
        return value.answer(this.hopLimit === 0 ? DEFAULT_HOPS : u32(this.hopLimit));
      case Ip6Option.MulticastHops:
        return value.answer(u32(this.multicastHopLimit));
      case Ip6Option.MulticastLoop:
        return value.answer(this.multicastLoop ? 1 : 0);
      case Ip6Option.MulticastInterface:
        return value.answer(this.multicastInterface);
      case Ip6Option.MtuDiscover:
        return value.answer(this.mtuDiscover);
      case Ip6Option.Mtu:
        return mtu === 0 ? Errno.NOTCONN : value.answer(mtu);
      case Ip6Option.ReceiveErrors:
        return value.answer(this.receiveErrors ? 1 : 0);
      case Ip6Option.PacketInformation:
        return value.answer(this.packetInformation6 ? 1 : 0);
      case Ip6Option.ReceiveHopLimit:
        return value.answer(this.receiveHopLimit ? 1 : 0);
      case Ip6Option.ReceiveTrafficClass:
        return value.answer(this.receiveTrafficClass ? 1 : 0);
      case Ip6Option.TrafficClass:
        return value.answer(u32(this.typeOfService));
      case Ip6Option.DontFragment:
        return value.answer(0);
      default:
        return Errno.NOPROTOOPT;
    }
  }

  /** Sets an option of one of the two levels. @param isBound whether the socket has an address already */
  set(level: u32, name: u32, value: OptionValue, family: Family, isBound: boolean): Errno {
    if (level === LEVEL_IPV6 && family !== Family.Inet6) return Errno.NOPROTOOPT;
    // An int, or (as ip(7) lets it) a byte.
    if (value.length === 0) return Errno.INVAL;
    if (level === LEVEL_IPV6 && value.length < 4) return Errno.INVAL;
    const number = value.length >= 4 ? value.integer() : u32(value.storage[0]);
    return level === LEVEL_IP ? this.setIp(name, number) : this.setIp6(name, number, isBound);
  }

  private setIp(name: u32, number: u32): Errno {
    const on = number !== 0;
    switch (name as IpOption) {
      case IpOption.TypeOfService:
        this.typeOfService = u8(number);
        return Errno.NONE;
      case IpOption.TimeToLive:
        if (number !== 0xffff_ffff && (number === 0 || number > 255)) return Errno.INVAL;
        this.hopLimit = number === 0xffff_ffff ? 0 : u8(number);
        return Errno.NONE;
      case IpOption.PacketInformation:
        this.packetInformation = on;
        return Errno.NONE;
      case IpOption.MtuDiscover:
        if (number > DISCOVER_MAX) return Errno.INVAL;
        this.mtuDiscover = number;
        return Errno.NONE;
      case IpOption.ReceiveErrors:
        this.receiveErrors = on;
        return Errno.NONE;
      case IpOption.ReceiveTimeToLive:
        this.receiveHopLimit = on;
        return Errno.NONE;
      case IpOption.ReceiveTypeOfService:
        this.receiveTrafficClass = on;
        return Errno.NONE;
      case IpOption.FreeBind:
        this.freeBind = on;
        return Errno.NONE;
      case IpOption.NoPort:
        this.noPort = on;
        return Errno.NONE;
      case IpOption.MulticastTimeToLive:
        if (number !== 0xffff_ffff && number > 255) return Errno.INVAL;
        this.multicastHopLimit = number === 0xffff_ffff ? 1 : u8(number);
        return Errno.NONE;
      case IpOption.MulticastLoop:
        this.multicastLoop = on;
        return Errno.NONE;
      case IpOption.MulticastInterface:
        return Errno.NONE;
      case IpOption.Options:
      case IpOption.Transparent:
      case IpOption.MinimumTimeToLive:
      case IpOption.LocalPortRange:
      case IpOption.AddMembership:
      case IpOption.DropMembership:
        logOnce("ip option", `the option ${name} of IP is not supported (ENOPROTOOPT)`);
        return Errno.NOPROTOOPT;
      default:
        return Errno.NOPROTOOPT;
    }
  }

  private setIp6(name: u32, number: u32, isBound: boolean): Errno {
    const on = number !== 0;
    switch (name as Ip6Option) {
      case Ip6Option.Only6:
        if (isBound) return Errno.INVAL;
        this.only6 = on;
        return Errno.NONE;
      case Ip6Option.UnicastHops:
        if (number !== 0xffff_ffff && number > 255) return Errno.INVAL;
        this.hopLimit = number === 0xffff_ffff ? 0 : u8(number);
        return Errno.NONE;
      case Ip6Option.MulticastHops:
        if (number !== 0xffff_ffff && number > 255) return Errno.INVAL;
        this.multicastHopLimit = number === 0xffff_ffff ? 1 : u8(number);
        return Errno.NONE;
      case Ip6Option.MulticastLoop:
        this.multicastLoop = on;
        return Errno.NONE;
      case Ip6Option.MulticastInterface:
        this.multicastInterface = number;
        return Errno.NONE;
      case Ip6Option.MtuDiscover:
        if (number > DISCOVER_MAX) return Errno.INVAL;
        this.mtuDiscover = number;
        return Errno.NONE;
      case Ip6Option.ReceiveErrors:
        this.receiveErrors = on;
        return Errno.NONE;
      case Ip6Option.PacketInformation:
        this.packetInformation6 = on;
        return Errno.NONE;
      case Ip6Option.ReceiveHopLimit:
        this.receiveHopLimit = on;
        return Errno.NONE;
      case Ip6Option.ReceiveTrafficClass:
        this.receiveTrafficClass = on;
        return Errno.NONE;
      case Ip6Option.TrafficClass:
        if (number !== 0xffff_ffff && number > 255) return Errno.INVAL;
        this.typeOfService = number === 0xffff_ffff ? 0 : u8(number);
        return Errno.NONE;
      case Ip6Option.DontFragment:
        return Errno.NONE;
      case Ip6Option.AddMembership:
      case Ip6Option.DropMembership:
        logOnce("ipv6 option", `the option ${name} of IPv6 is not supported (ENOPROTOOPT)`);
        return Errno.NOPROTOOPT;
      default:
        return Errno.NOPROTOOPT;
    }
  }
}
