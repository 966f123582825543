// A split virtqueue: the ring through which a driver and its device hand each other buffers. VIRTIO 1.2, section 2.7.
//
//   descriptor table    where the buffers are; a chain of descriptors is one request
//   available ring      driver ─▶ device: heads of chains to be worked on
//   used ring           device ─▶ driver: heads of chains that are done, and how many bytes were written into each
//
// The device's word is not trusted. What it writes is a number to be looked up among the chains that it has; one that is not
// there, a count of bytes beyond the chain's room, or more chains done than were given break the queue: nothing is taken
// from it any more. What the driver needs to know again is kept in slots of its own, never read back from shared memory.
//
// With the event index (2.7.7, 2.7.10) each side names the entry at which it wants to hear of the other, so both stay silent
// while the other is at work anyway. After naming it, look again: the entry may have passed meanwhile.
//
// Pure: no lock and no hardware. The owner holds a lock, and notifies the device when `publish` says so.

import { pointer, readVolatile, writeVolatile } from "unsafe";

/** Descriptor flags (2.7.5). */
const NEXT: u16 = 1;
const DEVICE_WRITES: u16 = 2;
/** Flags of the rings when there is no event index (2.7.6, 2.7.8). */
const NO_INTERRUPT: u16 = 1;
const NO_NOTIFY: u16 = 1;

const DESCRIPTOR_SIZE = 16;
const USED_ELEMENT_SIZE = 8;
/** The used ring begins on this (2.7). */
const USED_ALIGNMENT = 4;
/** Both rings: flags and index come before the elements. */
const RING_HEADER = 4;

/** One buffer of a request. */
export class Segment {
  /** Physical address. */
  address: u64 = 0;
  /** Bytes. */
  length: u32 = 0;
  deviceWrites = false;

  set(address: u64, length: u32, deviceWrites: boolean): void {
    this.address = address;
    this.length = length;
    this.deviceWrites = deviceWrites;
  }
}

/** What the driver knows of a descriptor. */
export class QueueSlot {
  /** The next descriptor of the chain, or of the free list. */
  next: u16 = 0;
  /** For the first of a chain: its descriptors. 0: the device does not have it. */
  count: u16 = 0;
  /** For the first: bytes that the device may write. */
  room: u32 = 0;
  /** For the first: the owner's. */
  token: u64 = 0;
}

/** A request that is done. */
export class Completion {
  token: u64 = 0;
  /** Bytes that the device wrote. */
  length: u32 = 0;
}

export class VirtioQueue {
  /** Descriptors; a power of two. */
  size: u16 = 0;
  /** Descriptors that are free. */
  free: u16 = 0;
  /** Requests that the device has. */
  outstanding: u16 = 0;
  /** The device broke the rules; nothing more comes from it. */
  broken = false;
  private slots: Slice<QueueSlot> | null = null;
  private eventIndex = false;
  private descriptors: u64 = 0;
  private available: u64 = 0;
  private used: u64 = 0;
  private firstFree: u16 = 0;
  /** Index of the next available entry, and the index that the device was told. Indices run freely. */
  private nextAvailable: u16 = 0;
  private published: u16 = 0;
  /** Index of the next used entry to look at. */
  private nextUsed: u16 = 0;

  /**
   * Lays the queue out in zeroed memory, which stays the queue's.
   * @param memory address of `queueBytes(size)` bytes, aligned to 16 @param slots as many as the size
   * @param eventIndex whether VIRTIO_F_EVENT_IDX was negotiated
   */
  begin(memory: u64, slots: Slice<QueueSlot>, eventIndex: boolean): void {
    const size = u16(slots.length);
    this.size = size;
    this.free = size;
    this.slots = slots;
    this.eventIndex = eventIndex;
    this.descriptors = memory;
    this.available = memory + availableOffset(size);
    this.used = memory + usedOffset(size);
    for (let i: u16 = 0; i < size; i++) slots[i].next = i + 1;
  }

  /**
   * Puts a request of one buffer on the ring; publish() tells the device. There is a free descriptor.
   * @param token comes back with its completion
   */
  add(address: u64, length: u32, deviceWrites: boolean, token: u64): void {
    const head = this.firstFree;
    this.takeDescriptor(address, length, deviceWrites ? DEVICE_WRITES : 0);
    this.offer(head, 1, deviceWrites ? length : 0, token);
  }

  /**
   * Puts a request of several buffers on the ring: those that the device reads first (2.7.4.2).
   * @returns false when there are fewer free descriptors
   */
  addChain(segments: Slice<Segment>, token: u64): boolean {
    if (segments.length === 0 || segments.length > usize(this.free)) return false;
    const head = this.firstFree;
    let room: u32 = 0;
    let left = segments.length;
    for (const segment of segments) {
      left--;
      const more: u16 = left > 0 ? NEXT : 0;
      this.takeDescriptor(segment.address, segment.length, more | (segment.deviceWrites ? DEVICE_WRITES : 0));
      if (segment.deviceWrites) room += segment.length;
    }
    this.offer(head, u16(segments.length), room, token);
    return true;
  }

