// The network card: one queue of packets received, one of packets sent. VIRTIO 1.2, section 5.1.
//
//   receive queue   pages of ours, each one buffer; a packet is in one of them or, from a host that joins segments, in up to seventeen
//                   (VIRTIO_NET_F_MRG_RXBUF). A short packet is copied out and its page goes back at once; a long one keeps its pages,
//                   as fragments, and fresh ones take their places
//   send queue      a chain for each packet: header and storage, then its fragments. Packets are released when the device is done with
//                   them, which is looked at with the next packets sent or received: nobody is interrupted for it
//
// In front of each packet is a header: checksums that the other side is to finish, segments to be cut or joined (5.1.6).
// The device's word is not trusted: lengths are bounded by the buffers, counts of buffers by what has arrived, offsets are not followed.
// An interrupt turns interrupts off and takes packets until there are no more; a flood beyond that goes on in a thread, so that
// the application is not locked out. Lock order: NetworkQueue, of one queue; nothing of the stack is called under it.

import { addressOf, objectAt } from "unsafe";
import { type PhysicalAddress, physicalToVirtual, virtualToPhysical } from "../arch/x86_64/paging.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { allocateFrames, zeroFrames } from "../mm/frames.ts";
import type { EthernetAddress } from "../net/address.ts";
import { DeviceFeature, type LinkDevice } from "../net/link_device.ts";
import { ChecksumState, type Chunk, type NetworkMemory, type PacketBuffer, SegmentKind } from "../net/packet.ts";
import { findVirtio } from "./device_list.ts";
import { enableQueue, negotiateFeatures, startDevice, VirtioFeature, VirtioKind, type VirtioTransport } from "./virtio.ts";
import { Completion, QueueSlot, queueBytes, Segment, VirtioQueue } from "./virtio_queue.ts";

/** Feature bits (5.1.3). */
const enum Feature {
  Checksum = 1,
  GuestChecksum = 2,
  Mtu = 8,
  Mac = 0x20,
  GuestSegments4 = 0x80,
  GuestSegments6 = 0x100,
  HostSegments4 = 0x800,
  HostSegments6 = 0x1000,
  MergedBuffers = 0x8000,
  Status = 0x1_0000,
}

const WANTED =
  Feature.Checksum |
  Feature.GuestChecksum |
  Feature.Mtu |
  Feature.Mac |
  Feature.GuestSegments4 |
  Feature.GuestSegments6 |
  Feature.HostSegments4 |
  Feature.HostSegments6 |
  Feature.MergedBuffers |
  Feature.Status;
/** Offsets in the device's configuration (5.1.4). */
const STATUS_OFFSET = 6;
const MTU_OFFSET = 10;
const LINK_UP = 1;

const RECEIVE_QUEUE = 0;
const SEND_QUEUE = 1;
const QUEUE_SIZE = 256;
/** Frames of memory for one queue, as a power of two: queueBytes(256) is 6,670. */
const QUEUE_ORDER = 1;
const BUFFER_SIZE = 4096;
const DEFAULT_MTU = 1500;
const SMALLEST_MTU = 68;
/** Of a long packet, this much is copied for whoever reads headers; all of a short one. */
const COPIED_HEAD = 256;
const SHORT_PACKET = 1600;
/** Buffers of one packet: 64 KiB and its headers. */
const MOST_BUFFERS = 17;

/** In front of each packet (5.1.6). @size 12 */
class PacketHeader {
  flags: u8 = 0;
  segmentKind: u8 = 0;
  headerLength: u16 = 0;
  segmentSize: u16 = 0;
  checksumStart: u16 = 0;
  checksumOffset: u16 = 0;
  buffers: u16 = 0;
}

const HEADER_SIZE = 12;

const enum HeaderFlag {
  NeedsChecksum = 1,
  DataValid = 2,
}

const enum HeaderSegments {
  None = 0,
  Tcp4 = 1,
  Tcp6 = 4,
  /** Explicit congestion notification, in the same byte. */
  Ecn = 0x80,
}

/** One queue with what it needs. */
class CardQueue {
  readonly lock = new SpinLock(LockOrder.NetworkQueue);
  readonly queue = new VirtioQueue();
  readonly slots!: FixedArray<QueueSlot, 256>;
}

