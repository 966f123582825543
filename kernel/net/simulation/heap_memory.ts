// Packets and chunks from the heap of a Linux program, counted, so that a test can tell that all of them came back.

import { Chunk, HEADROOM, type NetworkMemory, PacketBuffer } from "../packet.ts";

export class HeapMemory implements NetworkMemory {
  packets: u64 = 0;
  chunks: u64 = 0;
  /** Allocations to refuse from now on: tests of what happens without memory. */
  refusals: u64 = 0;

  allocatePacket(room: usize): PacketBuffer | null {
    if (this.refuses()) return null;
    const storage = createArray<u8>(u64(HEADROOM) + room);
    if (storage === null) return null;
    this.packets++;
    return create(PacketBuffer, this, storage, HEADROOM);
  }

  allocateCompact(room: usize): PacketBuffer | null {
    return this.allocatePacket(room);
  }

  freePacket(packet: PacketBuffer): void {
    this.packets--;
    destroyArray(packet.storage);
    destroy(packet);
  }

  allocateChunk(size: usize): Chunk | null {
    if (this.refuses()) return null;
    const storage = createArray<u8>(size);
    if (storage === null) return null;
    this.chunks++;
    return create(Chunk, this, storage);
  }

  freeChunk(chunk: Chunk): void {
    this.chunks--;
    destroyArray(chunk.storage);
    destroy(chunk);
  }

  private refuses(): boolean {
    if (this.refusals === 0) return false;
    this.refusals--;
    return true;
  }
}
