// Questions about network interfaces by ioctl(2) on any socket of the internet (netdevice(7)): names, addresses, flags.

import { addressOf, sliceAt } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { copyFromUser, copyToUser, type UserPointer } from "../mm/user_memory.ts";
import { ipv4Value, isIpv4 } from "../net/address.ts";
import { store16, store32, store48 } from "../net/byte_order.ts";
import { AddressState, type InterfaceAddress, type NetworkInterface } from "../net/interface.ts";
import { stack, startNetwork } from "./network_stack.ts";

/** Requests (linux/sockios.h). */
const enum InterfaceRequest {
  Name = 0x8910,
  List = 0x8912,
  Flags = 0x8913,
  Address = 0x8915,
  Destination = 0x8917,
  Broadcast = 0x8919,
  Netmask = 0x891b,
  Metric = 0x891d,
  Mtu = 0x8921,
  HardwareAddress = 0x8927,
  Index = 0x8933,
  QueueLength = 0x8942,
}
const FIRST_REQUEST = 0x8910;
const LAST_REQUEST = 0x8999;

/** linux/if.h */
const enum InterfaceFlag {
  Up = 0x1,
  Broadcast = 0x2,
  Loopback = 0x8,
  Running = 0x40,
  Multicast = 0x1000,
}

/** Kinds of hardware (linux/if_arp.h). */
export const HARDWARE_ETHERNET = 1;
export const HARDWARE_LOOPBACK = 772;
/** States of RFC 2863 (linux/if.h). */
export const OPERATION_UNKNOWN = 0;
export const OPERATION_DOWN = 2;
export const OPERATION_UP = 6;
const NAME_LENGTH = 16;
const FAMILY_INET = 2;

/** struct ifreq: the name, then what is asked for. @size 40 */
class Request {
  readonly name!: FixedArray<u8, 16>;
  readonly value!: FixedArray<u8, 24>;
}

/** struct ifconf. @size 16 */
class RequestList {
  length: u32 = 0;
  padding: u32 = 0;
  address: u64 = 0;
}

/** A question about interfaces. NOTTY: it is another request. */
export function controlInterface(request: u32, argument: u64): i64 {
  if (request < FIRST_REQUEST || request > LAST_REQUEST) return errorCode(Errno.NOTTY);
  const started = startNetwork();
  if (started !== Errno.NONE) return errorCode(started);
  const waited = stack.lease.wait();
  if (waited !== Errno.NONE) return errorCode(waited);
  if (request === InterfaceRequest.List) return errorCode(listInterfaces(argument));
  const asked = new Request();
  let error = copyFromUser(bytesOf(asked), argument as UserPointer);
  if (error !== Errno.NONE) return errorCode(error);
  asked.name[NAME_LENGTH - 1] = 0;
  error = answer(request, asked);
  if (error === Errno.NONE) error = copyToUser(argument as UserPointer, bytesOf(asked));
  return errorCode(error);
}

function answer(request: u32, asked: Request): Errno {
  using _ = stack.lock.acquire();
  const network = stack.network!;
  const one = request === InterfaceRequest.Name ? network.interfaceAt(readIndex(asked)) : findByName(asked.name.slice());
  if (one === null) return Errno.NODEV;
  const own = firstAddress(one);
  switch (request as InterfaceRequest) {
    case InterfaceRequest.Name:
      asked.name.slice().copyFrom(one.name.slice());
      return Errno.NONE;
    case InterfaceRequest.Flags:
      putNumber(asked, interfaceFlags(one));
      return Errno.NONE;
    case InterfaceRequest.Address:
    case InterfaceRequest.Destination:
      if (own === null) return Errno.ADDRNOTAVAIL;
      putAddress(asked, ipv4Value(own.address));
      return Errno.NONE;
    case InterfaceRequest.Broadcast:
      if (own === null) return Errno.ADDRNOTAVAIL;
      putAddress(asked, one.isEthernet() ? ipv4Value(own.address) | ~maskOf(own.prefixLength) : 0);
      return Errno.NONE;
    case InterfaceRequest.Netmask:
      if (own === null) return Errno.ADDRNOTAVAIL;
      putAddress(asked, maskOf(own.prefixLength));
      return Errno.NONE;
    case InterfaceRequest.Metric:
      putNumber(asked, 0);
      return Errno.NONE;
    case InterfaceRequest.Mtu:
      putNumber(asked, one.maximumPacket);
      return Errno.NONE;
    case InterfaceRequest.HardwareAddress: {
      asked.value.slice().fill(0);
      const kind: u32 = one.isEthernet() ? HARDWARE_ETHERNET : HARDWARE_LOOPBACK;
      asked.value[0] = u8(kind);
      asked.value[1] = u8(kind >> 8);
      store48(asked.value.slice(), 2, u64(one.device.hardwareAddress()));
      return Errno.NONE;
    }
    case InterfaceRequest.Index:
      putNumber(asked, one.index);
      return Errno.NONE;
    case InterfaceRequest.QueueLength:
      putNumber(asked, 1000);
      return Errno.NONE;
    default:
      logOnce("interface request", `the request ${hex(request)} about network interfaces is not supported (EPERM)`);
      return Errno.PERM;
  }
}