/** What the card counts beside the packets that it passes on. */
export class CardCounts {
  /** Received packets that made no sense, or for which there was no memory. */
  receiveErrors: u64 = 0;
  receiveNoMemory: u64 = 0;
  /** Packets to send that found the queue full. */
  sendDropped: u64 = 0;
  interrupts: u64 = 0;
}

/** Who takes what the card receives. */
export interface PacketSink {
  /** A frame, with its ownership. No lock of the card is held. May be in an interrupt. */
  packetReceived(packet: PacketBuffer): void;
  /** All that there was has been taken. May be in an interrupt. */
  packetsDone(): void;
  /** There is more than one interrupt should take: {@link VirtioNetwork.poll} is to be called from a thread, until it answers false. */
  needsThread(): void;
}

export class VirtioNetwork implements LinkDevice {
  private transport: VirtioTransport | null = null;
  private readonly memory: NetworkMemory;
  private readonly sink: PacketSink;
  private readonly receive = new CardQueue();
  private readonly send = new CardQueue();
  private address: EthernetAddress = 0 as EthernetAddress;
  private mtu: u32 = DEFAULT_MTU;
  private agreed: u64 = 0;
  /** Whoever polls. */
  private readonly polling = new Atomic<u32>(0);
  readonly counts = new CardCounts();

  constructor(memory: NetworkMemory, sink: PacketSink) {
    this.memory = memory;
    this.sink = sink;
  }

  /** Finds the machine's card and starts it. A thread's context; once. @returns whether there is one that works */
  start(): boolean {
    const transport = findVirtio(VirtioKind.Network, 0);
    if (transport === null) return false;
    this.agreed = negotiateFeatures(transport, WANTED | VirtioFeature.EventIndex);
    if (this.agreed === 0 || !this.has(Feature.MergedBuffers) || !this.has(Feature.Mac)) return false;
    this.readConfiguration(transport);
    if (!transport.connectInterrupt(handleInterrupt, addressOf(this))) return false;
    if (!this.startQueue(transport, RECEIVE_QUEUE, this.receive) || !this.startQueue(transport, SEND_QUEUE, this.send))
      return false;
    this.send.queue.refuseInterrupts();
    startDevice(transport);
    this.transport = transport;
    this.refill();
    this.receive.queue.requestInterrupt(1);
    return true;
  }

  private has(feature: Feature): boolean {
    return (this.agreed & u64(u32(feature))) !== 0;
  }

  private readConfiguration(transport: VirtioTransport): void {
    const low = transport.readConfiguration(0);
    const high = transport.readConfiguration(4);
    let address: u64 = 0;
    for (let i: u32 = 0; i < 6; i++) {
      const byte = i < 4 ? (low >> (i * 8)) & 0xff : (high >> ((i - 4) * 8)) & 0xff;
      address = (address << 8) | u64(byte);
    }
    this.address = address as EthernetAddress;
    if (!this.has(Feature.Mtu)) return;
    const mtu = transport.readConfiguration(MTU_OFFSET - 2) >> 16;
    if (mtu >= SMALLEST_MTU) this.mtu = mtu;
  }

  private startQueue(transport: VirtioTransport, number: u32, own: CardQueue): boolean {
    assert(queueBytes(QUEUE_SIZE) <= 4096 << QUEUE_ORDER, "a queue of the card does not fit into its frames");
    const frames = allocateFrames(QUEUE_ORDER);
    if (u64(frames) === 0) return false;
    zeroFrames(frames, QUEUE_ORDER);
    own.queue.begin(physicalToVirtual(frames), own.slots.slice(), (this.agreed & VirtioFeature.EventIndex) !== 0);
    return enableQueue(transport, number, own.queue, frames);
  }

  // ---- LinkDevice ---------------------------------------------------------------------------------------------------

  hardwareAddress(): EthernetAddress {
    return this.address;
  }

  maximumPacket(): u32 {
    return this.mtu;
  }

  features(): DeviceFeature {
    let features = DeviceFeature.Fragments;
    if (!this.has(Feature.Checksum)) return features;
    features |= DeviceFeature.TransmitChecksum;
    if (this.has(Feature.HostSegments4)) features |= DeviceFeature.Segment4;
    if (this.has(Feature.HostSegments6)) features |= DeviceFeature.Segment6;
    return features;
  }

