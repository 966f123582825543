// The thread of a ring: it tries again what was woken while nobody waits for completions, takes submissions by itself where that was
// asked for (IORING_SETUP_SQPOLL), and ends what is under way when the ring is closed. It is the kernel's, without signals or a number.

import { addressOf, objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { createThread, exitThread, startThread } from "../sched/lifecycle.ts";
import { yieldNow } from "../sched/scheduler.ts";
import { setThreadName } from "../sched/thread.ts";
import type { Ring } from "./uring.ts";
import { cancel, failChain, runQueued } from "./uring_execution.ts";
import { RingFlag, SetupFlag } from "./uring_layout.ts";
import { clearTable, unregisterEvents } from "./uring_register.ts";
import { beginDeferred, submit } from "./uring_submission.ts";

/** Entries that are taken at a time, so that what is woken has its turn. */
const BATCH = 64;

/** Starts a ring's thread, which holds a reference to the ring. @returns whether there was memory for it */
export function startWorker(ring: Ring): boolean {
  const thread = createThread(runWorker, addressOf(ring));
  if (thread === null) return false;
  setThreadName(thread, bytes("ring"));
  thread.affinity = ~u64(0);
  ring.retainSource();
  startThread(thread);
  return true;
}

function runWorker(argument: u64): void {
  // Safe: startWorker gave the thread a reference to the ring.
  const ring = objectAt<Ring>(argument);
  while (!ring.closing) {
    if (ring.has(SetupFlag.PollSubmissions) && !ring.has(SetupFlag.Disabled)) pollSubmissions(ring);
    else ring.workerQueue.wait(() => ring.closing || ring.leavesWork() || canPoll(ring), 0, false);
    if (ring.hasQueued()) work(ring);
  }
  dismantle(ring);
  ring.releaseSource();
  exitThread();
}

/** Whether a ring that was disabled begins to be polled. */
function canPoll(ring: Ring): boolean {
  return ring.has(SetupFlag.PollSubmissions) && !ring.has(SetupFlag.Disabled);
}

/** Tries again what was woken, and begins what that lets begin. */
export function work(ring: Ring): void {
  using _ = ring.lock.acquire();
  runQueued(ring);
  beginDeferred(ring);
  ring.announce(true);
}

/** Takes submissions while they come, then for as long as the application asked, and then says that it must be woken. */
function pollSubmissions(ring: Ring): void {
  const flags = ring.header().flags;
  let lastWork = monotonicNanoseconds();
  while (!ring.closing) {
    if (ring.submissions() !== 0) {
      using _ = ring.lock.acquire();
      submit(ring, BATCH);
      beginDeferred(ring);
      ring.announce(true);
      ring.enterQueue.wakeAll();
      lastWork = monotonicNanoseconds();
    }
    if (ring.leavesWork()) {
      work(ring);
      lastWork = monotonicNanoseconds();
    }
    if (monotonicNanoseconds() - lastWork < ring.idle) {
      yieldNow();
      spinHint();
      continue;
    }
    flags.or(RingFlag.NeedsWakeUp);
    fence();
    ring.workerQueue.wait(() => mustPoll(ring), 0, false);
    flags.and(~u32(RingFlag.NeedsWakeUp));
    ring.wakeRequested.store(false);
    lastWork = monotonicNanoseconds();
  }
}

function mustPoll(ring: Ring): boolean {
  return ring.closing || ring.leavesWork() || ring.wakeRequested.load() || ring.submissions() !== 0;
}

/** Ends all requests and forgets what is registered. The application has no descriptor of the ring any more. */
function dismantle(ring: Ring): void {
  using _ = ring.lock.acquire();
  for (;;) {
    const head = ring.deferred.takeFirst();
    if (head === null) break;
    failChain(ring, head);
  }
  while (ring.live !== 0) {
    const request = ring.armed.first;
    if (request !== null && !request.cancelled) {
      request.cancelled = true;
      cancel(ring, request);
      continue;
    }
    // All that is left was woken: it is on its way to the list, or there.
    runQueued(ring);
    spinHint();
  }
  ring.deferredCount = 0;
  clearTable(ring, ring.files);
  clearTable(ring, ring.memory);
  unregisterEvents(ring);
  ring.groups.free();
}
