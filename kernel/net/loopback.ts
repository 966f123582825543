// The loopback: what is sent arrives, as it is, without a copy and without a sum.
//
// A packet is kept until the owner takes it with `take()` and gives it to `Network.parse`: sending happens under a connection's lock, and
// the receiver may be the same connection. The owner locks the queue: `ready` tells it that there is something.

import { List } from "prelude/list.ts";
import type { EthernetAddress } from "./address.ts";
import { DeviceFeature, type LinkDevice, type LinkLosses } from "./link_device.ts";
import { ChecksumState, type PacketBuffer, SegmentKind } from "./packet.ts";

/** As Linux's lo has it: room for segments of 64 KiB. */
const MAXIMUM_PACKET = 65535;
/** Packets that wait, at most: a reader that does not come must not take all memory. */
const MAXIMUM_QUEUE = 4096;

/** What locks the queue and looks after it: the kernel. */
export interface LoopbackOwner {
  lockQueue(): void;
  unlockQueue(): void;
  /** The queue was empty and is not any more. */
  queueReady(): void;
}

export class LoopbackDevice implements LinkDevice {
  private readonly queue = new List<PacketBuffer>();
  private count: u32 = 0;
  owner: LoopbackOwner | null = null;
  /** Packets that did not fit. */
  dropped: u64 = 0;

  hardwareAddress(): EthernetAddress {
    return 0 as EthernetAddress;
  }

  maximumPacket(): u32 {
    return MAXIMUM_PACKET;
  }

  features(): DeviceFeature {
    return (
      DeviceFeature.NoLinkHeader |
      DeviceFeature.TransmitChecksum |
      DeviceFeature.Segment4 |
      DeviceFeature.Segment6 |
      DeviceFeature.Fragments
    );
  }

  isUp(): boolean {
    return true;
  }

  transmit(packet: PacketBuffer): void {
    if (packet.checksum === ChecksumState.Partial) packet.checksum = ChecksumState.Verified;
    packet.segmentKind = SegmentKind.None;
    const owner = this.owner;
    if (owner !== null) owner.lockQueue();
    const isFull = this.count === MAXIMUM_QUEUE;
    const wasEmpty = this.count === 0;
    if (isFull) {
      this.dropped++;
    } else {
      this.queue.append(packet);
      this.count++;
    }
    if (owner !== null) owner.unlockQueue();
    if (isFull) packet.release();
    else if (wasEmpty && owner !== null) owner.queueReady();
  }

  losses(into: LinkLosses): void {
    into.sendDropped = this.dropped;
  }

  /** Whether nothing waits. A hint without the lock. */
  isEmpty(): boolean {
    return this.count === 0;
  }

  /** The oldest packet; null when there is none. */
  take(): PacketBuffer | null {
    const owner = this.owner;
    if (owner !== null) owner.lockQueue();
    const packet = this.queue.takeFirst();
    if (packet !== null) this.count--;
    if (owner !== null) owner.unlockQueue();
    return packet;
  }
}
