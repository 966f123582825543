// The application's threads, by number and in the order of their creation.
//
// The process and its first thread have number 1, and the parent is 0: what an application sees as the first process of a
// container, which is how most of them are run and tested today. Further threads count up from 2. A number is given
// again only after all others have been: an application may keep the number of a thread that has ended (in a lock's owner).
// Invariants, under `lock`: a thread is in its bucket and on the list, or in neither; numbers in the table differ.
// A Thread's memory is never given to anything else than another Thread (lifecycle.ts), so who walks the list without the
// lock may miss a thread or meet one that has just ended, but never anything that is not a thread.

import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { retainThread, type Thread } from "./thread.ts";

/** getpid(): the only process. */
export const PROCESS_ID = 1;
/** getppid(): started from outside. */
export const PARENT_PROCESS_ID = 0;
/** Numbers are below this: a futex word has 30 bits for one, and Linux's own limit is 2^22. */
const NUMBER_LIMIT = 0x40_0000;
const BUCKETS = 256;

class ThreadTable {
  readonly lock = new SpinLock(LockOrder.Threads);
  readonly buckets!: FixedArray<Ref<Thread> | null, 256>;
  first: Thread | null = null;
  last: Thread | null = null;
  count: u32 = 0;
  /** The number to try next. */
  next: u32 = 1;
}

const table = new ThreadTable();

/** Gives a thread of the application a number and enters it, with the table's reference. */
export function enterThread(thread: Thread): void {
  using _ = table.lock.acquire();
  while (lookUp(table.next) !== null) countUp();
  thread.id = table.next;
  countUp();
  const bucket = thread.id % BUCKETS;
  thread.tableNext = table.buckets[bucket];
  table.buckets[bucket] = thread;
  const last = table.last;
  thread.listPrevious = last;
  thread.listNext = null;
  if (last !== null) last.listNext = thread;
  else table.first = thread;
  table.last = thread;
  table.count++;
}

/**
 * Takes a thread that ends out of the table. It keeps its number and the table's reference, which the caller takes over.
 * @returns how many are left
 */
export function removeThread(thread: Thread): u32 {
  using _ = table.lock.acquire();
  const bucket = thread.id % BUCKETS;
  const head = table.buckets[bucket];
  if (head === thread) {
    table.buckets[bucket] = thread.tableNext;
  } else {
    let before = head;
    while (before !== null && before.tableNext !== thread) before = before.tableNext;
    if (before === null) panic(`thread table: thread ${thread.id} is not in it`);
    else before.tableNext = thread.tableNext;
  }
  const next = thread.listNext;
  const previous = thread.listPrevious;
  if (next !== null) next.listPrevious = previous;
  else table.last = previous;
  if (previous !== null) previous.listNext = next;
  else table.first = next;
  table.count--;
  return table.count;
}

/** The thread with a number, with a reference for the caller (releaseThread in lifecycle.ts); null when there is none. */
export function findThread(id: u32): Thread | null {
  using _ = table.lock.acquire();
  const thread = lookUp(id);
  if (thread !== null) retainThread(thread);
  return thread;
}

/** Whether a thread with this number is alive. */
export function threadExists(id: u32): boolean {
  using _ = table.lock.acquire();
  return lookUp(id) !== null;
}

/** The application's oldest thread. Walk with nextThread, under lockThreads when every thread must be met exactly once. */
export function firstThread(): Thread | null {
  return table.first;
}

/** The next younger thread. */
export function nextThread(thread: Thread): Thread | null {
  return thread.listNext;
}

/** Keeps threads from coming and going: `using _ = lockThreads();`. A spin lock, after the locks of linux and before sched's others. */
export function lockThreads(): SpinLock {
  return table.lock.acquire();
}

/** Number of the application's threads. */
export function threadCount(): u32 {
  return table.count;
}

function lookUp(id: u32): Thread | null {
  let thread = table.buckets[id % BUCKETS];
  while (thread !== null && thread.id !== id) thread = thread.tableNext;
  return thread;
}

function countUp(): void {
  table.next++;
  if (table.next === NUMBER_LIMIT) table.next = 2;
}
