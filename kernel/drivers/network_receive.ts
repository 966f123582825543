// A receive queue of the network card: pages of ours, each one buffer. VIRTIO 1.2, 5.1.6.3.
//
// A packet is in one of them or, from a host that joins segments, in up to seventeen (VIRTIO_NET_F_MRG_RXBUF). A short packet is copied
// out and its page goes back at once; a long one keeps its pages, as fragments that become the socket's data, and fresh ones take
// their places.
// The device's word is not trusted: lengths are bounded by the buffers, counts of buffers by what has arrived.
// Invariant: one at a time takes packets, whoever has exchanged `polling` for 1; the queue has no lock.

import { addressOf, objectAt } from "unsafe";
import type { Chunk, NetworkMemory, PacketBuffer } from "../net/packet.ts";
import { buffersOf, HEADER_SIZE, headerOf, takeHeader } from "./network_header.ts";
import { physicalOf } from "./network_send.ts";
import { Completion, QueueSlot, VirtioQueue } from "./virtio_queue.ts";

const BUFFER_SIZE = 4096;
/** Of a long packet, this much is copied for whoever reads headers; all of a short one. */
const COPIED_HEAD = 256;
const SHORT_PACKET = 1600;
/** Buffers of one packet: 64 KiB and its headers. */
const MOST_BUFFERS = 17;
/** With fewer left, long packets are dropped: enough for one of those, and for short ones. */
const LEAST_BUFFERS = 64;

/** How taking a packet ended. */
export const enum Taken {
  /** There was none. */
  None,
  Packet,
  /** There was one that made no sense. */
  Malformed,
  /** There was no memory for it. */
  NoMemory,
}

export class ReceiveQueue {
  readonly queue = new VirtioQueue();
  readonly slots!: FixedArray<QueueSlot, 256>;
  readonly polling = new Atomic<u32>(0);
  /** What take() took. */
  packet: PacketBuffer | null = null;
  private isMalformed = false;

  /** Takes one packet, which is in `packet` then. */
  take(memory: NetworkMemory): Taken {
    const completion = new Completion();
    if (!this.queue.take(completion)) return Taken.None;
    // Safe: the tokens of this queue are chunks, which it owned until now.
    const first = objectAt<Chunk>(completion.token);
    if (completion.length <= HEADER_SIZE) {
      this.give(first);
      return Taken.Malformed;
    }
    const header = headerOf(first.storage);
    const buffers = buffersOf(first.storage);
    const length = completion.length - HEADER_SIZE;
    this.isMalformed = false;
    const packet =
      buffers === 1 && length <= SHORT_PACKET ? this.copy(first, length, memory) : this.join(first, length, buffers, memory);
    this.packet = packet;
    if (packet === null) return this.isMalformed ? Taken.Malformed : Taken.NoMemory;
    takeHeader(header, packet);
    return Taken.Packet;
  }

  /** A packet that was copied out of its page, which goes back to the device. */
  private copy(first: Chunk, length: u32, memory: NetworkMemory): PacketBuffer | null {
    const packet = memory.allocatePacket(u64(length));
    if (packet !== null) packet.extend(length).copyFrom(first.storage.slice(HEADER_SIZE, u64(HEADER_SIZE + length)));
    this.give(first);
    return packet;
  }

  /** A packet of one or several pages, which it keeps; null when it makes no sense or there is no memory. */
  private join(first: Chunk, length: u32, wanted: u32, memory: NetworkMemory): PacketBuffer | null {
    const head = minimum(length, COPIED_HEAD);
    this.isMalformed = wanted === 0 || wanted > MOST_BUFFERS;
    // Pages that could not be replaced go back: a queue that has run dry would bring no packet, and so nobody who fills it.
    const isPoor = this.queue.outstanding < LEAST_BUFFERS;
    const packet = this.isMalformed || isPoor ? null : memory.allocatePacket(COPIED_HEAD);
    let good = packet !== null;
    if (packet !== null) {
      packet.extend(head).copyFrom(first.storage.slice(HEADER_SIZE, u64(HEADER_SIZE + head)));
      if (length > head) good = packet.addFragment(first, HEADER_SIZE + head, length - head);
    }
    this.dismiss(first, isPoor);
    const completion = new Completion();
    // The other buffers belong to it even if there is no packet for them; the device hands over all of them at once (5.1.6.4).
    for (let i: u32 = 1; i < minimum(wanted, MOST_BUFFERS); i++) {
      if (!this.queue.take(completion)) {
        good = false;
        break;
      }
      const chunk = objectAt<Chunk>(completion.token);
      if (packet !== null && good && completion.length > 0) good = packet.addFragment(chunk, 0, completion.length);
      this.dismiss(chunk, isPoor);
    }
    if (good || packet === null) return packet;
    this.isMalformed = true;
    packet.release();
    return null;
  }

  /** Fills the queue with pages. Without memory it has fewer. @returns whether the device is to be notified */
  refill(memory: NetworkMemory): boolean {
    const queue = this.queue;
    while (queue.free > 0) {
      const chunk = memory.allocateChunk(BUFFER_SIZE);
      if (chunk === null) break;
      this.give(chunk);
    }
    return queue.publish();
  }

  /** Ends our use of a page: it goes back to the device, or stays with whoever has references to it. */
  private dismiss(chunk: Chunk, goesBack: boolean): void {
    if (goesBack) this.give(chunk);
    else chunk.release();
  }

  /** Gives a buffer to the device, with the next refill(). */
  private give(chunk: Chunk): void {
    this.queue.add(physicalOf(chunk.storage), BUFFER_SIZE, true, addressOf(chunk));
  }
}
