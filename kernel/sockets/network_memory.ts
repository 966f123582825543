// Memory of packets. A packet with room for a frame of Ethernet is what nearly all are: each CPU keeps some that came back, so that most
// packets are neither allocated nor zeroed. Larger ones, and chunks, come from the heap, whose memory is in the direct map and in one
// piece: devices reach it by its physical address.

import { List } from "prelude/list.ts";
import { currentCpu, MAXIMUM_CPUS } from "../arch/x86_64/cpu.ts";
import { disableInterrupts } from "../arch/x86_64/interrupts.ts";
import { ChecksumState, Chunk, HEADROOM, type NetworkMemory, PacketBuffer, SegmentKind } from "../net/packet.ts";

/** Storage of a usual packet, headroom included. */
const USUAL_STORAGE = 2048;
/** Packets that a CPU keeps. */
const MOST_KEPT = 256;

class KeptPackets {
  readonly list = new List<PacketBuffer>();
  count: u32 = 0;
}

class AllKept {
  readonly of!: FixedArray<KeptPackets, 64>; // MAXIMUM_CPUS
}

const kept = new AllKept();

export class KernelNetworkMemory implements NetworkMemory {
  allocatePacket(room: usize): PacketBuffer | null {
    if (room > USUAL_STORAGE - HEADROOM) return makePacket(this, u64(HEADROOM) + room);
    const packet = takeKept();
    return packet === null ? makePacket(this, USUAL_STORAGE) : packet;
  }

  freePacket(packet: PacketBuffer): void {
    if (packet.storage.length === USUAL_STORAGE && keep(packet)) return;
    destroyArray(packet.storage);
    destroy(packet);
  }

  allocateChunk(size: usize): Chunk | null {
    const storage = createArray<u8>(size);
    if (storage === null) return null;
    const chunk = create(Chunk, this, storage);
    if (chunk === null) destroyArray(storage);
    return chunk;
  }

  freeChunk(chunk: Chunk): void {
    destroyArray(chunk.storage);
    destroy(chunk);
  }
}

function makePacket(memory: KernelNetworkMemory, size: usize): PacketBuffer | null {
  const storage = createArray<u8>(size);
  if (storage === null) return null;
  const packet = create(PacketBuffer, memory, storage, HEADROOM);
  if (packet === null) destroyArray(storage);
  return packet;
}

function takeKept(): PacketBuffer | null {
  using _ = disableInterrupts();
  const own = kept.of[currentCpu().index % MAXIMUM_CPUS];
  const packet = own.list.first;
  if (packet === null) return null;
  own.list.remove(packet);
  own.count--;
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
  const own = kept.of[currentCpu().index % MAXIMUM_CPUS];
  if (own.count === MOST_KEPT) return false;
  own.list.prepend(packet);
  own.count++;
  return true;
}

export const networkMemory = new KernelNetworkMemory();
