// The network card: how it is found and started, and what it is for the stack. VIRTIO 1.2, section 5.1.
//
// It has pairs of queues, one of packets received and one of packets sent (network_pair.ts), as many pairs as CPUs when the device has them.
//
//   CPU n sends by pair n. The device sends what it receives of a connection to the pair by which the connection last sent, and
//   interrupts by that pair where the transport can tell them apart: so a connection stays on the CPU that works with it

import { addressOf, objectAt } from "unsafe";
import { cpuCount, currentCpu } from "../arch/x86_64/cpu.ts";
import { physicalToVirtual } from "../arch/x86_64/paging.ts";
import { allocateFrames, zeroFrames } from "../mm/frames.ts";
import type { EthernetAddress } from "../net/address.ts";
import { DeviceFeature, type LinkDevice, type LinkLosses } from "../net/link_device.ts";
import type { NetworkMemory, PacketBuffer } from "../net/packet.ts";
import type { IdleDuty } from "../sched/idle_duty.ts";
import { findVirtio } from "./device_list.ts";
import { ControlQueue } from "./network_control.ts";
import { CardCounts, type PacketSink, QueuePair } from "./network_pair.ts";
import { enableQueue, negotiateFeatures, startDevice, VirtioFeature, VirtioKind, type VirtioTransport } from "./virtio.ts";
import { type QueueSlot, queueBytes, type VirtioQueue } from "./virtio_queue.ts";

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
  ControlQueue = 0x2_0000,
  Multiqueue = 0x40_0000,
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
/** For a transport on which each queue can interrupt its own CPU; where one CPU takes everything, more pairs are of no use. */
const WANTED_FOR_PAIRS = Feature.ControlQueue | Feature.Multiqueue;
/** Offsets in the device's configuration (5.1.4). */
const STATUS_OFFSET = 6;
const PAIRS_OFFSET = 8;
const MTU_OFFSET = 10;
const LINK_UP = 1;

const DEFAULT_MTU = 1500;
const SMALLEST_MTU = 68;
const MOST_PAIRS = 8;

export class VirtioNetwork implements LinkDevice, IdleDuty {
  private transport: VirtioTransport | null = null;
  private readonly memory: NetworkMemory;
  private readonly sink: PacketSink;
  private readonly pairs!: FixedArray<Ref<QueuePair> | null, 8>;
  /** Pairs that are in use. */
  private pairCount: u32 = 0;
  private address: EthernetAddress = 0 as EthernetAddress;
  private mtu: u32 = DEFAULT_MTU;
  private agreed: u64 = 0;
  readonly counts = new CardCounts();

  constructor(memory: NetworkMemory, sink: PacketSink) {
    this.memory = memory;
    this.sink = sink;
  }

  // ---- starting -----------------------------------------------------------------------------------------------------

