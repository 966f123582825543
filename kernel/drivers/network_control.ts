// The control queue of the network card: commands to the device, of which we have one. VIRTIO 1.2, 5.1.6.5.

import { addressOf } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { type PhysicalAddress, virtualToPhysical } from "../arch/x86_64/paging.ts";
import type { VirtioTransport } from "./virtio.ts";
import { Completion, QueueSlot, Segment, VirtioQueue } from "./virtio_queue.ts";

/** Class and command (5.1.6.5.6): how many pairs of queues the device is to use. */
const CLASS_MULTIQUEUE: u8 = 4;
const SET_PAIRS: u8 = 0;
const ACKNOWLEDGED: u8 = 0;
const PENDING: u8 = 0xff;
/** Nanoseconds. */
const PATIENCE = 1_000_000_000;

/** A command in memory of the heap, where the device finds it. */
class Command {
  kind: u8 = 0;
  command: u8 = 0;
  pairs: u16 = 0;
  acknowledgment: u8 = PENDING;
}

class CommandSegments {
  readonly all!: FixedArray<Segment, 3>;
}

export class ControlQueue {
  readonly queue = new VirtioQueue();
  readonly slots!: FixedArray<QueueSlot, 16>;

  /**
   * Has the device use so many pairs of queues. Waits for its answer; a thread's context, once, after the device was started.
   * @param number of this queue @returns whether it does
   */
  setPairs(transport: VirtioTransport, number: u32, pairs: u16): boolean {
    const command = create(Command);
    if (command === null) return false;
    command.kind = CLASS_MULTIQUEUE;
    command.command = SET_PAIRS;
    command.pairs = pairs;
    const place = u64(virtualToPhysical(addressOf(command)) as PhysicalAddress);
    const segments = new CommandSegments();
    segments.all[0].set(place, 2, false);
    segments.all[1].set(place + offsetOf<Command>("pairs"), 2, false);
    segments.all[2].set(place + offsetOf<Command>("acknowledgment"), 1, true);
    if (!this.queue.addChain(segments.all.slice(), 0)) {
      destroy(command);
      return false;
    }
    if (this.queue.publish()) transport.notify(number);
    const completion = new Completion();
    const end = monotonicNanoseconds() + PATIENCE;
    while (!this.queue.take(completion)) {
      // The command is the device's until then; a device that does not answer keeps it.
      if (this.queue.broken || monotonicNanoseconds() > end) return false;
      spinHint();
    }
    compilerFence(); // the device has written the answer
    const isDone = command.acknowledgment === ACKNOWLEDGED;
    destroy(command);
    return isDone;
  }
}
