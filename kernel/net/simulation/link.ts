// A link between two stacks, which loses, repeats, reorders, spoils and delays, the same way in every run with the same seed.

import { List } from "prelude/list.ts";
import type { EthernetAddress } from "../address.ts";
import { DeviceFeature, type LinkDevice, type LinkLosses } from "../link_device.ts";
import type { PacketBuffer } from "../packet.ts";
import type { HeapMemory } from "./heap_memory.ts";
import { segmentFrame } from "./offload.ts";
import type { Random } from "./random.ts";

/** What a link does to frames, in parts of a thousand, and how long they take. */
export class LinkFaults {
  loss: u64 = 0;
  duplication: u64 = 0;
  reordering: u64 = 0;
  corruption: u64 = 0;
  /** Nanoseconds from end to end, and at most so many more. */
  delay: u64 = 1_000_000;
  jitter: u64 = 0;
  /** Nanoseconds that each byte occupies the link; 0: none. */
  byteTime: u64 = 0;
  /** Frames that wait for the link, at most; 0: any number. */
  queue: u32 = 0;
  /** Frames of this many numbers are lost, whatever else: bit n for the n-th frame of one direction. */
  lostFrames: u64 = 0;
}

/** One end. */
export class LinkEnd implements LinkDevice {
  readonly address: EthernetAddress;
  packetSize: u32 = 1500;
  offered: DeviceFeature = DeviceFeature.None;
  /** The memory of the stack that receives what is sent here. */
  peerMemory: HeapMemory | null = null;
  random: Random | null = null;
  readonly faults = new LinkFaults();
  /** Frames under way to the other end, by the time of their arrival (`receivedAt`). */
  readonly underWay = new List<PacketBuffer>();
  now: u64 = 0;
  /** When the link is free again. */
  private freeAt: u64 = 0;
  frames: u64 = 0;
  lost: u64 = 0;

  constructor(address: EthernetAddress) {
    this.address = address;
  }

  hardwareAddress(): EthernetAddress {
    return this.address;
  }

  maximumPacket(): u32 {
    return this.packetSize;
  }

  features(): DeviceFeature {
    return this.offered;
  }

  isUp(): boolean {
    return true;
  }

  losses(into: LinkLosses): void {
    // What the link loses is no fault of the device.
  }

  transmit(packet: PacketBuffer): void {
    segmentFrame(packet, this.peerMemory!, (part) => this.carry(part));
  }

  /** The first frame that has arrived by now; null when none has. */
  take(now: u64): PacketBuffer | null {
    const first = this.underWay.first;
    if (first === null || first.receivedAt > now) return null;
    this.underWay.remove(first);
    return first;
  }

  /** When the next frame arrives; 0: none is under way. */
  nextArrival(): u64 {
    const first = this.underWay.first;
    return first === null ? 0 : first.receivedAt;
  }

  private carry(frame: PacketBuffer): void {
    const random = this.random!;
    const faults = this.faults;
    const number = this.frames;
    this.frames++;
    assert(frame.totalLength() <= this.packetSize + 14, "a frame is not longer than the link allows");
    const isFull = faults.queue !== 0 && this.freeAt > this.now + u64(faults.queue) * 1514 * faults.byteTime;
    const isChosen = number < 64 && ((faults.lostFrames >> number) & 1) !== 0;
    if (isFull || isChosen || random.chance(faults.loss, 1000)) {
      this.lost++;
      frame.release();
      return;
    }
    this.freeAt = maximum(this.freeAt, this.now) + faults.byteTime * u64(frame.length);
    const data = frame.bytes();
    // ARP has no checksum of its own: a spoiled frame of it is what Ethernet's would keep away.
    const isArp = data[12] === 8 && data[13] === 6;
    if (random.chance(faults.corruption, 1000) && !isArp) {
      data[random.next(data.length)] ^= u8(1 + random.next(255));
    }
    if (random.chance(faults.duplication, 1000)) {
      const copy = this.peerMemory!.allocatePacket(u64(frame.length));
      if (copy !== null) {
        copy.extend(frame.length).copyFrom(frame.bytes());
        this.enqueue(copy);
      }
    }
    this.enqueue(frame);
  }

  private enqueue(frame: PacketBuffer): void {
    const random = this.random!;
    const faults = this.faults;
    let arrival: u64 = this.freeAt + faults.delay;
    if (faults.jitter !== 0 && random.chance(faults.reordering, 1000)) arrival += random.next(faults.jitter);
    frame.receivedAt = arrival;
    let before = this.underWay.last;
    while (before !== null && before.receivedAt > arrival) before = this.underWay.previous(before);
    if (before === null) this.underWay.prepend(frame);
    else this.underWay.insertAfter(frame, before);
  }

  /** Loses everything that is under way. */
  clear(): void {
    for (let frame = this.underWay.takeFirst(); frame !== null; frame = this.underWay.takeFirst()) frame.release();
  }
}
