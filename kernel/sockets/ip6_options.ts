// Options of the level of IPv6 (ipv6(7)).

import { Errno } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { isIpv4, loadIpv6 } from "../net/address.ts";
import { DEFAULT_HOPS, type InternetOptions, MtuDiscovery } from "./inet_options.ts";
import { changeGroup } from "./ip_options.ts";
import { stack } from "./network_stack.ts";
import { OptionValue, type Socket, SocketType } from "./socket.ts";

/** linux/in6.h */
const enum Ip6Option {
  AddressForm = 1,
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
  MulticastAll = 29,
  JoinGroup = 42,
  LeaveGroup = 45,
  PacketInformation = 49,
  ReceiveHopLimit = 51,
  DontFragment = 62,
  ReceiveTrafficClass = 66,
  TrafficClass = 67,
  AutomaticFlowLabel = 70,
  AddressPreferences = 72,
  MinimumHops = 73,
  FreeBind = 78,
}

/** struct ipv6_mreq: group, interface. */
const MEMBERSHIP = 20;
const LARGEST = 0xffff_ffff;
/** IPV6_PREFER_SRC_PUBTMP_DEFAULT, IPV6_PREFER_SRC_HOME. */
const ADDRESS_PREFERENCES = 0x100;

/** Fills in an option's value. @param mtu of the connection's path; 0: not connected */
export function getIp6Option(options: InternetOptions, name: u32, value: OptionValue, mtu: u32): Errno {
  switch (name as Ip6Option) {
    case Ip6Option.Only6:
      return answerFlag(value, options.only6);
    case Ip6Option.UnicastHops:
      return value.answer(options.hopLimit === 0 ? DEFAULT_HOPS : u32(options.hopLimit));
    case Ip6Option.MulticastHops:
      return value.answer(u32(options.multicastHopLimit));
    case Ip6Option.MulticastLoop:
      return answerFlag(value, options.multicastLoop6);
    case Ip6Option.MulticastInterface:
      return value.answer(options.multicastInterface6);
    case Ip6Option.MulticastAll:
      return answerFlag(value, options.multicastAll6);
    case Ip6Option.MtuDiscover:
      return value.answer(u32(options.mtuDiscover6));
    case Ip6Option.Mtu:
      return mtu === 0 ? Errno.NOTCONN : value.answer(mtu);
    case Ip6Option.ReceiveErrors:
      return answerFlag(value, options.receiveErrors6);
    case Ip6Option.PacketInformation:
      return answerFlag(value, options.packetInformation6);
    case Ip6Option.ReceiveHopLimit:
      return answerFlag(value, options.receiveHopLimit);
    case Ip6Option.ReceiveTrafficClass:
      return answerFlag(value, options.receiveTrafficClass);
    case Ip6Option.TrafficClass:
      return value.answer(u32(options.trafficClass));
    case Ip6Option.DontFragment:
      return answerFlag(value, options.dontFragment6);
    case Ip6Option.MinimumHops:
      return value.answer(u32(options.minimumHops));
    case Ip6Option.FreeBind:
      return answerFlag(value, options.freeBind);
    case Ip6Option.AutomaticFlowLabel:
      return value.answer(1);
    case Ip6Option.AddressPreferences:
      return value.answer(ADDRESS_PREFERENCES);
    default:
      return Errno.NOPROTOOPT;
  }
}

function answerFlag(value: OptionValue, on: boolean): Errno {
  return value.answer(on ? 1 : 0);
}

/** Sets an option. @param isBound whether the socket has an address already */
export function setIp6Option(options: InternetOptions, name: u32, value: OptionValue, socket: Socket, isBound: boolean): Errno {
  switch (name as Ip6Option) {
    case Ip6Option.AddMembership:
    case Ip6Option.DropMembership:
      return changeMembership(options, value, socket, name === Ip6Option.AddMembership);
    case Ip6Option.JoinGroup:
    case Ip6Option.LeaveGroup:
      return changeGroup(options, value, socket, name === Ip6Option.JoinGroup, false);
    default:
      break;
  }
  if (value.length < 4) return isKnown(options, name) ? Errno.INVAL : Errno.NOPROTOOPT;
  return setNumber(options, name, value.integer(), socket, isBound);
}

