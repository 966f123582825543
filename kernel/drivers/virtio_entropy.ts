// The entropy device: random bytes from the host. VIRTIO 1.2, section 5.4.
//
// For processors without RDRAND. It is asked once, when the machine starts, and then reset for good: all further random numbers come
// from the generator that this seeds (fs/random.ts).

import { addressOf, copyBytes } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { type PhysicalAddress, physicalToVirtual } from "../arch/x86_64/paging.ts";
import { allocateZeroedFrame, freeFrame } from "../mm/frames.ts";
import { yieldNow } from "../sched/scheduler.ts";
import { findVirtio } from "./device_list.ts";
import { enableQueue, negotiateFeatures, startDevice, VirtioKind, type VirtioTransport } from "./virtio.ts";
import { Completion, QueueSlot, VirtioQueue } from "./virtio_queue.ts";

/** The only queue: requests of one buffer each (5.4.2). */
const REQUEST_QUEUE = 0;
/** Where in the page the buffer is, behind the queue; and the most that is asked for. */
const BUFFER = 2048;
const BUFFER_SIZE = 256;
/** Nanoseconds that the host may take. */
const PATIENCE: u64 = 1_000_000_000;

class RequestQueue {
  readonly queue = new VirtioQueue();
  readonly slots!: FixedArray<QueueSlot, 4>;
}

const requests = new RequestQueue();

/**
 * Fills up to 256 bytes with random ones of the host's. A thread's context; once.
 * @returns bytes filled: 0 when there is no such device, fewer than asked when it gives no more within a second
 */
export function readHostEntropy(to: Slice<u8>): usize {
  const transport = findVirtio(VirtioKind.Entropy, 0);
  if (transport === null) return 0;
  const frame = allocateZeroedFrame();
  if (u64(frame) === 0) return 0;
  const done = request(transport, frame, to.slice(0, minimum(to.length, BUFFER_SIZE)));
  // The device lets go of the page: it answers when the reset is done (2.4).
  transport.writeStatus(0);
  while (transport.readStatus() !== 0) spinHint();
  freeFrame(frame);
  return done;
}

function request(transport: VirtioTransport, frame: PhysicalAddress, to: Slice<u8>): usize {
  if (negotiateFeatures(transport, 0) === 0) return 0;
  const queue = requests.queue;
  queue.begin(physicalToVirtual(frame), requests.slots.slice(), false);
  queue.refuseInterrupts();
  if (!enableQueue(transport, REQUEST_QUEUE, queue, frame)) return 0;
  startDevice(transport);
  const buffer = (u64(frame) + BUFFER) as PhysicalAddress;
  const completion = new Completion();
  const deadline = monotonicNanoseconds() + PATIENCE;
  let done: usize = 0;
  while (done < to.length) {
    // The device may give less than there is room for (5.4.6.1).
    queue.add(u64(buffer), u32(to.length - done), true, 0);
    if (queue.publish()) transport.notify(REQUEST_QUEUE);
    while (!queue.take(completion)) {
      if (queue.broken || monotonicNanoseconds() > deadline) return done;
      yieldNow();
    }
    // Safe: take() lets no more be written than there was room for, which both the page and `to` have.
    copyBytes(addressOf(to) + done, physicalToVirtual(buffer), usize(completion.length));
    done += usize(completion.length);
  }
  return done;
}