/** What an interface is (linux/if.h). */
export function interfaceFlags(one: NetworkInterface): u32 {
  if (!one.isEthernet()) return InterfaceFlag.Up | InterfaceFlag.Loopback | InterfaceFlag.Running;
  const base = InterfaceFlag.Up | InterfaceFlag.Broadcast | InterfaceFlag.Multicast;
  return one.device.isUp() ? u32(base | InterfaceFlag.Running) : u32(base);
}

/** The index of the interface with a name that a NUL ends; 0: there is none. Takes the network's lock. */
export function indexOfInterface(name: Slice<u8>): u32 {
  if (startNetwork() !== Errno.NONE) return 0;
  using _ = stack.lock.acquire();
  const one = findByName(name);
  return one === null ? 0 : one.index;
}

/** The name of the interface with an index, into 16 bytes when they are given. @returns its length; 0: there is none. Takes the network's lock */
export function nameOfInterface(index: u32, name: Slice<u8> | null): usize {
  if (startNetwork() !== Errno.NONE) return 0;
  using _ = stack.lock.acquire();
  const one = stack.network!.interfaceAt(index);
  if (one === null) return 0;
  if (name !== null) name.copyFrom(one.name.slice());
  return one.nameBytes().length;
}

function findByName(name: Slice<u8>): NetworkInterface | null {
  const network = stack.network!;
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    const one = network.interfaceAt(index)!;
    let same = true;
    for (let i: usize = 0; i < NAME_LENGTH; i++) {
      if (one.name[i] !== name[i]) same = false;
      if (name[i] === 0 || !same) break;
    }
    if (same) return one;
  }
  return null;
}

/** The first IPv4 address. */
function firstAddress(one: NetworkInterface): InterfaceAddress | null {
  for (const own of one.addresses) {
    if (own.state >= AddressState.Preferred && isIpv4(own.address)) return own;
  }
  return null;
}

/** Fills in an entry for each interface with an address; without room for any, says how much there is. */
function listInterfaces(argument: u64): Errno {
  const list = new RequestList();
  let error = copyFromUser(bytesOf(list), argument as UserPointer);
  if (error !== Errno.NONE) return error;
  const network = stack.network!;
  let written: u32 = 0;
  for (let index: u32 = 1; index <= network.interfaceCount; index++) {
    const entry = new Request();
    {
      using _ = stack.lock.acquire();
      const one = network.interfaceAt(index)!;
      const own = firstAddress(one);
      if (own === null) continue;
      entry.name.slice().copyFrom(one.name.slice());
      putAddress(entry, ipv4Value(own.address));
    }
    const size = u32(sizeOf<Request>());
    if (list.address !== 0) {
      if (written + size > list.length) break;
      error = copyToUser((list.address + u64(written)) as UserPointer, bytesOf(entry));
      if (error !== Errno.NONE) return error;
    }
    written += size;
  }
  list.length = written;
  return copyToUser(argument as UserPointer, bytesOf(list));
}

function maskOf(prefix: u32): u32 {
  return prefix === 0 ? 0 : ~u32(0) << (32 - prefix);
}

function readIndex(asked: Request): u32 {
  let index: u32 = 0;
  for (let i: usize = 0; i < 4; i++) index |= u32(asked.value[i]) << (i * 8);
  return index;
}

function putNumber(asked: Request, value: u32): void {
  for (let i: usize = 0; i < 4; i++) asked.value[i] = u8(value >> (i * 8));
}

/** A struct sockaddr_in. */
function putAddress(asked: Request, address: u32): void {
  asked.value.slice().fill(0);
  asked.value[0] = FAMILY_INET;
  store16(asked.value.slice(), 2, 0);
  store32(asked.value.slice(), 4, address);
}

function bytesOf<T>(object: T): Slice<u8> {
  // Safe: the object's own bytes, copied at once.
  return sliceAt<u8>(addressOf(object), sizeOf<T>());
}
