// Memory of packets and of what sockets send. A packet with room for a frame of Ethernet is what nearly all are, a page is what the
// card receives into, and 64 KiB are what a large write becomes: each CPU keeps some of each that came back, so that most are
// neither allocated nor filled with zeros.
//
// Storage of a page or more is frames, whose content nobody has cleared: whoever has a chunk hands out no byte that it did not write.
// Smaller storage, and larger packets, come from the heap. All of it is in the direct map: devices reach it by its physical address.

import { List } from "prelude/list.ts";
import { addressOf, sliceAt } from "unsafe";
import { currentCpu, MAXIMUM_CPUS } from "../arch/x86_64/cpu.ts";
import { disableInterrupts } from "../arch/x86_64/interrupts.ts";
import { type PhysicalAddress, physicalToVirtual, virtualToPhysical } from "../arch/x86_64/paging.ts";
import {
  allocateFrame,
  allocateFrameRun,
  FRAME_SIZE,
  freeFrame,
  freeFrameRun,
  memoryIsBelow,
  memoryIsPlenty,
} from "../mm/frames.ts";
import { memoryCounts } from "../mm/memory_counts.ts";
import { ChecksumState, Chunk, HEADROOM, type NetworkMemory, PacketBuffer, SegmentKind } from "../net/packet.ts";

/** What outside hosts make us keep leaves one part in so many of the memory to the application, which would be killed without it: 1 MiB at most. */
const RESERVE_PARTS = 128;
const RESERVE_FRAMES = 256;
/** Storage of a usual packet, headroom included. */
const USUAL_STORAGE = 2048;
/** Packets that a CPU keeps, chunks of a page, and chunks of LARGE_FRAMES. */
const MOST_KEPT = 256;
const MOST_PAGES = 128;
const MOST_LARGE = 8;
/** Frames of the largest chunk that is kept: 64 KiB. */
const LARGE_FRAMES = 16;
/** Up to here a chunk's storage is the heap's. Those of just this size, into which short writes go, are kept as well. */
const LARGEST_SMALL = 2048;
const MOST_SMALL = 64;

/** Chunks of one size. */
class KeptChunks {
  readonly list = new List<Chunk>();
  count: u32 = 0;
}

/** What one CPU keeps; it touches its own alone, with interrupts disabled. */
class Kept {
  readonly packets = new List<PacketBuffer>();
  packetCount: u32 = 0;
  readonly small = new KeptChunks();
  readonly pages = new KeptChunks();
  readonly large = new KeptChunks();
}

class AllKept {
  readonly of!: FixedArray<Kept, 64>; // MAXIMUM_CPUS
}

const kept = new AllKept();

export class KernelNetworkMemory implements NetworkMemory {
  allocatePacket(room: usize): PacketBuffer | null {
    if (room > USUAL_STORAGE - HEADROOM) return makePacket(this, u64(HEADROOM) + room);
    const packet = takeKept();
    return packet === null ? makePacket(this, USUAL_STORAGE) : packet;
  }

  allocateCompact(room: usize): PacketBuffer | null {
    return makePacket(this, u64(HEADROOM) + room);
  }

  freePacket(packet: PacketBuffer): void {
    if (packet.storage.length === USUAL_STORAGE && keep(packet)) return;
    destroyArray(packet.storage);
    destroy(packet);
  }

  allocateChunk(size: usize): Chunk | null {
    if (size <= LARGEST_SMALL) return (size === LARGEST_SMALL ? takeChunk(0) : null) ?? makeSmallChunk(this, size);
    const needed = (size + (FRAME_SIZE - 1)) / FRAME_SIZE;
    // One that is nearly as large as those that are kept is made as large.
    const frames = needed > LARGE_FRAMES / 2 && needed <= LARGE_FRAMES ? LARGE_FRAMES : needed;
    return takeChunk(frames) ?? makeChunk(this, frames);
  }

  freeChunk(chunk: Chunk): void {
    const frames = chunk.token;
    if (frames === 0) {
      if (chunk.storage.length === LARGEST_SMALL && keepChunk(chunk, 0)) return;
      destroyArray(chunk.storage);
      destroy(chunk);
      return;
    }
    if (keepChunk(chunk, frames)) return;
    const frame = virtualToPhysical(addressOf(chunk.storage)) as PhysicalAddress;
    if (frames === 1) freeFrame(frame);
    else freeFrameRun(frame, frames);
    memoryCounts.heap.subtract(frames);
    destroy(chunk);
  }
}

