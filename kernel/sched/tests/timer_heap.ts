// The timer heap against a plain array: the earliest is always on top, whatever is added and removed.

import { exit, print } from "prelude/host.ts";
import { HeapEntry, TimerHeap } from "../timer_heap.ts";

const ELEMENTS = 512;
const ROUNDS = 200_000;

class Alarm {
  readonly heap = new HeapEntry<Alarm>();
  deadline: u64 = 0;
}

class Alarms {
  readonly all!: FixedArray<Alarm, 512>;
}

class Random {
  state: u64 = 0x2545_f491_4f6c_dd1d;

  next(bound: u64): u64 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 7;
    this.state ^= this.state << 17;
    return this.state % bound;
  }
}

const alarms = new Alarms();
const heap = new TimerHeap<Alarm>();
const random = new Random();
let queued: u32 = 0;

/** The earliest deadline of all that are queued; all ones when none is. */
function earliest(): u64 {
  let least: u64 = 0xffff_ffff_ffff_ffff;
  for (const alarm of alarms.all) {
    if (alarm.heap.queued && alarm.deadline < least) least = alarm.deadline;
  }
  return least;
}

function add(alarm: Alarm): void {
  alarm.deadline = random.next(1000);
  heap.insert(alarm);
  queued++;
}

function remove(alarm: Alarm): void {
  heap.remove(alarm);
  queued--;
}

/** Takes everything, which must come in order. */
function drain(): void {
  let last: u64 = 0;
  while (true) {
    const first = heap.first;
    if (first === null) break;
    assert(first.deadline >= last, "drain: out of order");
    last = first.deadline;
    remove(first);
  }
  assert(queued === 0, "drain: some are lost");
}

/** @export main */
export function main(): i32 {
  for (let round: u32 = 0; round < ROUNDS; round++) {
    const alarm = alarms.all[random.next(ELEMENTS)];
    if (alarm.heap.queued) remove(alarm);
    else add(alarm);
    if (random.next(4) === 0) {
      const first = heap.first;
      if (first !== null) remove(first);
    }
    if (round % 64 === 0) {
      const first = heap.first;
      assert((first === null) === (queued === 0), "first: is null exactly when nothing is queued");
      if (first !== null) assert(first.deadline === earliest(), "first: is not the earliest");
    }
    if (round % 20_000 === 0) drain();
  }
  drain();
  print("timer heap: ok");
  exit(0);
}
