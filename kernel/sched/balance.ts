// Which CPU a thread runs on: placement when it wakes, stealing when a CPU has nothing to do.
//
// A woken thread goes back to the CPU that it ran on last, whose cache knows it, when that CPU is idle or when no allowed
// CPU is; otherwise to an idle one. With one exception: threads that talk to each other, each running only for moments
// between its sleeps (`burst`), stay together on the CPU of the one who wakes, because it is about to sleep itself, and to
// wake another virtual CPU by an interrupt costs more than the moment that the woken one waits.
// Rejected: balancing by a periodic tick. A CPU that runs dry steals at once, and a CPU that has at least two threads
// more than another one hands one over at the end of a slice; without contention there is no tick at all.

import { cpuCount } from "../arch/x86_64/cpu.ts";
import { type CpuScheduler, schedulers } from "./cpu_scheduler.ts";
import { enqueueReady, moveThread } from "./dispatch.ts";
import { currentThread, type Thread } from "./thread.ts";

/** Timestamp counts that a thread which talks to another one runs between two sleeps: 130 µs at 1 GHz, 30 µs at 4. */
const SHORT_BURST: u64 = 0x2_0000;

/** The CPU for a thread that wakes; `scheduler` is its last one, whose lock is held. */
export function choosePlacement(thread: Thread, scheduler: CpuScheduler): CpuScheduler {
  const allowed = thread.affinity & schedulers.online.loadRelaxed();
  if (thread.run.priority !== 0) return chooseUrgent(thread, scheduler, allowed);
  const waker = currentThread();
  const here = waker.scheduler;
  const stays = waker.burst < SHORT_BURST && thread.burst < SHORT_BURST && here.ready.length === 0 && waker !== here.idle;
  if (stays && (allowed & (u64(1) << here.index)) !== 0) return here;
  const idle = schedulers.idle.loadRelaxed() & allowed;
  const bit = u64(1) << scheduler.index;
  if ((allowed & bit) !== 0 && (idle === 0 || (idle & bit) !== 0)) return scheduler;
  const candidates = idle !== 0 ? idle : allowed;
  if (candidates === 0) return scheduler; // sched_setaffinity refuses such a mask, so the CPU is coming up
  return schedulers.of[countTrailingZeros(candidates)] ?? scheduler;
}

/** The CPU for a real-time thread that wakes: its last one when it would run there at once, else the one whose thread matters least. */
function chooseUrgent(thread: Thread, scheduler: CpuScheduler, allowed: u64): CpuScheduler {
  const count = cpuCount();
  let best = scheduler;
  let least = (allowed & (u64(1) << scheduler.index)) !== 0 ? urgency(scheduler) : u32(0xffff_ffff);
  for (let index: u32 = 0; index < count && least !== 0; index++) {
    const other = schedulers.of[index];
    if (other === null || (allowed & (u64(1) << index)) === 0 || urgency(other) >= least) continue;
    // Where it would run at once it stays.
    if (least !== 0xffff_ffff && least <= thread.run.priority) break;
    best = other;
    least = urgency(other);
  }
  return best;
}

/** How much what a CPU runs matters: 0 when it idles, 1 for a fair share, above that by priority. A hint. */
function urgency(scheduler: CpuScheduler): u32 {
  const current = scheduler.current;
  return current === scheduler.idle ? 0 : current.run.priority + 1;
}

/** Takes a ready thread from another CPU's queue to this one, which is idle. Says whether it did. Interrupts enabled. */
export function steal(scheduler: CpuScheduler): boolean {
  const count = cpuCount();
  const bit = u64(1) << scheduler.index;
  for (let step: u32 = 1; step < count; step++) {
    const victim = schedulers.of[(scheduler.index + step) % count];
    if (victim === null || victim.ready.length === 0 || !victim.lock.tryAcquire()) continue;
    const thread = victim.ready.lastAllowed((candidate) => (candidate.affinity & bit) !== 0);
    if (thread !== null) {
      victim.ready.remove(thread);
      moveThread(thread, victim, scheduler);
    }
    victim.lock.release();
    if (thread !== null) {
      scheduler.lock.acquire();
      enqueueReady(scheduler, thread);
      scheduler.lock.release();
      return true;
    }
  }
  return false;
}

/**
 * Hands a ready thread to the CPU with the least load, when that is less by two: what happens when all CPUs are busy, so
 * nobody steals, but not equally; and when an idle CPU halted before there was something to steal. At the end of a slice, on
 * the CPU of `scheduler`, no lock held, interrupts disabled.
 */
export function shareSurplus(scheduler: CpuScheduler): void {
  const count = cpuCount();
  let least = scheduler;
  for (let index: u32 = 0; index < count; index++) {
    const other = schedulers.of[index];
    if (other !== null && load(other) < load(least)) least = other;
  }
  if (load(scheduler) < load(least) + 2) return;
  const bit = u64(1) << least.index;
  scheduler.lock.acquire();
  const thread = scheduler.ready.lastAllowed((candidate) => (candidate.affinity & bit) !== 0);
  if (thread !== null) {
    scheduler.ready.remove(thread);
    moveThread(thread, scheduler, least);
  }
  scheduler.lock.release();
  if (thread === null) return;
  least.lock.acquire();
  enqueueReady(least, thread);
  least.lock.release();
}

/** Threads that run or are ready, as a hint. */
function load(scheduler: CpuScheduler): u32 {
  return scheduler.current === scheduler.idle ? scheduler.ready.length : scheduler.ready.length + 1;
}
