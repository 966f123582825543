// Robust futexes: locks that a thread holds when it ends are marked, and one of those who wait is told.
// Documentation/locking/robust-futex-ABI.rst of Linux 6.1.
//
// The list is the application's own memory, and as true as the application: every address is checked by being read, and the
// walk ends after LIST_LIMIT entries, for it may be a ring.
//
//   head: next entry · offset from an entry to its word · the entry that is being locked or unlocked just now
//   bit 0 of an entry's address says that its word is an ownership (futex_ownership.ts)

import { compareExchangeUser32, loadUser32, loadUser64 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { type UserPointer, writeUser64 } from "../mm/user_memory.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { currentThread, type Thread } from "../sched/thread.ts";
import { findThread } from "../sched/thread_table.ts";
import { futexWake } from "./futex.ts";
import { sharedKey } from "./futex_key.ts";
import { OWNER_DIED, OWNER_MASK, WAITERS } from "./futex_word.ts";

const HEAD_SIZE = 24;
const LIST_LIMIT = 2048;
const ALL_BITS = 0xffff_ffff;

/** set_robust_list(2) */
export function sysSetRobustList(head: u64, length: u64): i64 {
  if (length !== HEAD_SIZE) return errorCode(Errno.INVAL);
  currentThread().robustList = head;
  return 0;
}

/** get_robust_list(2) */
export function sysGetRobustList(id: u64, headAddress: u64, lengthAddress: u64): i64 {
  let head = currentThread().robustList;
  if (u32(id) !== 0) {
    const thread = findThread(u32(id));
    if (thread === null) return errorCode(Errno.SRCH);
    head = thread.robustList;
    releaseThread(thread);
  }
  const error = writeUser64(lengthAddress as UserPointer, HEAD_SIZE);
  return errorCode(error !== Errno.NONE ? error : writeUser64(headAddress as UserPointer, head));
}

/** Marks and wakes what the current thread, which ends, holds. Interrupts enabled. */
export function releaseRobustList(thread: Thread): void {
  const head = thread.robustList;
  if (head === 0) return;
  thread.robustList = 0;
  const [first, firstWorked] = loadUser64(head);
  const [offset, offsetWorked] = loadUser64(head + 8);
  const [pending, pendingWorked] = loadUser64(head + 16);
  if (!firstWorked || !offsetWorked || !pendingWorked) return;
  let entry = first;
  for (let count: u32 = 0; count < LIST_LIMIT && entryAddress(entry) !== head; count++) {
    const [next, nextWorked] = loadUser64(entryAddress(entry));
    // The pending one is dealt with last, in the list or not.
    if (entryAddress(entry) !== entryAddress(pending)) markDead(thread, entryAddress(entry) + offset, isOwnership(entry), false);
    if (!nextWorked) break;
    entry = next;
  }
  if (pending !== 0) markDead(thread, entryAddress(pending) + offset, isOwnership(pending), true);
}

function entryAddress(entry: u64): u64 {
  return entry & ~u64(1);
}

function isOwnership(entry: u64): boolean {
  return (entry & 1) !== 0;
}

/** Says in a word that its owner died, if the thread is that, and wakes one who waits. */
function markDead(thread: Thread, address: u64, ownership: boolean, isPending: boolean): void {
  if ((address & 3) !== 0) return;
  while (true) {
    const [value, worked] = loadUser32(address);
    if (!worked) return;
    const word = u32(value);
    const owner = word & OWNER_MASK;
    if (isPending && !ownership && word === 0) {
      // Unlocked already, but the wake-up that belongs to it may not have been sent.
      futexWake(sharedKey(address), address, 1, ALL_BITS);
      return;
    }
    if (owner !== thread.id) return;
    const [seen, stored] = compareExchangeUser32(address, word, (word & WAITERS) | OWNER_DIED);
    if (!stored) return;
    if (u32(seen) !== word) continue;
    if (!ownership && (word & WAITERS) !== 0) futexWake(sharedKey(address), address, 1, ALL_BITS);
    return;
  }
}
