// The protocol of resting CPUs with two threads: one plays a CPU that works and rests, the other one changes a page table and
// has stale translations dropped. The CPU's translation must never be older than the last change that is over.

import { exit, print } from "prelude/host.ts";
import { addressOf } from "unsafe";
import { RestState } from "../rest_state.ts";

/** pthread_create(3). @extern pthread_create */
declare function createThread(thread: u64, attributes: u64, start: u64, argument: u64): i32;
/** pthread_join(3). @extern pthread_join */
declare function joinThread(thread: u64, result: u64): i32;
/** sched_yield(2). @extern sched_yield */
declare function yieldProcessor(): i32;

/** How often the two must meet: the CPU finds that something changed while it rested, and is interrupted while it is active. */
const MEETINGS = 300_000;
/** How often the CPU rests at most, on a machine that does not let the two threads run side by side. */
const RESTS = 30_000_000;
/** Touches between two rests, and looks for an interrupt during one, are fewer than this. */
const VARIETY = 4;
/** Rounds of waiting for the other thread before it may need this one's processor. */
const PATIENCE = 1000;

class Word {
  value: u64 = 0;
}

const state = new RestState();
/** What the page table says. */
const table = new Atomic<u64>(1);
/** The last change that is over: from then on no older translation may be used. */
const settled = new Atomic<u64>(1);
const interrupted = new Atomic<u32>(0);
const ended = new Atomic<u32>(0);

/** What the CPU has of the table; 0: nothing. */
let translation: u64 = 0;
let drops: u32 = 0;
let interrupts: u32 = 0;

function serveInterrupt(): void {
  if (interrupted.load() === 0) return;
  translation = 0;
  interrupts++;
  interrupted.store(0);
}

function touch(): void {
  serveInterrupt();
  const oldest = settled.load();
  if (translation === 0) translation = table.load();
  assert(translation >= oldest, "a translation is used that should have been dropped");
}

function rest(looks: u32): void {
  state.rest();
  for (let look: u32 = 0; look < looks; look++) serveInterrupt();
  if (!state.resume()) return;
  translation = 0;
  drops++;
}

function runCpu(_argument: u64): u64 {
  for (let round: u32 = 0; round < RESTS && (drops < MEETINGS || interrupts < MEETINGS); round++) {
    for (let i: u32 = 0; i <= round % VARIETY; i++) touch();
    rest((round / VARIETY) % VARIETY);
  }
  ended.store(1);
  return 0;
}

function changeTable(): void {
  const change = table.add(1) + 1;
  if (state.mustInterrupt()) {
    interrupted.store(1);
    for (let round: u32 = 0; interrupted.load() !== 0 && ended.load() === 0; round++) {
      if (round > PATIENCE) yieldProcessor();
      spinHint();
    }
  }
  settled.store(change);
}

function testTogether(): void {
  const thread = new Word();
  assert(createThread(addressOf(thread), 0, addressOf(runCpu), 0) === 0, "no second thread");
  while (ended.load() === 0) changeTable();
  assert(joinThread(thread.value, 0) === 0, "the second thread did not end");
  print("a CPU that rests now and then uses no translation from before a change that is over");
}

function testAlone(): void {
  state.rest();
  assert(!state.mustInterrupt() && !state.mustInterrupt(), "a CPU at rest is not interrupted");
  assert(state.resume(), "it drops its translations when it resumes");
  assert(state.mustInterrupt(), "an active CPU is interrupted");
  state.rest();
  assert(!state.resume(), "what it was interrupted for is over");
  print("a CPU is interrupted while it is active, and drops translations after it rested");
}

/** @export main */
export function main(): i32 {
  testTogether();
  testAlone();
  exit(0);
}
