// What the stack asks of a network device: virtio-net, the loopback, a link that a test simulates.

import type { EthernetAddress } from "./address.ts";
import type { PacketBuffer } from "./packet.ts";

/** What a device does for the stack. */
export const enum DeviceFeature {
  None = 0,
  /** Frames have no Ethernet header and no neighbours: the loopback. */
  NoLinkHeader = 1,
  /** It completes a packet's `ChecksumState.Partial`. */
  TransmitChecksum = 2,
  /** It cuts `SegmentKind.Tcp4` and `Tcp6`. */
  Segment4 = 4,
  Segment6 = 8,
  /** It takes packets with fragments. */
  Fragments = 16,
}

/** Packets that a device could not bring or take. */
export class LinkLosses {
  /** They made no sense. */
  receiveErrors: u64 = 0;
  /** There was no memory. */
  receiveDropped: u64 = 0;
  /** There was no room. */
  sendDropped: u64 = 0;
}

/** A device below a {@link NetworkInterface}. */
export interface LinkDevice {
  hardwareAddress(): EthernetAddress;
  /** Bytes of an IP packet, without the link's header. */
  maximumPacket(): u32;
  features(): DeviceFeature;
  /** Whether there is a carrier. */
  isUp(): boolean;
  /**
   * Takes a packet with its link header, and its ownership. One that does not fit into the queue is released and counted by the
   * device. Called under a connection's lock or the network's, on any CPU; must not call back into the stack.
   */
  transmit(packet: PacketBuffer): void;
  /** Says what it has lost. Any context; a hint while packets come. */
  losses(into: LinkLosses): void;
}
