// The output ring on a queue whose device is simulated: what was written arrives once and in order, whatever is written when, and
// in whatever order the device finishes.

import { exit, print } from "prelude/host.ts";
import { fillBytes, pointer } from "unsafe";
import { QueueSlot, VirtioQueue } from "../../drivers/virtio_queue.ts";
import { OutputRing } from "../output_ring.ts";

/** aligned_alloc(3). @extern aligned_alloc */
declare function alignedAllocate(alignment: u64, size: u64): u64;
/** free(3). @extern free */
declare function free(address: u64): void;

const QUEUE = 16;
const RING: u64 = 32768;
/** Where the device sees the ring: the driver must not mix this up with its own address. */
const PHYSICAL: u64 = 0x7_0000_0000;
const TOTAL: u64 = 60_000_000;

class Random {
  state: u64 = 0x9e37_79b9_7f4a_7c15;

  next(bound: u64): u64 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 7;
    this.state ^= this.state << 17;
    return this.state % bound;
  }
}

class Slots {
  readonly all!: FixedArray<QueueSlot, 16>;
}

class Device {
  queue: u64 = 0;
  ring: u64 = 0;
  nextAvailable: u16 = 0;
  nextUsed: u16 = 0;
  readonly heads!: FixedArray<u16, 16>;
  count: usize = 0;
  /** Bytes that arrived. */
  arrived: u64 = 0;
  pieces: u64 = 0;

  /** Reads all that is offered, in order, as the host does, and checks it. */
  read(): void {
    while (this.nextAvailable !== pointer<u16>(this.queue + 16 * QUEUE + 2)[0]) {
      const head = pointer<u16>(this.queue + 16 * QUEUE + 4 + 2 * u64(this.nextAvailable % QUEUE))[0];
      const address = pointer<u64>(this.queue + 16 * u64(head))[0];
      const length = u64(pointer<u32>(this.queue + 16 * u64(head) + 8)[0]);
      assert(length > 0 && address >= PHYSICAL && address + length <= PHYSICAL + RING, "a piece lies outside the ring");
      for (let i: u64 = 0; i < length; i++) {
        const byte = pointer<u8>(this.ring + address - PHYSICAL + i)[0];
        assert(byte === byteAt(this.arrived + i), `byte ${this.arrived + i} is another`);
      }
      this.arrived += length;
      this.pieces++;
      this.heads[this.count] = head;
      this.count++;
      this.nextAvailable++;
    }
  }

  /** Says that one of what it has read is done. */
  finish(index: usize): void {
    const used = this.queue + ((16 * QUEUE + 6 + 2 * QUEUE + 3) & ~u64(3));
    const element = used + 4 + 8 * u64(this.nextUsed % QUEUE);
    pointer<u32>(element)[0] = u32(this.heads[index]);
    pointer<u32>(element + 4)[0] = 0;
    this.nextUsed++;
    pointer<u16>(used + 2)[0] = this.nextUsed;
    this.count--;
    this.heads[index] = this.heads[this.count];
  }
}

function byteAt(position: u64): u8 {
  return u8((position * 0x9e37_79b9) >> 24);
}

const random = new Random();

/** Writes TOTAL bytes in pieces of up to `longest`. @returns the pieces that the device saw */
function stream(longest: u64, few: boolean): u64 {
  const queue = create(VirtioQueue)!;
  const slots = create(Slots)!;
  const ring = create(OutputRing)!;
  const device = create(Device)!;
  device.queue = alignedAllocate(4096, 4096);
  device.ring = alignedAllocate(4096, RING);
  fillBytes(device.queue, 0, 4096);
  queue.begin(device.queue, slots.all.slice(), true);
  ring.begin(device.ring, PHYSICAL, RING);
  let written: u64 = 0;
  while (device.arrived < TOTAL) {
    const count = minimum(minimum(random.next(longest) + 1, ring.freeRun()), TOTAL - written);
    for (let i: u64 = 0; i < count; i++) pointer<u8>(ring.tailAddress() + i)[0] = byteAt(written + i);
    ring.advance(count);
    written += count;
    ring.collect(queue);
    ring.give(queue, few || random.next(20) === 0 || written === TOTAL);
    queue.publish();
    assert(ring.done <= ring.sent && ring.sent <= ring.tail && ring.tail - ring.done <= RING, "positions are out of order");
    if (random.next(3) === 0) device.read();
    for (let i: u64 = random.next(4); i > 0 && device.count > 0; i--) device.finish(random.next(device.count));
  }
  while (device.count > 0) device.finish(0);
  ring.collect(queue);
  assert(written === TOTAL && ring.isEmpty() && ring.piecesOut() === 0, "something is left over");
  const pieces = device.pieces;
  free(device.queue);
  free(device.ring);
  destroy(queue);
  destroy(slots);
  destroy(ring);
  destroy(device);
  return pieces;
}

/** The program. @export main */
export function main(): i32 {
  print(`large writes: ${stream(40_000, false)} pieces`);
  print(`small writes, given at once: ${stream(300, true)} pieces`);
  const pieces = stream(300, false);
  print(`small writes, gathered: ${pieces} pieces`);
  assert(pieces < TOTAL / 1000, "small writes are not gathered");
  exit(0);
}
