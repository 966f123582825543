// Stale translations: what was taken out of the page tables may still be in the TLB of any CPU. Frames wait here until
// that is over.
//
//   zapRange ─▶ Gather (frames of pages and tables, the range they were at) ─▶ flush every CPU ─▶ release the frames
//
// Invariant: a frame in a gather is still referenced, so nobody else can be given it before the flush.

import { addressOf, objectAt } from "unsafe";
import { callOnCpus } from "../arch/x86_64/calls.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { flushPages, type PhysicalAddress } from "../arch/x86_64/paging.ts";
import { releaseFrame } from "./frames.ts";
import { freeHugeBlock } from "./page_table.ts";
import { cpusToFlush } from "./resting_cpus.ts";

/** What one step of a walk may add: a page, or a huge page and the tables above it. */
const STEP = 4;
const CAPACITY = 512;

const SINGLE = 0;
const BLOCK = 1;

/** A range whose translations are stale. */
export class StaleRange {
  /** 0 and 0: nothing is stale. */
  start: u64 = 0;
  end: u64 = 0;

  /** Adds a page or a range. */
  include(start: u64, end: u64): void {
    if (this.end === 0) {
      this.start = start;
      this.end = end;
      return;
    }
    this.start = minimum(this.start, start);
    this.end = maximum(this.end, end);
  }

  /** Drops the range's translations on every CPU that may use them, and waits for that; then the range is empty. Any context. */
  flush(): void {
    if (this.end === 0) return;
    // The object outlives the call, which returns when all CPUs are done with it.
    if (cpuCount() > 1) callOnCpus(cpusToFlush(), flushOnThisCpu, addressOf(this));
    else flushPages(this.start, this.end);
    this.start = 0;
    this.end = 0;
  }
}

/** Frames on their way from the page tables back to the allocator. */
export class Gather {
  readonly stale = new StaleRange();
  private count: usize = 0;
  private readonly frames!: FixedArray<u64, 512>;

  /** Whether the walk must stop and let the frames go first. */
  isFull(): boolean {
    return this.count + STEP > CAPACITY;
  }

  /** Adds a frame of which the page tables held a reference: a page's, or a table's own. */
  addFrame(frame: PhysicalAddress): void {
    this.frames[this.count] = u64(frame) | SINGLE;
    this.count++;
  }

  /** Adds the block of a huge page. */
  addBlock(block: PhysicalAddress): void {
    this.frames[this.count] = u64(block) | BLOCK;
    this.count++;
  }

  /** Flushes, then releases all frames. */
  finish(): void {
    this.stale.flush();
    for (let i: usize = 0; i < this.count; i++) {
      const frame = this.frames[i];
      if ((frame & BLOCK) !== 0) freeHugeBlock((frame & ~BLOCK) as PhysicalAddress);
      else releaseFrame(frame as PhysicalAddress);
    }
    this.count = 0;
  }
}

function flushOnThisCpu(argument: u64): void {
  // The caller of callOnCpus passed a StaleRange that lives until all have answered.
  const range = objectAt<StaleRange>(argument);
  flushPages(range.start, range.end);
}
