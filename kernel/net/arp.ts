// Address resolution for IPv4 on Ethernet (RFC 826), with the probes and announcements of RFC 5227.
//
//   0         2          4      5      6          8           14        18          24        28
//   | Ethernet | IPv4     | 6    | 4    | operation | sender MAC | sender IP | target MAC | target IP |

import type { EthernetAddress, IpAddress } from "./address.ts";
import { ETHERNET_BROADCAST, loadIpv4, storeIpv4 } from "./address.ts";
import { load16, load32, load48, store16, store48 } from "./byte_order.ts";
import { EtherType, prependEthernet } from "./ethernet.ts";
import type { NetworkMemory, PacketBuffer } from "./packet.ts";

const ARP_LENGTH = 28;

export const enum ArpOperation {
  Request = 1,
  Reply = 2,
}

/** What a packet says. */
export class ArpMessage {
  operation: ArpOperation = ArpOperation.Request;
  senderHardware: EthernetAddress = 0 as EthernetAddress;
  sender!: IpAddress;
  target!: IpAddress;
}

/** Reads a packet without its Ethernet header. False when it is not ARP for IPv4 on Ethernet. */
export function parseArp(memory: Slice<u8>, message: ArpMessage): boolean {
  if (memory.length < ARP_LENGTH) return false;
  // Hardware 1, protocol 0x0800, lengths 6 and 4.
  if (load32(memory, 0) !== 0x0001_0800 || load16(memory, 4) !== 0x0604) return false;
  const operation = load16(memory, 6);
  if (operation !== 1 && operation !== 2) return false;
  message.operation = operation === 1 ? ArpOperation.Request : ArpOperation.Reply;
  message.senderHardware = load48(memory, 8) as EthernetAddress;
  message.sender = loadIpv4(memory, 14);
  message.target = loadIpv4(memory, 24);
  // A station has one address of its own: not a group's, not none.
  return ((message.senderHardware >> 40) & 1) === 0 && message.senderHardware !== 0;
}

/** A frame that asks or answers; null when there is no memory. To the broadcast address unless `to` is another. */
export function makeArp(
  memory: NetworkMemory,
  operation: ArpOperation,
  ownHardware: EthernetAddress,
  own: IpAddress,
  targetHardware: EthernetAddress,
  target: IpAddress,
  to: EthernetAddress = ETHERNET_BROADCAST as EthernetAddress,
): PacketBuffer | null {
  const packet = memory.allocatePacket(ARP_LENGTH);
  if (packet === null) return null;
  const data = packet.extend(ARP_LENGTH);
  store16(data, 0, 1);
  store16(data, 2, u16(u32(EtherType.Ipv4)));
  store16(data, 4, 0x0604);
  store16(data, 6, u16(u32(operation)));
  store48(data, 8, u64(ownHardware));
  storeIpv4(data, 14, own);
  store48(data, 18, u64(targetHardware));
  storeIpv4(data, 24, target);
  prependEthernet(packet, to, ownHardware, EtherType.Arp);
  return packet;
}
