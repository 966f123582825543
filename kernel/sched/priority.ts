// A thread's policy and priorities: its own, the one that it inherits, and the one by which it runs.
//
//   runs by = the larger of  its own (sched_setscheduler)  and  inherited (of those who wait for a lock that it holds)
//
// 0 stands for a fair share. Who calculates holds `lock`, so that the last word is that of the last one who changed something.
// Lock order: a futex's bucket → this lock → a CPU's scheduler.

import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { changePriority, ROUND_ROBIN_SLICES } from "./scheduler.ts";
import type { Thread } from "./thread.ts";
import { Policy, setShare } from "./weight.ts";

const lock = new SpinLock(LockOrder.Priority);

/**
 * Sets a thread's policy with what belongs to it. The caller keeps the thread alive. Any context.
 * @param nice of a fair policy; kept for later by the others
 * @param priority 1 to 99 for a policy of real time, 0 for the others
 */
export function setPolicy(thread: Thread, policy: Policy, nice: i32, priority: u32): void {
  using _ = lock.acquire();
  setShare(thread, nice, policy);
  thread.priority = priority;
  thread.turnsLeft = ROUND_ROBIN_SLICES;
  changePriority(thread, maximum(priority, thread.inheritedPriority));
}

/** Has a thread run by at least a priority, because one of that priority waits for it; 0 ends that. Any context. */
export function inheritPriority(thread: Thread, priority: u32): void {
  using _ = lock.acquire();
  thread.inheritedPriority = priority;
  changePriority(thread, maximum(thread.priority, priority));
}

/** Gives a thread that is being made the policy of the one that makes it. */
export function inheritPolicy(thread: Thread, from: Thread): void {
  const resets = from.resetsPolicy;
  const policy = resets && from.priority !== 0 ? Policy.Other : (from.policy as Policy);
  setShare(thread, resets ? maximum(from.nice, i32(0)) : from.nice, policy);
  if (resets) return;
  thread.priority = from.priority;
  thread.run.priority = from.priority;
  thread.turnsLeft = ROUND_ROBIN_SLICES;
}
