// The split virtqueue against a simulated device: every order of completion, indices that run over, both sides' silence, and a
// device that breaks the rules.

import { exit, print } from "prelude/host.ts";
import { fillBytes, pointer } from "unsafe";
import { Completion, QueueSlot, queueBytes, Segment, VirtioQueue } from "../virtio_queue.ts";

/** aligned_alloc(3). @extern aligned_alloc */
declare function alignedAllocate(alignment: u64, size: u64): u64;
/** free(3). @extern free */
declare function free(address: u64): void;

const SIZE = 16;
const NEXT: u16 = 1;
const DEVICE_WRITES: u16 = 2;

class Random {
  state: u64 = 0x2545_f491_4f6c_dd1d;

  /** xorshift64: the same numbers in every run. */
  next(bound: u64): u64 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 7;
    this.state ^= this.state << 17;
    return this.state % bound;
  }
}

/** The other side, written from the specification alone: it knows the memory's layout (2.7) and nothing of the driver. */
class Device {
  memory: u64 = 0;
  eventIndex = false;
  nextAvailable: u16 = 0;
  nextUsed: u16 = 0;
  /** Heads that it has taken and not given back. */
  readonly heads!: FixedArray<u16, 16>;
  count: usize = 0;

  private at16(offset: u64): u16 {
    return pointer<u16>(this.memory + offset)[0];
  }

  private put16(offset: u64, value: u16): void {
    pointer<u16>(this.memory + offset)[0] = value;
  }

  availableIndex(): u16 {
    return this.at16(16 * SIZE + 2);
  }

  private usedOffset(): u64 {
    return (16 * SIZE + 6 + 2 * SIZE + 3) & ~u64(3);
  }

  /** Takes all that is offered, and says where it wants to be told of more. @returns how many */
  takeAll(): u32 {
    let taken: u32 = 0;
    while (this.nextAvailable !== this.availableIndex()) {
      this.heads[this.count] = this.at16(16 * SIZE + 4 + 2 * u64(this.nextAvailable % SIZE));
      this.count++;
      this.nextAvailable++;
      taken++;
    }
    if (this.eventIndex) this.put16(this.usedOffset() + 4 + 8 * SIZE, this.nextAvailable);
    return taken;
  }

  /** Descriptors of a chain, and through `room` the bytes that may be written; checks that those come last. */
  chainLength(head: u16): u32 {
    let length: u32 = 1;
    let at = head;
    let writes = false;
    while (true) {
      const flags = this.at16(16 * u64(at) + 12);
      assert(!writes || (flags & DEVICE_WRITES) !== 0, "a buffer to be read comes behind one to be written");
      writes = (flags & DEVICE_WRITES) !== 0;
      if ((flags & NEXT) === 0) return length;
      at = this.at16(16 * u64(at) + 14);
      assert(at < SIZE, "a chain leads out of the table");
      length++;
      assert(length <= SIZE, "a chain has no end");
    }
  }

  addressOf(head: u16): u64 {
    return pointer<u64>(this.memory + 16 * u64(head))[0];
  }

  /** Gives one of the taken back. @returns whether the driver is to be interrupted (2.7.7.1, 2.7.8.1) */
  giveBack(index: usize, length: u32): boolean {
    const head = this.heads[index];
    this.count--;
    this.heads[index] = this.heads[this.count];
    return this.complete(u32(head), length);
  }

  complete(id: u32, length: u32): boolean {
    const element = this.usedOffset() + 4 + 8 * u64(this.nextUsed % SIZE);
    pointer<u32>(this.memory + element)[0] = id;
    pointer<u32>(this.memory + element + 4)[0] = length;
    const before = this.nextUsed;
    this.nextUsed++;
    this.put16(this.usedOffset() + 2, this.nextUsed);
    if (!this.eventIndex) return (this.at16(16 * SIZE) & 1) === 0;
    const event = this.at16(16 * SIZE + 4 + 2 * SIZE);
    return this.nextUsed - event - 1 < this.nextUsed - before;
  }

  /** Moves the used index alone. */
  skip(count: u16): void {
    this.nextUsed += count;
    this.put16(this.usedOffset() + 2, this.nextUsed);
  }
}

class Bench {
  queue!: VirtioQueue;
  device!: Device;
  readonly slots!: FixedArray<QueueSlot, 16>;
}

const random = new Random();

function fresh(eventIndex: boolean): Bench {
  const bench = create(Bench)!;
  bench.queue = create(VirtioQueue)!;
  bench.device = create(Device)!;
  const memory = alignedAllocate(4096, 4096);
  fillBytes(memory, 0, 4096);
  assert(queueBytes(SIZE) === 430 && queueBytes(64) === 1678, "a queue takes another amount of memory than its users think");
  bench.queue.begin(memory, bench.slots.slice(), eventIndex);
  bench.device.memory = memory;
  bench.device.eventIndex = eventIndex;
  return bench;
}

class Outstanding {
  /** By token: the bytes that the device may write, plus 1; 0: not out. */
  readonly room!: FixedArray<u32, 64>;
  count: u32 = 0;
}

/** Adds a request of up to four buffers, if there is room. */
function addRandom(bench: Bench, out: Outstanding, segments: Slice<Segment>): void {
  let token: u64 = random.next(64);
  while (out.room[token] !== 0) token = (token + 1) % 64;
  const count = random.next(4) + 1;
  const reads = random.next(count + 1);
  let room: u32 = 0;
  for (let i: u64 = 0; i < count; i++) {
    const writes = i >= reads;
    const length = u32(random.next(1000));
    segments[i].set(0x1000 * (token + 1), length, writes);
    if (writes) room += length;
  }
  const free = bench.queue.free;
  const added = bench.queue.addChain(segments.slice(0, count), token);
  assert(added === count <= u64(free), "a chain was refused though there was room, or the other way round");
  if (!added) return;
  out.room[token] = room + 1;
  out.count++;
}