  isUp(): boolean {
    const transport = this.transport;
    if (transport === null) return false;
    if (!this.has(Feature.Status)) return true;
    return ((transport.readConfiguration(STATUS_OFFSET - 2) >> 16) & LINK_UP) !== 0;
  }

  transmit(packet: PacketBuffer): void {
    const transport = this.transport;
    this.putHeader(packet);
    const segments = new PacketSegments();
    let count: usize = 1;
    segments.all[0].set(physicalOf(packet.bytes()), packet.length, false);
    for (let i: u32 = 0; i < packet.fragmentCount; i++) {
      const bytes = packet.fragments[i].bytes();
      segments.all[count].set(physicalOf(bytes), u32(bytes.length), false);
      count++;
    }
    let sent = false;
    let notify = false;
    const own = this.send;
    {
      using _ = own.lock.acquire();
      this.reclaim();
      sent = own.queue.addChain(segments.all.slice(0, count), addressOf(packet));
      if (sent) notify = own.queue.publish();
    }
    if (!sent) {
      this.counts.sendDropped++;
      packet.release();
    } else if (notify && transport !== null) {
      transport.notify(SEND_QUEUE);
    }
  }

  /** Releases what has been sent. The send queue's lock is held. */
  private reclaim(): void {
    const completion = new Completion();
    while (this.send.queue.take(completion)) {
      // Safe: the tokens of this queue are packets, which it owned until now.
      objectAt<PacketBuffer>(completion.token).release();
    }
  }

  private putHeader(packet: PacketBuffer): void {
    const header = new PacketHeader();
    if (packet.checksum === ChecksumState.Partial) {
      header.flags = u8(u32(HeaderFlag.NeedsChecksum));
      header.checksumStart = u16(packet.checksumStart - packet.start);
      header.checksumOffset = u16(packet.checksumOffset);
    }
    if (packet.segmentKind !== SegmentKind.None) {
      const isFour = packet.segmentKind === SegmentKind.Tcp4;
      header.segmentKind = u8(u32(isFour ? HeaderSegments.Tcp4 : HeaderSegments.Tcp6));
      header.segmentSize = u16(packet.segmentSize);
      header.headerLength = u16(minimum(packet.length, 0xffff));
    }
    packet.prepend(HEADER_SIZE);
    // Safe: prepend has made room for it; the place may not be aligned, so byte by byte.
    const from = addressOf(header);
    const bytes = packet.bytes();
    for (let i: usize = 0; i < HEADER_SIZE; i++) bytes[i] = objectAt<HeaderBytes>(from).all[i];
  }

  // ---- receiving ----------------------------------------------------------------------------------------------------

  /** In the device's interrupt, interrupts disabled. */
  interrupted(): void {
    this.counts.interrupts++;
    if (this.poll(64)) this.sink.needsThread();
  }

  /**
   * Takes packets that have arrived, up to a number of them. Any context.
   * @returns whether there are more; interrupts stay off then, and somebody must call this again
   */
  poll(budget: u32): boolean {
    let more = false;
    do {
      // Who polls looks again after it has let go of the flag: nothing is left that came while others were turned away.
      if (this.polling.exchange(1) !== 0) return false;
      more = this.pollAlone(budget);
      this.polling.store(0);
    } while (!more && !this.receive.queue.broken && this.receive.queue.requestInterrupt(1));
    this.sink.packetsDone();
    return more;
  }

  private pollAlone(budget: u32): boolean {
    this.receive.queue.refuseInterrupts();
    let left = budget;
    let more = true;
    while (more && left > 0 && !this.receive.queue.broken) {
      left--;
      more = this.takePacket();
      if (more) continue;
      this.refill();
      // There may have come some since.
      more = this.receive.queue.requestInterrupt(1);
      if (more) this.receive.queue.refuseInterrupts();
    }
    if (more) this.refill();
    if (this.send.queue.outstanding > QUEUE_SIZE / 4) {
      using _ = this.send.lock.acquire();
      this.reclaim();
    }
    return more && !this.receive.queue.broken;
  }

