// Addresses: of the Internet, both versions in one type, and of Ethernet.
//
// An IPv4 address is kept as the IPv6 address that stands for it, ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). So a table of
// connections, a dual-stack socket and getpeername() need one type and one comparison. The two words are in host order.

import { load32, load64, store32, store64 } from "./byte_order.ts";

/** An Internet address. A value: copied, compared with {@link isSameAddress}. */
export type IpAddress = { readonly high: u64; readonly low: u64 };
/** An address of Ethernet, in the low 48 bits; the first byte on the wire is the highest. */
export type EthernetAddress = Flavour<u64, "EthernetAddress">;

export const ETHERNET_BROADCAST = 0xffff_ffff_ffff;
const MAPPED_PREFIX = 0xffff_0000_0000;

/** `::`, which as a local address of a dual-stack socket is any address of either version. @inline */
export function unspecified6(): IpAddress {
  return { high: 0, low: 0 };
}

/** The IPv4 address with this value in host order: 0x7f000001 is 127.0.0.1. @inline */
export function ipv4(value: u32): IpAddress {
  return { high: 0, low: MAPPED_PREFIX | u64(value) };
}

/** The IPv4 address a.b.c.d. */
export function ipv4Of(a: u8, b: u8, c: u8, d: u8): IpAddress {
  return ipv4((u32(a) << 24) | (u32(b) << 16) | (u32(c) << 8) | u32(d));
}

/** @inline */
export function ipv6(high: u64, low: u64): IpAddress {
  return { high, low };
}

/** @inline */
export function isSameAddress(a: IpAddress, b: IpAddress): boolean {
  return a.low === b.low && a.high === b.high;
}

/** Whether it stands for an IPv4 address. @inline */
export function isIpv4(address: IpAddress): boolean {
  return address.high === 0 && address.low >> 32 === 0xffff;
}

/** The IPv4 address in host order. @inline */
export function ipv4Value(address: IpAddress): u32 {
  return u32(address.low);
}

/** 0.0.0.0 or ::. @inline */
export function isUnspecified(address: IpAddress): boolean {
  return address.high === 0 && (address.low === 0 || address.low === MAPPED_PREFIX);
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback(address: IpAddress): boolean {
  if (isIpv4(address)) return ipv4Value(address) >> 24 === 127;
  return address.high === 0 && address.low === 1;
}

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticast(address: IpAddress): boolean {
  if (isIpv4(address)) return ipv4Value(address) >> 28 === 14;
  return address.high >> 56 === 0xff;
}

/** 169.254.0.0/16 or fe80::/10. */
export function isLinkLocal(address: IpAddress): boolean {
  if (isIpv4(address)) return ipv4Value(address) >> 16 === 0xa9fe;
  return address.high >> 54 === 0x3fa;
}

/** Whether the first `length` bits (of the version's own 32 or 128) agree. Addresses of different versions never do. */
export function sharesPrefix(a: IpAddress, b: IpAddress, length: u32): boolean {
  if (isIpv4(a) !== isIpv4(b)) return false;
  const bits: u32 = isIpv4(a) ? length + 96 : length;
  if (bits === 0) return true;
  if (bits <= 64) return (a.high ^ b.high) >> (64 - bits) === 0;
  return a.high === b.high && (a.low ^ b.low) >> (128 - bits) === 0;
}

/** How many leading bits agree, of 128. */
export function commonPrefix(a: IpAddress, b: IpAddress): u32 {
  if (a.high !== b.high) return countLeadingZeros(a.high ^ b.high);
  return 64 + (a.low === b.low ? 64 : countLeadingZeros(a.low ^ b.low));
}

/** The four bytes of an IPv4 address in a packet. @inline */
export function loadIpv4(memory: Slice<u8>, offset: usize): IpAddress {
  return ipv4(load32(memory, offset));
}

/** The sixteen bytes of an IPv6 address in a packet. @inline */
export function loadIpv6(memory: Slice<u8>, offset: usize): IpAddress {
  return { high: load64(memory, offset), low: load64(memory, offset + 8) };
}

/** @inline */
export function storeIpv4(memory: Slice<u8>, offset: usize, address: IpAddress): void {
  store32(memory, offset, u32(address.low));
}

/** @inline */
export function storeIpv6(memory: Slice<u8>, offset: usize, address: IpAddress): void {
  store64(memory, offset, address.high);
  store64(memory, offset + 8, address.low);
}

/** The Ethernet address of an IPv4 (RFC 1112, 6.4) or IPv6 (RFC 2464, 7) multicast group. */
export function multicastEthernet(group: IpAddress): EthernetAddress {
  if (isIpv4(group)) return (0x0100_5e00_0000 | u64(ipv4Value(group) & 0x7f_ffff)) as EthernetAddress;
  return (0x3333_0000_0000 | (group.low & 0xffff_ffff)) as EthernetAddress;
}