class Segments {
  readonly all!: FixedArray<Segment, 4>;
}

const segments = new Segments();

function release(bench: Bench): void {
  free(bench.device.memory);
  destroy(bench.queue);
  destroy(bench.device);
  destroy(bench);
}

/** Random traffic: what the device completes comes out once, with its own length, whatever the order. Indices run over. */
function anyOrder(eventIndex: boolean): void {
  const bench = fresh(eventIndex);
  const out = new Outstanding();
  const completion = new Completion();
  let notifications: u64 = 0;
  let done: u64 = 0;
  let asleep = true;
  for (let round: u64 = 0; round < 200_000; round++) {
    for (let i: u64 = random.next(4); i > 0; i--) addRandom(bench, out, segments.all.slice());
    if (bench.queue.publish()) {
      notifications++;
      asleep = false;
    }
    // A device that was not told, and had seen everything, does not look.
    if (!asleep) {
      bench.device.takeAll();
      asleep = true;
    }
    assert(bench.device.count === usize(out.count), "the device was not told of a request");
    for (let i: u64 = random.next(4); i > 0 && bench.device.count > 0; i--) {
      const index = random.next(bench.device.count);
      const head = bench.device.heads[index];
      const token = bench.device.addressOf(head) / 0x1000 - 1;
      bench.device.chainLength(head);
      const length = u32(random.next(u64(out.room[token])));
      bench.device.giveBack(index, length);
      if (random.next(3) === 0) continue;
      assert(bench.queue.take(completion), "a completed request does not come out");
      // Perhaps an earlier one, whose turn was passed over.
      assert(out.room[completion.token] > completion.length, "a request came out twice, or longer than it is");
      out.room[completion.token] = 0;
      out.count--;
      done++;
    }
    while (random.next(2) === 0 && bench.queue.take(completion)) {
      assert(out.room[completion.token] > completion.length, "a request came out twice, or longer than it is");
      out.room[completion.token] = 0;
      out.count--;
      done++;
    }
    // What the device has given back and the driver has not taken is not the device's any more.
    while (usize(out.count) > bench.device.count) {
      assert(bench.queue.take(completion), "a completed request got lost");
      out.room[completion.token] = 0;
      out.count--;
      done++;
    }
  }
  assert(!bench.queue.take(completion) && !bench.queue.broken, "something came out that was not put in");
  assert(done > 0x1_0000 * 2, "the indices did not run over");
  release(bench);
  print(`any order, event index ${eventIndex}: ${done} requests, ${notifications} notifications`);
}

/** A device at work is not told; one that has seen everything is. */
function silence(): void {
  const bench = fresh(true);
  const completion = new Completion();
  for (let round: u32 = 0; round < 70_000; round++) {
    bench.queue.add(0x1000, 10, false, 1);
    assert(bench.queue.publish(), "an idle device is not told");
    // It has not looked yet: once is enough.
    bench.queue.add(0x2000, 10, false, 2);
    assert(!bench.queue.publish(), "a device that was told is told again");
    assert(!bench.queue.publish(), "a device is told of nothing");
    assert(bench.device.takeAll() === 2, "the device finds something else");

    bench.queue.refuseInterrupts();
    assert(!bench.device.giveBack(0, 0), "an interrupt comes that nobody wants");
    assert(!bench.queue.requestInterrupt(2), "two are said to be done");
    assert(bench.device.giveBack(0, 0), "no interrupt comes for the second");
    assert(bench.queue.requestInterrupt(1), "the driver would wait for what is done");
    assert(bench.queue.take(completion) && bench.queue.take(completion), "the two do not come out");
    assert(!bench.queue.take(completion), "a third comes out");
  }
  release(bench);
  print("silence: kept on both sides");
}

/** Each lie of the device breaks the queue, and nothing comes out of it any more. */
function lies(): void {
  for (let lie: u32 = 0; lie < 7; lie++) {
    const bench = fresh(true);
    const completion = new Completion();
    segments.all[0].set(0x1000, 100, false);
    segments.all[1].set(0x2000, 50, true);
    assert(bench.queue.addChain(segments.all.slice(0, 2), 7), "there is no room for two");
    bench.queue.add(0x3000, 10, false, 8);
    bench.queue.publish();
    bench.device.takeAll();
    const head = u32(bench.device.heads[0]);
    if (lie === 0) bench.device.complete(SIZE, 0);
    else if (lie === 1) bench.device.complete(0xffff_fff0, 0);
    else if (lie === 2)
      bench.device.complete(head + 1, 0); // the middle of a chain
    else if (lie === 3)
      bench.device.complete(SIZE - 1, 0); // never given
    else if (lie === 4) bench.device.complete(head, 51);
    else if (lie === 5) bench.device.skip(3);
    else {
      bench.device.complete(head, 50);
      bench.device.complete(head, 50); // twice
      assert(
        bench.queue.take(completion) && completion.token === 7 && completion.length === 50,
        "an honest word is not believed",
      );
    }
    assert(!bench.queue.take(completion), `lie ${lie} is believed`);
    assert(bench.queue.broken, `lie ${lie} does no harm to the queue`);
    bench.device.complete(head, 0);
    assert(!bench.queue.take(completion), `after lie ${lie} the device is believed again`);
    release(bench);
  }
  print("lies: none is believed");
}

/** The program. @export main */
export function main(): i32 {
  anyOrder(true);
  anyOrder(false);
  silence();
  lies();
  exit(0);
}