  /** Takes one packet, and gives it to the sink. @returns whether there was one */
  private takePacket(): boolean {
    const completion = new Completion();
    const queue = this.receive.queue;
    if (!queue.take(completion)) return false;
    // Safe: the tokens of this queue are chunks, which it owned until now.
    const first = objectAt<Chunk>(completion.token);
    if (completion.length <= HEADER_SIZE) {
      this.counts.receiveErrors++;
      this.give(first);
      return true;
    }
    const header = objectAt<PacketHeader>(addressOf(first.storage));
    const flags = header.flags;
    const kind = header.segmentKind & u8(~u32(HeaderSegments.Ecn));
    const segmentSize = header.segmentSize;
    const wanted = u32(header.buffers);
    const length = completion.length - HEADER_SIZE;
    let packet: PacketBuffer | null = null;
    if (wanted === 1 && length <= SHORT_PACKET) {
      packet = this.memory.allocatePacket(u64(length));
      if (packet !== null) packet.extend(length).copyFrom(first.storage.slice(HEADER_SIZE, u64(HEADER_SIZE + length)));
      this.give(first);
    } else {
      packet = this.join(first, length, wanted);
    }
    if (packet === null) {
      this.counts.receiveNoMemory++;
      return true;
    }
    if ((flags & (HeaderFlag.NeedsChecksum | HeaderFlag.DataValid)) !== 0) packet.checksum = ChecksumState.Verified;
    if (kind === HeaderSegments.Tcp4) packet.segmentKind = SegmentKind.Tcp4;
    if (kind === HeaderSegments.Tcp6) packet.segmentKind = SegmentKind.Tcp6;
    packet.segmentSize = u32(segmentSize);
    this.sink.packetReceived(packet);
    return true;
  }

  /** A packet of one or several pages, which it keeps; null when it makes no sense or there is no memory. */
  private join(first: Chunk, length: u32, wanted: u32): PacketBuffer | null {
    const head = minimum(length, COPIED_HEAD);
    const packet = wanted === 0 || wanted > MOST_BUFFERS ? null : this.memory.allocatePacket(COPIED_HEAD);
    let good = packet !== null;
    if (packet !== null) {
      packet.extend(head).copyFrom(first.storage.slice(HEADER_SIZE, u64(HEADER_SIZE + head)));
      if (length > head) good = packet.addFragment(first, HEADER_SIZE + head, length - head);
    }
    first.release();
    const completion = new Completion();
    // The other buffers belong to it even if there is no packet for them; the device hands over all of them at once (5.1.6.4).
    for (let i: u32 = 1; i < minimum(wanted, MOST_BUFFERS); i++) {
      if (!this.receive.queue.take(completion)) {
        good = false;
        break;
      }
      const chunk = objectAt<Chunk>(completion.token);
      if (packet !== null && good && completion.length > 0) good = packet.addFragment(chunk, 0, completion.length);
      chunk.release();
    }
    if (good || packet === null) return packet;
    this.counts.receiveErrors++;
    packet.release();
    return null;
  }

  /** Gives a buffer back to the device. */
  private give(chunk: Chunk): void {
    this.receive.queue.add(physicalOf(chunk.storage), BUFFER_SIZE, true, addressOf(chunk));
  }

  /** Fills the receive queue with pages, and tells the device. Without memory it has fewer. */
  private refill(): void {
    const queue = this.receive.queue;
    while (queue.free > 0) {
      const chunk = this.memory.allocateChunk(BUFFER_SIZE);
      if (chunk === null) break;
      this.give(chunk);
    }
    const transport = this.transport;
    if (queue.publish() && transport !== null) transport.notify(RECEIVE_QUEUE);
  }
}

class HeaderBytes {
  readonly all!: FixedArray<u8, 12>;
}

class PacketSegments {
  readonly all!: FixedArray<Segment, 18>;
}

/** Where memory of the heap is for a device. */
function physicalOf(bytes: Slice<u8>): u64 {
  return u64(virtualToPhysical(addressOf(bytes)) as PhysicalAddress);
}

function handleInterrupt(argument: u64): void {
  // Safe: the argument is the card, which is never freed.
  objectAt<VirtioNetwork>(argument).interrupted();
}