/** @inline */
function isScarce(): boolean {
  return memoryIsBelow(RESERVE_PARTS, RESERVE_FRAMES);
}

/** @inline */
function keptHere(): Kept {
  return kept.of[currentCpu().index % MAXIMUM_CPUS];
}

// ---- packets ----------------------------------------------------------------------------------------------------------

function makePacket(memory: KernelNetworkMemory, size: usize): PacketBuffer | null {
  const storage = isScarce() ? null : createArray<u8>(size);
  if (storage === null) return null;
  const packet = create(PacketBuffer, memory, storage, HEADROOM);
  if (packet === null) destroyArray(storage);
  return packet;
}

function takeKept(): PacketBuffer | null {
  using _ = disableInterrupts();
  const own = keptHere();
  const packet = own.packets.first;
  if (packet === null) return null;
  own.packets.remove(packet);
  own.packetCount--;
  return packet;
}

/** Keeps a packet for the next one who asks, as new. @returns false when there are enough */
function keep(packet: PacketBuffer): boolean {
  packet.start = HEADROOM;
  packet.length = 0;
  packet.checksum = ChecksumState.None;
  packet.segmentKind = SegmentKind.None;
  packet.segmentSize = 0;
  packet.source = null;
  packet.receivedAt = 0;
  packet.isBroadcast = false;
  packet.isMulticast = false;
  packet.protocol = 0;
  packet.trafficClass = 0;
  packet.mark = 0;
  packet.mark2 = 0;
  packet.token = 0;
  using _ = disableInterrupts();
  const own = keptHere();
  if (own.packetCount === MOST_KEPT) return false;
  own.packets.prepend(packet);
  own.packetCount++;
  return true;
}

// ---- chunks -----------------------------------------------------------------------------------------------------------

function makeSmallChunk(memory: KernelNetworkMemory, size: usize): Chunk | null {
  const storage = isScarce() ? null : createArray<u8>(size);
  if (storage === null) return null;
  const chunk = create(Chunk, memory, storage);
  if (chunk === null) destroyArray(storage);
  return chunk;
}

function makeChunk(memory: KernelNetworkMemory, frames: u64): Chunk | null {
  if (isScarce()) return null;
  const frame = frames === 1 ? allocateFrame() : allocateFrameRun(frames);
  if (u64(frame) === 0) return null;
  // Safe: the frames are ours alone, side by side in the direct map, until freeChunk().
  const chunk = create(Chunk, memory, sliceAt<u8>(physicalToVirtual(frame), frames * FRAME_SIZE));
  if (chunk === null) {
    if (frames === 1) freeFrame(frame);
    else freeFrameRun(frame, frames);
    return null;
  }
  memoryCounts.heap.add(frames);
  chunk.token = frames;
  return chunk;
}

/** A chunk that was kept. @param frames of its storage; 0: LARGEST_SMALL bytes */
function takeChunk(frames: u64): Chunk | null {
  using _ = disableInterrupts();
  const own = keptOf(frames);
  if (own === null) return null;
  const chunk = own.list.first;
  if (chunk === null) return null;
  own.list.remove(chunk);
  own.count--;
  chunk.references.storeRelaxed(1);
  return chunk;
}

/** Keeps a chunk for the next one who asks. @returns false when there are enough, or memory is short */
function keepChunk(chunk: Chunk, frames: u64): boolean {
  if (!memoryIsPlenty()) return false;
  using _ = disableInterrupts();
  const own = keptOf(frames);
  if (own === null || own.count === mostOf(frames)) return false;
  own.list.prepend(chunk);
  own.count++;
  return true;
}

/** Where this CPU keeps chunks of a size; null: nowhere. Interrupts are disabled. */
function keptOf(frames: u64): KeptChunks | null {
  if (frames === 0) return keptHere().small;
  if (frames === 1) return keptHere().pages;
  return frames === LARGE_FRAMES ? keptHere().large : null;
}

function mostOf(frames: u64): u32 {
  if (frames === 0) return MOST_SMALL;
  return frames === 1 ? MOST_PAGES : MOST_LARGE;
}

export const networkMemory = new KernelNetworkMemory();