  /** Finds the machine's card and starts it. A thread's context; once. @returns whether there is one that works */
  start(): boolean {
    const transport = findVirtio(VirtioKind.Network, 0);
    if (transport === null) return false;
    const wanted = transport.separatesQueues() ? WANTED | WANTED_FOR_PAIRS : WANTED;
    this.agreed = negotiateFeatures(transport, u64(u32(wanted)) | VirtioFeature.EventIndex);
    if (this.agreed === 0 || !this.has(Feature.MergedBuffers) || !this.has(Feature.Mac)) return false;
    this.readConfiguration(transport);
    if (!transport.connectInterrupt(handleInterrupt, addressOf(this))) return false;
    const most = this.mostPairs(transport);
    const pairs = minimum(minimum(most, cpuCount()), u32(MOST_PAIRS));
    while (this.pairCount < pairs && this.startPair(transport, this.pairCount, pairs > 1)) this.pairCount++;
    if (this.pairCount === 0) return false;
    const control = this.pairCount > 1 ? this.startControl(transport, most * 2) : null;
    startDevice(transport);
    this.transport = transport;
    // Without its consent the device uses the first pair alone (5.1.6.5.6).
    if (this.pairCount > 1 && (control === null || !control.setPairs(transport, most * 2, u16(this.pairCount))))
      this.pairCount = 1;
    for (let i: u32 = 0; i < this.pairCount; i++) this.pairs[i]!.begin(transport);
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

  /** How many pairs the device has. The control queue comes behind the last of them (5.1.2). */
  private mostPairs(transport: VirtioTransport): u32 {
    if (!this.has(Feature.Multiqueue) || !this.has(Feature.ControlQueue)) return 1;
    return maximum(transport.readConfiguration(PAIRS_OFFSET) & 0xffff, u32(1));
  }

  private startPair(transport: VirtioTransport, number: u32, hasOthers: boolean): boolean {
    const pair = create(QueuePair, this.memory, this.sink, this.counts, number, this.canAttend());
    if (pair === null) return false;
    const { receive, send } = pair;
    pair.classify();
    // Where that is not possible the card's own interrupt comes.
    if (hasOthers) transport.connectQueue(pair.receiveNumber(), number, handlePairInterrupt, addressOf(pair));
    if (!this.startQueue(transport, pair.receiveNumber(), receive.queue, receive.slots.slice())) return false;
    if (!this.startQueue(transport, pair.sendNumber(), send.queue, send.slots.slice())) return false;
    send.queue.refuseInterrupts();
    this.pairs[number] = pair;
    return true;
  }

  private startControl(transport: VirtioTransport, number: u32): ControlQueue | null {
    const control = create(ControlQueue);
    if (control === null || !this.startQueue(transport, number, control.queue, control.slots.slice())) return null;
    control.queue.refuseInterrupts();
    return control;
  }

  private startQueue(transport: VirtioTransport, number: u32, queue: VirtioQueue, slots: Slice<QueueSlot>): boolean {
    const order: u32 = queueBytes(u16(slots.length)) <= 4096 ? 0 : 1;
    assert(queueBytes(u16(slots.length)) <= u64(4096) << order, "a queue of the card does not fit into its frames");
    const frames = allocateFrames(order);
    if (u64(frames) === 0) return false;
    zeroFrames(frames, order);
    queue.begin(physicalToVirtual(frames), slots, this.hasEventIndex());
    return enableQueue(transport, number, queue, frames);
  }

  /**
   * Whether packets may be looked for instead of interrupting: the device can be asked to interrupt only after many, and there is one CPU.
   * With several, where looks and interrupts meet on different CPUs, packets were seen to wait for ever under heavy load, for a reason not found yet.
   */
  private canAttend(): boolean {
    return this.hasEventIndex() && cpuCount() === 1;
  }

  private hasEventIndex(): boolean {
    return (this.agreed & VirtioFeature.EventIndex) !== 0;
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

  losses(into: LinkLosses): void {
    into.receiveErrors = this.counts.receiveErrors;
    into.receiveDropped = this.counts.receiveNoMemory;
    into.sendDropped = this.counts.sendDropped;
  }

  transmit(packet: PacketBuffer): void {
    this.ownPair().transmit(packet);
  }

  /** Whether the device still has packets to send. */
  isSending(): boolean {
    for (let i: u32 = 0; i < this.pairCount; i++) if (this.pairs[i]!.send.isBusy()) return true;
    return false;
  }

  // ---- receiving: network_pair.ts ------------------------------------------------------------------------------------

  /** In the device's interrupt, interrupts disabled, when the transport cannot tell which queue it is for. */
  interrupted(): void {
    for (let i: u32 = 0; i < this.pairCount; i++) this.pairs[i]!.interrupted();
  }

  /**
   * Takes packets that have arrived, up to a number of each pair. Any context.
   * @returns whether there are more; interrupts stay off then, and somebody must call this again
   */
  poll(budget: u32): boolean {
    let more = false;
    for (let i: u32 = 0; i < this.pairCount; i++) if (this.pairs[i]!.poll(budget)) more = true;
    return more;
  }

  look(): void {
    this.ownPair().look();
  }

  lookBeforeHalt(): boolean {
    return this.ownPair().lookBeforeHalt();
  }

  /** That of this CPU. @inline */
  private ownPair(): QueuePair {
    return this.pairs[this.pairCount === 1 ? 0 : currentCpu().index % this.pairCount]!;
  }
}

function handleInterrupt(argument: u64): void {
  // Safe: the argument is the card, which is never freed.
  objectAt<VirtioNetwork>(argument).interrupted();
}

function handlePairInterrupt(argument: u64): void {
  // Safe: likewise the pair.
  objectAt<QueuePair>(argument).interrupted();
}