function isKnown(options: InternetOptions, name: u32): boolean {
  const unread = new OptionValue();
  return getIp6Option(options, name, unread, 1) === Errno.NONE;
}

function setNumber(options: InternetOptions, name: u32, number: u32, socket: Socket, isBound: boolean): Errno {
  const on = number !== 0;
  const isStream = socket.type === SocketType.Stream;
  switch (name as Ip6Option) {
    case Ip6Option.Only6:
      if (isBound) return Errno.INVAL;
      options.only6 = on;
      return Errno.NONE;
    case Ip6Option.UnicastHops:
      if (number !== LARGEST && number > 255) return Errno.INVAL;
      options.hopLimit = number === LARGEST ? 0 : u8(number);
      return Errno.NONE;
    case Ip6Option.MulticastHops:
      if (isStream) return Errno.NOPROTOOPT;
      if (number !== LARGEST && number > 255) return Errno.INVAL;
      options.multicastHopLimit = number === LARGEST ? 1 : u8(number);
      return Errno.NONE;
    case Ip6Option.MulticastLoop:
      if (number > 1) return Errno.INVAL;
      options.multicastLoop6 = on;
      return Errno.NONE;
    case Ip6Option.MulticastInterface:
      if (isStream) return Errno.NOPROTOOPT;
      if (number !== 0 && !hasInterface(number)) return Errno.NODEV;
      options.multicastInterface6 = number;
      return Errno.NONE;
    case Ip6Option.MulticastAll:
      options.multicastAll6 = on;
      return Errno.NONE;
    case Ip6Option.MtuDiscover:
      if (number > MtuDiscovery.Omit) return Errno.INVAL;
      options.mtuDiscover6 = number as MtuDiscovery;
      return Errno.NONE;
    case Ip6Option.Mtu:
      // Nothing below the smallest that IPv6 has; what is taken is of fragments, which we make as large as the path lets us.
      return number !== 0 && number < 1280 ? Errno.INVAL : Errno.NONE;
    case Ip6Option.ReceiveErrors:
      options.receiveErrors6 = on;
      return Errno.NONE;
    case Ip6Option.PacketInformation:
      options.packetInformation6 = on;
      return Errno.NONE;
    case Ip6Option.ReceiveHopLimit:
      options.receiveHopLimit = on;
      return Errno.NONE;
    case Ip6Option.ReceiveTrafficClass:
      options.receiveTrafficClass = on;
      return Errno.NONE;
    case Ip6Option.TrafficClass:
      if (number !== LARGEST && number > 255) return Errno.INVAL;
      options.trafficClass = number === LARGEST ? 0 : u8(number);
      return Errno.NONE;
    case Ip6Option.DontFragment:
      options.dontFragment6 = on;
      return Errno.NONE;
    case Ip6Option.MinimumHops:
      if (number > 255) return Errno.INVAL;
      options.minimumHops = u8(number);
      return Errno.NONE;
    case Ip6Option.FreeBind:
      options.freeBind = on;
      return Errno.NONE;
    case Ip6Option.AutomaticFlowLabel:
      return Errno.NONE;
    default:
      logOnce("ipv6 option", `the option ${name} of IPv6 is not supported (ENOPROTOOPT)`);
      return Errno.NOPROTOOPT;
  }
}

function hasInterface(index: u32): boolean {
  using _ = stack.lock.acquire();
  return stack.network!.interfaceAt(index) !== null;
}

/** struct ipv6_mreq. */
function changeMembership(options: InternetOptions, value: OptionValue, socket: Socket, joins: boolean): Errno {
  if (value.length < MEMBERSHIP) return Errno.INVAL;
  if (socket.type === SocketType.Stream) return Errno.PROTO;
  const group = loadIpv6(value.storage.slice(), 0);
  if (isIpv4(group)) return Errno.INVAL;
  const index = value.word(16);
  return joins ? options.memberships.join(group, index) : options.memberships.leave(group, index);
}
