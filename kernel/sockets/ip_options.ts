// Options of the level of IP (ip(7)).

import { Errno } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { type IpAddress, isIpv4, isUnspecified, loadIpv4, loadIpv6, storeIpv4, unspecified6 } from "../net/address.ts";
import { DEFAULT_HOPS, type InternetOptions, MtuDiscovery } from "./inet_options.ts";
import { stack } from "./network_stack.ts";
import { type OptionValue, type Socket, SocketType } from "./socket.ts";
import { Family } from "./socket_address.ts";

/** linux/in.h */
const enum IpOption {
  TypeOfService = 1,
  TimeToLive = 2,
  HeaderIncluded = 3,
  Options = 4,
  RouterAlert = 5,
  ReceiveOptions = 6,
  ReturnOptions = 7,
  PacketInformation = 8,
  PacketOptions = 9,
  MtuDiscover = 10,
  ReceiveErrors = 11,
  ReceiveTimeToLive = 12,
  ReceiveTypeOfService = 13,
  Mtu = 14,
  FreeBind = 15,
  PassSecurity = 18,
  Transparent = 19,
  OriginalDestination = 20,
  MinimumTimeToLive = 21,
  NoDefrag = 22,
  Checksum = 23,
  NoPort = 24,
  FragmentSize = 25,
  ReceiveErrorsRfc4884 = 26,
  MulticastInterface = 32,
  MulticastTimeToLive = 33,
  MulticastLoop = 34,
  AddMembership = 35,
  DropMembership = 36,
  UnblockSource = 37,
  BlockSource = 38,
  AddSourceMembership = 39,
  DropSourceMembership = 40,
  MessageFilter = 41,
  JoinGroup = 42,
  BlockGroupSource = 43,
  UnblockGroupSource = 44,
  LeaveGroup = 45,
  JoinSourceGroup = 46,
  LeaveSourceGroup = 47,
  GroupFilter = 48,
  MulticastAll = 49,
  UnicastInterface = 50,
  LocalPortRange = 51,
}

/** struct ip_mreq: group, address of an interface; struct ip_mreqn: and an index. */
const MEMBERSHIP = 8;
const MEMBERSHIP_BY_INDEX = 12;
/** struct group_req: an index, padding, a struct sockaddr_storage with the group. */
export const GROUP_REQUEST = 136;
const GROUP_REQUEST_ADDRESS = 8;
const LARGEST = 0xffff_ffff;

/** Fills in an option's value. @param mtu of the connection's path; 0: not connected */
export function getIpOption(options: InternetOptions, name: u32, value: OptionValue, mtu: u32): Errno {
  switch (name as IpOption) {
    case IpOption.TypeOfService:
      return answer(value, u32(options.typeOfService));
    case IpOption.TimeToLive:
      return answer(value, options.timeToLive === 0 ? DEFAULT_HOPS : u32(options.timeToLive));
    case IpOption.Options:
      value.length = 0;
      return Errno.NONE;
    case IpOption.PacketInformation:
      return answerFlag(value, options.packetInformation);
    case IpOption.MtuDiscover:
      return answer(value, u32(options.mtuDiscover));
    case IpOption.ReceiveErrors:
      return answerFlag(value, options.receiveErrors);
    case IpOption.ReceiveTimeToLive:
      return answerFlag(value, options.receiveTimeToLive);
    case IpOption.ReceiveTypeOfService:
      return answerFlag(value, options.receiveTypeOfService);
    case IpOption.Mtu:
      return mtu === 0 ? Errno.NOTCONN : answer(value, mtu);
    case IpOption.FreeBind:
      return answerFlag(value, options.freeBind);
    case IpOption.NoPort:
      return answerFlag(value, options.noPort);
    case IpOption.LocalPortRange:
      return answer(value, options.portRange);
    case IpOption.MinimumTimeToLive:
      return answer(value, u32(options.minimumTimeToLive));
    case IpOption.MulticastTimeToLive:
      return answer(value, u32(options.multicastTimeToLive));
    case IpOption.MulticastLoop:
      return answerFlag(value, options.multicastLoop);
    case IpOption.MulticastAll:
      return answerFlag(value, options.multicastAll);
    case IpOption.MulticastInterface: {
      const bytes: FixedArray<u8, 4> = [];
      storeIpv4(bytes.slice(), 0, options.multicastSource);
      return value.answerBytes(bytes.slice());
    }
    case IpOption.ReceiveOptions:
    case IpOption.ReturnOptions:
    case IpOption.PassSecurity:
    case IpOption.OriginalDestination:
    case IpOption.Transparent:
    case IpOption.HeaderIncluded:
    case IpOption.NoDefrag:
    case IpOption.Checksum:
    case IpOption.FragmentSize:
    case IpOption.ReceiveErrorsRfc4884:
    case IpOption.UnicastInterface:
    case IpOption.RouterAlert:
      // What nobody can set is off.
      return answer(value, 0);
    default:
      return Errno.NOPROTOOPT;
  }
}

