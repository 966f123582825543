// A thread's place among those who wait for a word of the application to change (linux/futex_table.ts owns the tables).
//
// It lies in the Thread, because a thread waits for one word at a time: nothing has to be made when it does, and a waker
// never touches the stack of a thread that may be gone. Who waits for several words at once brings more of them.

import { Link } from "prelude/list.ts";
import type { Thread } from "./thread.ts";

export class FutexWaiter {
  readonly link = new Link<FutexWaiter>();
  /** The word: a FutexKey. Changes under the locks of its old and its new bucket when the waiter is moved. */
  word: u64 = 0;
  /** Its address, by which it can be reached whatever the key is. */
  address: u64 = 0;
  domain: u64 = 0;
  /** A wake-up must have one of these bits. */
  bitset: u32 = 0;
  /** Waits to own the word (FUTEX_LOCK_PI), not to be woken by FUTEX_WAKE. */
  wantsOwnership = false;
  /** Waits to be moved to a word that it then wants to own (FUTEX_WAIT_REQUEUE_PI), which this is; 0: it does not. */
  targetWord: u64 = 0;
  targetDomain: u64 = 0;
  /** Number of the thread that owns the word for which it waits (futex_inheritance.ts). */
  owner: u32 = 0;
  /** Somebody took it off and woke it. */
  readonly woken = new Atomic<boolean>(false);
  /** Whose place this is. */
  thread!: Thread;
}
