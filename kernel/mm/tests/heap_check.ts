// The walks over buddy lists and slabs find what was spoiled on purpose, and nothing else.

import { print } from "prelude/host.ts";
import { fillBytes, pointer } from "unsafe";
import { Buddy, FrameRange } from "../buddy.ts";
import { Corruption, isSpoiled, spoil } from "../corruption.ts";
import { FRAME_SIZE, Frame, FrameState } from "../frame_table.ts";
import { objectSize, SIZE_CLASSES } from "../size_classes.ts";
import { verifySlab } from "../slab_check.ts";

/** aligned_alloc(3). @extern aligned_alloc */
declare function alignedAllocate(alignment: u64, size: u64): u64;
/** free(3). @extern free */
declare function free(address: u64): void;

const MEMORY = 0x80_0000;
const FIRST = 0x40_0000;

class Ranges {
  readonly all!: FixedArray<FrameRange, 1>;
}

const ranges = new Ranges();
const buddy = new Buddy();
const slab = new Frame();

function findsInBuddy(what: string): void {
  const corruption = new Corruption();
  assert(!buddy.verify(corruption), "a corruption of the lists is found");
  if (corruption.what !== what) panic(`found: ${corruption.what}, expected: ${what}`);
}

function soundBuddy(): void {
  const corruption = new Corruption();
  if (!buddy.verify(corruption)) panic(`a sound buddy: ${corruption.what}: ${hex(corruption.place)}`);
}

function testBuddy(base: u64): void {
  ranges.all[0].start = FIRST;
  ranges.all[0].end = FIRST + MEMORY;
  buddy.initialize(ranges.all.slice(), base - FIRST);
  soundBuddy();
  const first = buddy.allocate(3);
  const second = buddy.allocate(0);
  const whole = buddy.allocate(2);
  soundBuddy();
  buddy.free(second, 0);
  soundBuddy();
  const entry = buddy.table.at(second);

  entry.state = FrameState.Allocated;
  findsInBuddy("a frame on a list of free blocks is not free");
  entry.state = FrameState.Free;
  entry.order = 2;
  findsInBuddy("a free block is on the list of another size");
  entry.order = 0;
  const previous = entry.previous;
  entry.previous = 77;
  findsInBuddy("a free block does not know the one before it");
  entry.previous = previous;
  const next = entry.next;
  entry.next = u32(second);
  findsInBuddy("a free block does not know the one before it");
  entry.next = next;
  buddy.freeFrames++;
  findsInBuddy("fewer frames are on the lists than are free");
  buddy.freeFrames--;

  const inside = buddy.table.at(first);
  buddy.free(first, 3);
  soundBuddy();
  assert(inside.state === FrameState.Free || inside.state === FrameState.None, "a block that was freed is free");
  // A frame in the middle of a free block that somebody believes to have, and one that is free for itself.
  const middle = buddy.table.at(first + 1);
  middle.state = FrameState.Allocated;
  findsInBuddy("a frame in a free block is in use");
  middle.state = FrameState.None;
  const used = buddy.table.at(whole + 1);
  used.state = FrameState.Free;
  used.order = 0;
  findsInBuddy("blocks are free that are on no list");
  used.state = FrameState.None;
  soundBuddy();
}

function makeSlab(page: u64, index: u64): void {
  const size = objectSize(index);
  const count = FRAME_SIZE / size;
  fillBytes(page, 0, FRAME_SIZE);
  for (let i: u64 = 0; i < count; i++) {
    pointer<u64>(page + i * size)[0] = (i + 1) * size;
    spoil(page + i * size, size);
  }
  slab.state = FrameState.Slab;
  slab.order = u8(index);
  slab.count = u16(count);
  slab.references.store(0);
}

function findsInSlab(page: u64, index: u64, what: string): void {
  const corruption = new Corruption();
  assert(!verifySlab(slab, page, index, true, corruption), "a corruption of a slab is found");
  if (corruption.what !== what) panic(`found: ${corruption.what}, expected: ${what}`);
}

function testSlab(page: u64, index: u64): void {
  const size = objectSize(index);
  makeSlab(page, index);
  const corruption = new Corruption();
  if (!verifySlab(slab, page, index, true, corruption)) panic(`a sound slab: ${corruption.what}`);
  assert(isSpoiled(page, size) && !isSpoiled(page + 8, size), "a free object bears its mark, and no other place does");

  // Written to after it was freed, by one byte.
  pointer<u8>(page + size + 15)[0] ^= 1;
  findsInSlab(page, index, "a free object was written to");
  makeSlab(page, index);
  // The object before it was written beyond its end.
  pointer<u64>(page + size)[0] = 0x4141_4141_4141_4141;
  // The last one's is never followed.
  const follows = FRAME_SIZE / size > 2;
  if (follows) findsInSlab(page, index, "the list of a slab's free objects leads astray");
  makeSlab(page, index);
  // Freed twice: the list comes back to it.
  pointer<u64>(page + size)[0] = 0;
  if (follows) findsInSlab(page, index, "an object is free twice");
  makeSlab(page, index);
  slab.count++;
  findsInSlab(page, index, "a slab counts an impossible number of free objects");
  makeSlab(page, index);
  findsInSlab(page, (index + 1) % SIZE_CLASSES, "a slab is on the list of another class");
  slab.state = FrameState.Allocated;
  findsInSlab(page, index, "a page on a list of slabs is none");
}

/** @export main */
export function main(): i32 {
  const base = alignedAllocate(0x20_0000, MEMORY);
  testBuddy(base);
  free(base);
  const page = alignedAllocate(FRAME_SIZE, FRAME_SIZE);
  for (let index: u64 = 0; index < SIZE_CLASSES; index++) testSlab(page, index);
  free(page);
  print("corruptions of lists, tables and slabs are found");
  return 0;
}
