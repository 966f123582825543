// Ethernet II frames (RFC 894, RFC 2464): destination, source, type.

import type { EthernetAddress } from "./address.ts";
import { load16, store16, store48 } from "./byte_order.ts";
import type { PacketBuffer } from "./packet.ts";

export const ETHERNET_HEADER = 14;

/** What a frame carries. */
export const enum EtherType {
  Ipv4 = 0x0800,
  Arp = 0x0806,
  Ipv6 = 0x86dd,
}

/** Puts an Ethernet header in front. @inline */
export function prependEthernet(packet: PacketBuffer, to: EthernetAddress, from: EthernetAddress, kind: EtherType): void {
  packet.prepend(ETHERNET_HEADER);
  const header = packet.bytes();
  store48(header, 0, u64(to));
  store48(header, 6, u64(from));
  store16(header, 12, u16(u32(kind)));
}

/** The type of an IP packet by its first byte. @inline */
export function etherTypeOf(packet: PacketBuffer): EtherType {
  return packet.bytes()[0] >> 4 === 6 ? EtherType.Ipv6 : EtherType.Ipv4;
}

/** @inline */
export function frameType(frame: Slice<u8>): u16 {
  return load16(frame, 12);
}
