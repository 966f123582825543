// The ranges of memory that mbind(2) gave a policy, so that get_mempolicy(2) can tell: a list, the latest first, which a new range
// overrules where they overlap. Ranges stay when their memory goes; a new mapping there begins with what was said of the place.

import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";

/** As many are told apart; beyond that the oldest are forgotten. */
const RANGES = 64;

class Range {
  start: u64 = 0;
  end: u64 = 0;
  policy: u32 = 0;
}

class Ranges {
  readonly lock = new SpinLock(LockOrder.BoundMemory);
  readonly all!: FixedArray<Range, 64>;
  /** Where the next one goes; the others are older going down, around the end. */
  next: usize = 0;
}

const ranges = new Ranges();

/** Says what policy a range has: 0 for none, else its number plus one. */
export function rememberPolicy(start: u64, end: u64, policy: u32): Errno {
  using _ = ranges.lock.acquire();
  const range = ranges.all[ranges.next];
  range.start = start;
  range.end = end;
  range.policy = policy;
  ranges.next = (ranges.next + 1) % RANGES;
  return Errno.NONE;
}

/** What rememberPolicy said last of an address. */
export function boundPolicy(address: u64): u32 {
  using _ = ranges.lock.acquire();
  for (let age: usize = 1; age <= RANGES; age++) {
    const range = ranges.all[(ranges.next + RANGES - age) % RANGES];
    if (address >= range.start && address < range.end) return range.policy;
  }
  return 0;
}