  /** Shows the device what was added since. @returns whether it must be notified */
  publish(): boolean {
    const before = this.published;
    const now = this.nextAvailable;
    if (now === before) return false;
    compilerFence(); // the requests, and what is in their buffers, before the index
    store16(this.available + 2, now);
    this.published = now;
    fence(); // the index before the look at what the device wants to hear of (2.7.13.4.1)
    if (!this.eventIndex) return (load16(this.used) & NO_NOTIFY) === 0;
    const event = load16(this.used + RING_HEADER + u64(this.size) * USED_ELEMENT_SIZE);
    return passes(event, before, now);
  }

  /** Whether the device is done with all that it was shown. A hint: no lock. */
  isDone(): boolean {
    return load16(this.used + 2) === this.published;
  }

  /** Takes the next request that is done. @returns false when there is none */
  take(completion: Completion): boolean {
    if (this.broken) return false;
    const done = load16(this.used + 2) - this.nextUsed;
    if (done === 0) return false;
    const slots = this.slots;
    if (done > this.outstanding || slots === null) return this.breakDown();
    compilerFence(); // the index before the entry and the buffers; the processor keeps loads in order
    const element = this.used + RING_HEADER + u64(this.nextUsed & (this.size - 1)) * USED_ELEMENT_SIZE;
    const id = load32(element);
    const length = load32(element + 4);
    if (id >= u32(this.size)) return this.breakDown();
    const head = slots[id];
    if (head.count === 0 || length > head.room) return this.breakDown();
    completion.token = head.token;
    completion.length = length;
    this.release(u16(id), slots);
    this.nextUsed++;
    return true;
  }

  /**
   * Asks for an interrupt when `count` more requests are done (1: the next one).
   * @returns whether that is so already; then there may be no interrupt
   */
  requestInterrupt(count: u16): boolean {
    if (this.eventIndex) store16(this.eventAddress(), this.nextUsed + count - 1);
    else store16(this.available, 0);
    fence(); // the wish before the look
    return this.hasDone(count);
  }

  /** Whether so many more requests are done. */
  hasDone(count: u16): boolean {
    return load16(this.used + 2) - this.nextUsed >= count;
  }

  /** Wants no interrupts. One may come all the same. */
  refuseInterrupts(): void {
    if (this.eventIndex) store16(this.eventAddress(), this.nextUsed - 1);
    else store16(this.available, NO_INTERRUPT);
  }

  /** Offset of the parts from the queue's memory, for the transport. */
  availableOffset(): u64 {
    return availableOffset(this.size);
  }

  usedOffset(): u64 {
    return usedOffset(this.size);
  }

  private eventAddress(): u64 {
    return this.available + RING_HEADER + u64(this.size) * 2;
  }

  /** Moves the first free descriptor into use. */
  private takeDescriptor(address: u64, length: u32, flags: u16): void {
    const index = this.firstFree;
    const slot = this.slots![index];
    const place = this.descriptors + u64(index) * DESCRIPTOR_SIZE;
    store64(place, address);
    store32(place + 8, length);
    store16(place + 12, flags);
    store16(place + 14, slot.next);
    this.firstFree = slot.next;
    this.free--;
  }

  private offer(head: u16, count: u16, room: u32, token: u64): void {
    const slot = this.slots![head];
    slot.count = count;
    slot.room = room;
    slot.token = token;
    store16(this.available + RING_HEADER + u64(this.nextAvailable & (this.size - 1)) * 2, head);
    this.nextAvailable++;
    this.outstanding++;
  }

  /** Gives a chain's descriptors back to the free list. */
  private release(head: u16, slots: Slice<QueueSlot>): void {
    const first = slots[head];
    let last = head;
    for (let left = first.count; left > 1; left--) last = slots[last].next;
    slots[last].next = this.firstFree;
    this.firstFree = head;
    this.free += first.count;
    first.count = 0;
    this.outstanding--;
  }

  private breakDown(): boolean {
    this.broken = true;
    return false;
  }
}

/** Bytes that a queue of this many descriptors takes. */
export function queueBytes(size: u16): u64 {
  return usedOffset(size) + RING_HEADER + u64(size) * USED_ELEMENT_SIZE + 2;
}

function availableOffset(size: u16): u64 {
  return u64(size) * DESCRIPTOR_SIZE;
}

function usedOffset(size: u16): u64 {
  const end = availableOffset(size) + RING_HEADER + u64(size) * 2 + 2;
  return (end + USED_ALIGNMENT - 1) & ~u64(USED_ALIGNMENT - 1);
}

/** Whether an index on its way from `before` to `now` passes the entry `event` (2.7.7.1). */
function passes(event: u16, before: u16, now: u16): boolean {
  return now - event - 1 < now - before;
}

// Safe, all of these: addresses lie in the queue's memory, whose layout begin() has set. Volatile, for the device reads and
// writes there; aligned, so that each access is one.

/** @inline */
function load16(address: u64): u16 {
  return readVolatile(pointer<u16>(address));
}

/** @inline */
function load32(address: u64): u32 {
  return readVolatile(pointer<u32>(address));
}

/** @inline */
function store16(address: u64, value: u16): void {
  writeVolatile(pointer<u16>(address), value);
}

/** @inline */
function store32(address: u64, value: u32): void {
  writeVolatile(pointer<u32>(address), value);
}

/** @inline */
function store64(address: u64, value: u64): void {
  writeVolatile(pointer<u64>(address), value);
}
