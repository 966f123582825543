// The packet buffer: what is cut off, added and copied, and that every chunk comes back.

import { print } from "prelude/host.ts";
import { HeapMemory } from "../simulation/heap_memory.ts";

const memory = new HeapMemory();

function testFragments(): void {
  const packet = memory.allocatePacket(16)!;
  packet.extend(4).copyFrom(bytes("abcd"));
  const chunk = memory.allocateChunk(16)!;
  chunk.storage.slice(0, 10).copyFrom(bytes("0123456789"));
  assert(packet.addFragment(chunk, 0, 3), "a first fragment");
  assert(packet.addFragment(chunk, 3, 3), "one that goes on where it ends");
  assert(packet.fragmentCount === 1, "which are joined");
  assert(packet.addFragment(chunk, 8, 2), "and one after a gap");
  chunk.release();
  assert(packet.totalLength() === 12, "the lengths add up");
  const text: FixedArray<u8, 16> = [];
  assert(packet.copyOut(2, text.slice()) === 10 && text[0] === 99 && text[2] === 48 && text[9] === 57, "copied across seams");
  packet.trimFront(5);
  assert(packet.length === 0 && packet.totalLength() === 7, "cut into the fragment");
  packet.truncate(6);
  assert(packet.contiguous(0).length === 5 && packet.contiguous(5).length === 1, "the pieces");
  assert(packet.contiguous(5)[0] === 56, "the right one");
  packet.trimFront(6);
  assert(memory.chunks === 0, "the chunk went with its last byte");
  packet.release();
}

function testHeaders(): void {
  const packet = memory.allocatePacket(0)!;
  packet.prepend(20);
  packet.bytes().fill(7);
  assert(packet.length === 20 && packet.tailroom() === 0, "headers go in front");
  packet.release();
}

/** @export main */
export function main(): i32 {
  testFragments();
  testHeaders();
  assert(memory.packets === 0 && memory.chunks === 0, "all memory came back");
  print("packets: fragments, headers");
  return 0;
}
