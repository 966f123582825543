// A send queue of the network card: a chain for each packet, header and storage and then its fragments. VIRTIO 1.2, 5.1.6.2.
//
// Packets are released when the device is done with them, which is looked at with the next packets sent or received: nobody is
// interrupted for it. Lock order: NetworkQueue; nothing of the stack is called under it.

import { addressOf, objectAt } from "unsafe";
import { type PhysicalAddress, virtualToPhysical } from "../arch/x86_64/paging.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import type { PacketBuffer } from "../net/packet.ts";
import { putHeader } from "./network_header.ts";
import { Completion, QueueSlot, Segment, VirtioQueue } from "./virtio_queue.ts";

/** Descriptors of a queue. */
export const QUEUE_SIZE = 256;

/** How a packet left. */
export const enum Sent {
  /** The queue was full: it was released. */
  Dropped,
  Queued,
  /** The device is to be notified. */
  Notify,
}

export class SendQueue {
  private readonly lock = new SpinLock(LockOrder.NetworkQueue);
  readonly queue = new VirtioQueue();
  readonly slots!: FixedArray<QueueSlot, 256>;
  /** What a packet is made of while it is put on the queue. */
  private readonly segments!: FixedArray<Segment, 18>;

  /** Says the class of the lock, for one that was made in an array. */
  classify(): void {
    this.lock.classify(LockOrder.NetworkQueue);
  }

  /** Puts a packet on the queue. Takes it. Any context. */
  send(packet: PacketBuffer): Sent {
    putHeader(packet);
    let sent = false;
    let notify = false;
    {
      using _ = this.lock.acquire();
      if (this.queue.outstanding !== 0) this.reclaim();
      const segments = this.segments;
      let count: usize = 1;
      segments[0].set(physicalOf(packet.bytes()), packet.length, false);
      for (let i: u32 = 0; i < packet.fragmentCount; i++) {
        const bytes = packet.fragments[i].bytes();
        segments[count].set(physicalOf(bytes), u32(bytes.length), false);
        count++;
      }
      sent = this.queue.addChain(segments.slice(0, count), addressOf(packet));
      if (sent) notify = this.queue.publish();
    }
    if (notify) return Sent.Notify;
    if (sent) return Sent.Queued;
    packet.release();
    return Sent.Dropped;
  }

  /** Releases what has been sent, when there may be much. Any context. */
  tidy(): void {
    if (this.queue.outstanding <= QUEUE_SIZE / 4) return;
    using _ = this.lock.acquire();
    this.reclaim();
  }

  /** Whether the device has not sent everything. */
  isBusy(): boolean {
    using _ = this.lock.acquire();
    this.reclaim();
    return this.queue.outstanding !== 0;
  }

  /** Releases what has been sent. The lock is held. */
  private reclaim(): void {
    const completion = new Completion();
    while (this.queue.take(completion)) {
      // Safe: the tokens of this queue are packets, which it owned until now.
      objectAt<PacketBuffer>(completion.token).release();
    }
  }
}

/** Where memory of the heap is for a device. */
export function physicalOf(bytes: Slice<u8>): u64 {
  return u64(virtualToPhysical(addressOf(bytes)) as PhysicalAddress);
}
