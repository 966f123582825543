// Addresses of the internet's sockets (ip(7), ipv6(7)): struct sockaddr_in and sockaddr_in6, and the kernel's own form of both.
//
//   sockaddr_in     family 2 │ port 2, big-endian │ address 4 │ zeros 8
//   sockaddr_in6    family 2 │ port 2, big-endian │ flow 4 │ address 16 │ interface 4
//
// A socket for both versions (AF_INET6 without IPV6_V6ONLY) shows an IPv4 address as ::ffff:a.b.c.d, which is how it is kept anyway.

import { Errno } from "../lib/errno.ts";
import {
  type IpAddress,
  ipv4,
  isIpv4,
  isUnspecified,
  loadIpv4,
  loadIpv6,
  storeIpv4,
  storeIpv6,
  unspecified6,
} from "../net/address.ts";
import { load16, store16 } from "../net/byte_order.ts";
import { Family, type SocketAddress } from "./socket_address.ts";

const LENGTH_4 = 16;
const LENGTH_6 = 28;
/** Without the interface, as old programs have it. */
const SHORTEST_6 = 24;

/** An address and a port. */
export class Place {
  address: IpAddress = { high: 0, low: 0 };
  port: u16 = 0;
  /** IPv6: the interface's index; 0: any. */
  scope: u32 = 0;
}

/**
 * Reads an address for a socket of a family. A socket of IPv6 takes addresses of its own family alone.
 * @returns INVAL: too short; AFNOSUPPORT: of another family
 */
export function readPlace(address: SocketAddress, family: Family, place: Place): Errno {
  const given = address.family();
  if (family === Family.Inet) {
    if (address.length < LENGTH_4) return Errno.INVAL;
    if (given !== Family.Inet) return Errno.AFNOSUPPORT;
    place.address = loadIpv4(address.storage.slice(), 4);
  } else {
    if (address.length < 2) return Errno.INVAL;
    if (given === Family.Inet && address.length >= LENGTH_4) return Errno.AFNOSUPPORT;
    if (address.length < SHORTEST_6) return Errno.INVAL;
    if (given !== Family.Inet6) return Errno.AFNOSUPPORT;
    place.address = loadIpv6(address.storage.slice(), 8);
    if (address.length >= LENGTH_6) {
      const bytes = address.storage;
      place.scope = u32(bytes[24]) | (u32(bytes[25]) << 8) | (u32(bytes[26]) << 16) | (u32(bytes[27]) << 24);
    }
  }
  place.port = load16(address.storage.slice(), 2);
  return Errno.NONE;
}

/** Shows an address to the application of a socket of a family. */
export function writePlace(address: SocketAddress, family: Family, at: IpAddress, port: u16, scope: u32 = 0): void {
  if (family === Family.Inet) {
    address.begin(Family.Inet, LENGTH_4);
    if (isIpv4(at)) storeIpv4(address.storage.slice(), 4, at);
  } else {
    address.begin(Family.Inet6, LENGTH_6);
    storeIpv6(address.storage.slice(), 8, at);
    for (let i: usize = 0; i < 4; i++) address.storage[24 + i] = u8(scope >> (i * 8));
  }
  store16(address.storage.slice(), 2, port);
}

/** The address that a socket has before it is bound. */
export function anyAddress(family: Family): IpAddress {
  return family === Family.Inet ? ipv4(0) : unspecified6();
}

/** Whether two local addresses of bound sockets get in each other's way. `::` is any address of either version, unless it is for IPv6 alone. */
export function addressesMeet(a: IpAddress, aOnly6: boolean, b: IpAddress, bOnly6: boolean): boolean {
  const a4 = isIpv4(a);
  const b4 = isIpv4(b);
  if (a4 !== b4) {
    // One is of IPv6: it meets the other when it is :: and takes IPv4 too.
    return a4 ? !bOnly6 && isUnspecified(b) : !aOnly6 && isUnspecified(a);
  }
  if (isUnspecified(a) || isUnspecified(b)) return true;
  return a.high === b.high && a.low === b.low;
}

/** An unspecified destination is the machine itself. */
export function reachable(address: IpAddress): IpAddress {
  if (!isUnspecified(address)) return address;
  return isIpv4(address) ? ipv4(0x7f00_0001) : { high: 0, low: 1 };
}

/** No address of the version of another one. */
export function noAddress(like: IpAddress): IpAddress {
  return isIpv4(like) ? ipv4(0) : unspecified6();
}
