// The buddy allocator under random use: blocks never overlap, are aligned, and all memory comes back as it was.

import { exit, print } from "prelude/host.ts";
import { pointer } from "unsafe";
import { Buddy, FrameRange } from "../buddy.ts";
import { FrameState } from "../frame_table.ts";

/** aligned_alloc(3). @extern aligned_alloc */
declare function alignedAllocate(alignment: u64, size: u64): u64;
/** free(3). @extern free */
declare function free(address: u64): void;

const MEMORY = 0x200_0000;
const FIRST = 0x40_0000;
const SLOTS = 512;

class Random {
  state: u64 = 0x9e37_79b9_7f4a_7c15;

  /** xorshift64: the same numbers in every run. */
  next(bound: u64): u64 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 7;
    this.state ^= this.state << 17;
    return this.state % bound;
  }
}

class Blocks {
  readonly first!: FixedArray<u64, 512>;
  readonly order!: FixedArray<u32, 512>;
  /** Owner of each frame plus one; 0 for free. */
  readonly owner!: FixedArray<u16, 8192>;
}

class Ranges {
  readonly all!: FixedArray<FrameRange, 3>;
}

const random = new Random();
const blocks = new Blocks();
const ranges = new Ranges();
const buddy = new Buddy();

function setOwner(index: u64, owner: u64): void {
  const count = u64(1) << blocks.order[index];
  for (let i: u64 = 0; i < count; i++) {
    const frame = blocks.first[index] + i - (FIRST >> 12);
    if (owner !== 0) assert(blocks.owner[frame] === 0, "a frame was given out twice");
    else assert(u64(blocks.owner[frame]) === index + 1, "a block changed its owner");
    blocks.owner[frame] = u16(owner);
  }
}

function isFreeRam(frame: u64): boolean {
  for (const range of ranges.all) {
    if (frame >= (range.start + 4095) >> 12 && frame < range.end >> 12) return true;
  }
  return false;
}

function testRandomUse(base: u64): void {
  // Three ranges with odd ends, as firmware gives them.
  ranges.all[0].start = FIRST + 123;
  ranges.all[0].end = FIRST + 0x31_5000;
  ranges.all[1].start = FIRST + 0x31_7000;
  ranges.all[1].end = FIRST + 0x31_9fff;
  ranges.all[2].start = FIRST + 0x60_0000;
  ranges.all[2].end = FIRST + MEMORY - 0x3000;
  buddy.initialize(ranges.all.slice(), base - FIRST);
  const total = buddy.untouchedFrames;
  assert(total === buddy.totalFrames, "all memory begins untouched");

  for (let round: u32 = 0; round < 60000; round++) {
    const index = random.next(SLOTS);
    if (blocks.first[index] !== 0) {
      setOwner(index, 0);
      buddy.free(blocks.first[index], blocks.order[index]);
      blocks.first[index] = 0;
      continue;
    }
    const order = u32(random.next(40) === 0 ? 9 : random.next(6));
    const first = buddy.allocate(order);
    if (first === 0) continue;
    assert(first % (u64(1) << order) === 0, "a block is not aligned");
    blocks.first[index] = first;
    blocks.order[index] = order;
    setOwner(index, index + 1);
    for (let i: u64 = 0; i < u64(1) << order; i++) {
      assert(isFreeRam(first + i), "a block lies outside of the memory");
      // All of it can be written: nothing of the allocator's own is in there.
      pointer<u64>(base - FIRST + ((first + i) << 12))[0] = 0xdead_beef_dead_beef;
    }
  }
  for (let index: u64 = 0; index < SLOTS; index++) {
    if (blocks.first[index] === 0) continue;
    setOwner(index, 0);
    buddy.free(blocks.first[index], blocks.order[index]);
    blocks.first[index] = 0;
  }
  // What is missing now describes the rest: at most a page of addresses, and two for each block of 2 MiB.
  const missing = total - buddy.freeFrames - buddy.untouchedFrames;
  assert(missing <= 1 + 2 * 16 + 32, "memory was lost");
  print(`random use: ${total} frames, all back but the table`);
}

function testHugeBlocksComeBack(): void {
  let count: u64 = 0;
  while (count < SLOTS) {
    const first = buddy.allocate(9);
    if (first === 0) break;
    blocks.first[count] = first;
    count++;
  }
  assert(count >= 11, `only ${count} blocks of 2 MiB came together again`);
  for (let i: u64 = 0; i < count; i++) {
    // As single frames: they must merge by themselves.
    buddy.split(blocks.first[i], 9);
    for (let frame: u64 = 0; frame < 512; frame++) buddy.free(blocks.first[i] + frame, 0);
    blocks.first[i] = 0;
  }
  let again: u64 = 0;
  while (again < SLOTS && buddy.allocate(9) !== 0) again++;
  assert(again === count, "split blocks did not merge");
  print(`${count} blocks of 2 MiB, split, freed, merged`);
}

function testRuns(): void {
  const before = buddy.freeFrames + buddy.untouchedFrames;
  const run = buddy.allocateRun(37);
  assert(run !== 0, "no run of 37 frames");
  assert(buddy.freeFrames + buddy.untouchedFrames === before - 37, "a run takes what it needs");
  assert(buddy.table.at(run).state === FrameState.Allocated, "a run is allocated");
  buddy.freeRun(run, 37);
  assert(buddy.freeFrames + buddy.untouchedFrames === before, "a run comes back whole");
  print("runs take and give back exactly their frames");
}

/** @export main */
export function main(): i32 {
  const base = alignedAllocate(0x20_0000, MEMORY);
  assert(base !== 0, "no memory for the test");
  testRandomUse(base);
  testRuns();
  testHugeBlocksComeBack();
  free(base);
  exit(0);
}