/** As ip(7) has it: a byte, where there is no room for an int. */
function answer(value: OptionValue, number: u32): Errno {
  if (value.length > 0 && value.length < 4 && number <= 255) value.length = 1;
  return value.answer(number);
}

function answerFlag(value: OptionValue, on: boolean): Errno {
  return answer(value, on ? 1 : 0);
}

/** Sets an option: from an int, or (as ip(7) lets it) from a byte. */
export function setIpOption(options: InternetOptions, name: u32, value: OptionValue, socket: Socket): Errno {
  switch (name as IpOption) {
    case IpOption.MulticastInterface:
      return setMulticastInterface(options, value, socket);
    case IpOption.AddMembership:
    case IpOption.DropMembership:
      return changeMembership(options, value, socket, name === IpOption.AddMembership);
    case IpOption.JoinGroup:
    case IpOption.LeaveGroup:
      return changeGroup(options, value, socket, name === IpOption.JoinGroup, true);
    case IpOption.UnblockSource:
    case IpOption.BlockSource:
    case IpOption.AddSourceMembership:
    case IpOption.DropSourceMembership:
    case IpOption.MessageFilter:
    case IpOption.BlockGroupSource:
    case IpOption.UnblockGroupSource:
    case IpOption.JoinSourceGroup:
    case IpOption.LeaveSourceGroup:
    case IpOption.GroupFilter:
      logOnce("multicast sources", `filters of multicast sources are not supported (the option ${name} of IP: ENOPROTOOPT)`);
      return Errno.NOPROTOOPT;
    default:
      break;
  }
  const number = value.length >= 4 ? value.integer() : value.length === 0 ? 0 : u32(value.storage[0]);
  // Linux takes no value at all for 0 where it is on or off, and says what is wrong where it must be a number.
  const isGiven = value.length !== 0;
  return setNumber(options, name, number, isGiven, socket);
}

function setNumber(options: InternetOptions, name: u32, number: u32, isGiven: boolean, socket: Socket): Errno {
  const on = number !== 0;
  switch (name as IpOption) {
    case IpOption.TypeOfService:
      // The lowest two bits are congestion notification's, which streams do for themselves.
      options.typeOfService = socket.type === SocketType.Stream ? u8(number & 0xfc) | (options.typeOfService & 3) : u8(number);
      return Errno.NONE;
    case IpOption.TimeToLive:
      if (!isGiven || (number !== LARGEST && (number === 0 || number > 255))) return Errno.INVAL;
      options.timeToLive = number === LARGEST ? 0 : u8(number);
      return Errno.NONE;
    case IpOption.PacketInformation:
      options.packetInformation = on;
      return Errno.NONE;
    case IpOption.MtuDiscover:
      if (number > MtuDiscovery.Omit) return Errno.INVAL;
      options.mtuDiscover = number as MtuDiscovery;
      return Errno.NONE;
    case IpOption.ReceiveErrors:
      options.receiveErrors = on;
      return Errno.NONE;
    case IpOption.ReceiveTimeToLive:
      options.receiveTimeToLive = on;
      return Errno.NONE;
    case IpOption.ReceiveTypeOfService:
      options.receiveTypeOfService = on;
      return Errno.NONE;
    case IpOption.FreeBind:
      if (!isGiven) return Errno.INVAL;
      options.freeBind = on;
      return Errno.NONE;
    case IpOption.NoPort:
      options.noPort = on;
      return Errno.NONE;
    case IpOption.LocalPortRange:
      return setPortRange(options, number, isGiven);
    case IpOption.MinimumTimeToLive:
      if (!isGiven || number > 255) return Errno.INVAL;
      options.minimumTimeToLive = u8(number);
      return Errno.NONE;
    case IpOption.MulticastTimeToLive:
      if (socket.type === SocketType.Stream || !isGiven) return Errno.INVAL;
      if (number !== LARGEST && number > 255) return Errno.INVAL;
      options.multicastTimeToLive = number === LARGEST ? 1 : u8(number);
      return Errno.NONE;
    case IpOption.MulticastLoop:
      if (!isGiven) return Errno.INVAL;
      options.multicastLoop = on;
      return Errno.NONE;
    case IpOption.MulticastAll:
      if (!isGiven || number > 1) return Errno.INVAL;
      options.multicastAll = on;
      return Errno.NONE;
    case IpOption.HeaderIncluded:
      return Errno.NOPROTOOPT;
    default:
      logOnce("ip option", `the option ${name} of IP is not supported (ENOPROTOOPT)`);
      return Errno.NOPROTOOPT;
  }
}

