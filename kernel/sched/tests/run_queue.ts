// The run queue, run as a CPU would: shares by weight, bounded waiting, bounded credit, and nothing lost.

import { exit, print } from "prelude/host.ts";
import { GRANULE_SHIFT, RunEntry, RunQueue } from "../run_queue.ts";

const TASKS = 40;

class Task {
  readonly run = new RunEntry<Task>();
  /** Virtual counts for each count. */
  factor: u64 = 1;
  ran: u64 = 0;
  index: u64 = 0;
}

class Tasks {
  readonly all!: FixedArray<Task, 40>;
}

class Random {
  state: u64 = 0x1357_9bdf_0246_8ace;

  next(bound: u64): u64 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 7;
    this.state ^= this.state << 17;
    return this.state % bound;
  }
}

const tasks = new Tasks();
const queue = new RunQueue<Task>();
const random = new Random();
const SLICE: u64 = 3_000_000;

/** Runs the first task for a slice and puts it back. */
function runSlice(): Task {
  const task = queue.takeFirst()!;
  task.ran += SLICE;
  task.run.virtualRuntime += SLICE * task.factor;
  queue.enqueue(task);
  return task;
}

function clear(): void {
  while (queue.takeFirst() !== null) {}
  for (const task of tasks.all) {
    task.ran = 0;
    task.factor = 1;
    task.run.virtualRuntime = queue.base();
  }
}

/** Equal tasks get equal time, to a slice or two; nobody waits longer than two rounds. */
function equalShares(): void {
  clear();
  for (const task of tasks.all) queue.enqueue(task);
  for (let round: u32 = 0; round < 4000; round++) runSlice();
  for (const task of tasks.all) {
    assert(
      task.ran >= 98 * SLICE && task.ran <= 102 * SLICE,
      `equal shares: task ${task.index} ran ${task.ran / SLICE} slices of 100`,
    );
  }
}

/** A task of three times the weight gets three times the time. */
function weightedShares(): void {
  clear();
  const heavy = tasks.all[0];
  const light = tasks.all[1];
  light.factor = 3;
  queue.enqueue(heavy);
  queue.enqueue(light);
  for (let round: u32 = 0; round < 4000; round++) runSlice();
  const share = (heavy.ran * 100) / light.ran;
  assert(share >= 290 && share <= 310, `weighted shares: ${share} percent instead of 300`);
}

/** Who slept for long comes first, but owns the CPU for a few granules at most. */
function boundedCredit(): void {
  clear();
  const sleeper = tasks.all[0];
  const busy = tasks.all[1];
  queue.enqueue(busy);
  for (let round: u32 = 0; round < 1000; round++) runSlice();
  queue.enqueue(sleeper);
  assert(queue.first() === sleeper, "bounded credit: the sleeper does not come first");
  let slices: u32 = 0;
  while (runSlice() === sleeper) slices++;
  const bound = u32((u64(3) << GRANULE_SHIFT) / SLICE) + 1;
  assert(slices <= bound, `bounded credit: the sleeper ran ${slices} slices at once`);
}

/** A task that is far ahead waits no longer than the window. */
function boundedDebt(): void {
  clear();
  const debtor = tasks.all[0];
  const other = tasks.all[1];
  debtor.run.virtualRuntime = queue.base() + (u64(1) << 50);
  queue.enqueue(debtor);
  queue.enqueue(other);
  let slices: u32 = 0;
  while (runSlice() !== debtor) slices++;
  assert(slices <= u32((u64(66) << GRANULE_SHIFT) / SLICE), `bounded debt: waited ${slices} slices`);
}

/** Of two in one granule, the one that was put first goes first. */
function frontOfGranule(): void {
  clear();
  queue.enqueue(tasks.all[0]);
  queue.enqueue(tasks.all[1]);
  queue.enqueue(tasks.all[2], true);
  assert(queue.takeFirst() === tasks.all[2], "front: the one put first does not come first");
  assert(queue.takeFirst() === tasks.all[0], "front: the order of the others has changed");
}

/** Random comings and goings: the count is right, every queued task is found, the last is not before the first. */
function randomUse(): void {
  clear();
  let queued: u32 = 0;
  for (let round: u32 = 0; round < 200_000; round++) {
    const task = tasks.all[random.next(TASKS)];
    if (task.run.queued) {
      queue.remove(task);
      queued--;
    } else {
      task.run.virtualRuntime += random.next(u64(1) << 28);
      queue.enqueue(task);
      queued++;
    }
    if (random.next(3) === 0) {
      const first = queue.first();
      const taken = queue.takeFirst();
      assert(first === taken, "random use: first() is not what takeFirst() takes");
      if (taken !== null) {
        queued--;
        for (const other of tasks.all) {
          if (!other.run.queued) continue;
          const isLater = other.run.virtualRuntime >> GRANULE_SHIFT >= taken.run.virtualRuntime >> GRANULE_SHIFT;
          assert(isLater, "random use: a task with less was passed over");
        }
      }
    }
    assert(queue.length === queued, "random use: the length is wrong");
    const last = queue.lastAllowed((candidate) => candidate.index !== 7);
    if (last !== null) {
      assert(last.run.queued && last.index !== 7, "random use: lastAllowed gives one that is not allowed");
      for (const other of tasks.all) {
        if (!other.run.queued || other.index === 7) continue;
        assert(
          other.run.virtualRuntime >> GRANULE_SHIFT <= last.run.virtualRuntime >> GRANULE_SHIFT,
          "random use: lastAllowed is not the last",
        );
      }
    }
  }
}

/** @export main */
export function main(): i32 {
  let index: u64 = 0;
  for (const task of tasks.all) {
    task.index = index;
    task.run.virtualRuntime = queue.base();
    index++;
  }
  equalShares();
  weightedShares();
  boundedCredit();
  boundedDebt();
  frontOfGranule();
  randomUse();
  print("run queue: ok");
  exit(0);
}
