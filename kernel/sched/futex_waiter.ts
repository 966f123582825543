// A thread's place among those who wait for a word of the application to change (linux/futex_table.ts owns the tables).
//
// It lies in the Thread, because a thread waits for one word at a time: nothing has to be made when it does, and a waker
// never touches the stack of a thread that may be gone.

import { Link } from "prelude/list.ts";
import type { Thread } from "./thread.ts";

export class FutexWaiter {
  readonly link = new Link<FutexWaiter>();
  /** The word. Changes under the locks of its old and its new bucket when the waiter is moved. */
  address: u64 = 0;
  /** A wake-up must have one of these bits. */
  bitset: u32 = 0;
  /** Waits to own the word (FUTEX_LOCK_PI), not to be woken by FUTEX_WAKE. */
  wantsOwnership = false;
  /** Somebody took it off and woke it. */
  readonly woken = new Atomic<boolean>(false);
  /** Whose place this is. */
  thread!: Thread;
}