/** The first port in the lower half, the last in the upper one; 0 is no limit. */
function setPortRange(options: InternetOptions, range: u32, isGiven: boolean): Errno {
  const first = range & 0xffff;
  const last = range >> 16;
  if (!isGiven || (first !== 0 && last !== 0 && first > last)) return Errno.INVAL;
  options.portRange = range;
  return Errno.NONE;
}

/** By which interface packets to groups leave. */
function setMulticastInterface(options: InternetOptions, value: OptionValue, socket: Socket): Errno {
  if (socket.type === SocketType.Stream || value.length < 4) return Errno.INVAL;
  const bytes = value.storage.slice();
  let index: u32 = value.length >= MEMBERSHIP_BY_INDEX ? value.word(8) : 0;
  const address = value.length >= MEMBERSHIP ? loadIpv4(bytes, 4) : loadIpv4(bytes, 0);
  if (index === 0 && isUnspecified(address)) {
    options.multicastInterface = 0;
    options.multicastSource = unspecified6();
    return Errno.NONE;
  }
  using _ = stack.lock.acquire();
  const network = stack.network!;
  const out = index === 0 ? network.findLocal(address) : network.interfaceAt(index);
  if (out === null) return Errno.ADDRNOTAVAIL;
  index = out.index;
  options.multicastInterface = index;
  options.multicastSource = address;
  return Errno.NONE;
}

/** struct ip_mreq or ip_mreqn. */
function changeMembership(options: InternetOptions, value: OptionValue, socket: Socket, joins: boolean): Errno {
  if (socket.type === SocketType.Stream) return Errno.PROTO;
  if (value.length < MEMBERSHIP) return Errno.INVAL;
  const bytes = value.storage.slice();
  const group = loadIpv4(bytes, 0);
  const by = loadIpv4(bytes, 4);
  let index: u32 = value.length >= MEMBERSHIP_BY_INDEX ? value.word(8) : 0;
  if (index === 0 && !isUnspecified(by)) {
    index = indexOfAddress(by);
    if (index === 0) return joins ? Errno.NODEV : Errno.ADDRNOTAVAIL;
  }
  return joins ? options.memberships.join(group, index) : options.memberships.leave(group, index);
}

function indexOfAddress(address: IpAddress): u32 {
  using _ = stack.lock.acquire();
  const out = stack.network!.findLocal(address);
  return out === null ? 0 : out.index;
}

/** struct group_req, of either level. */
export function changeGroup(options: InternetOptions, value: OptionValue, socket: Socket, joins: boolean, four: boolean): Errno {
  if (value.length < GROUP_REQUEST) return Errno.INVAL;
  if (socket.type === SocketType.Stream) return Errno.PROTO;
  const family = value.word(GROUP_REQUEST_ADDRESS) & 0xffff;
  const wanted = four ? Family.Inet : Family.Inet6;
  if (family !== u32(wanted)) return four ? Errno.INVAL : Errno.ADDRNOTAVAIL;
  const bytes = value.storage.slice();
  const at = GROUP_REQUEST_ADDRESS + (four ? u64(4) : u64(8));
  const group = four ? loadIpv4(bytes, at) : loadIpv6(bytes, at);
  if (isIpv4(group) !== four) return Errno.INVAL;
  const index = value.word(0);
  return joins ? options.memberships.join(group, index) : options.memberships.leave(group, index);
}
