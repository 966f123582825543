// The growth of the first thread's stack: an access below it makes it longer, as far as its limit.
//
// Only the area that carries AreaFlag.GrowsDown grows. Between it and what lies below, a guard stays free, so that a large
// frame cannot jump over the end of the stack into other memory. Linux's stack_guard_gap: 256 pages.

import { space } from "./address_space.ts";
import { type Area, AreaFlag, PAGE_SIZE } from "./area.ts";

const GUARD = 0x10_0000;
const DEFAULT_LIMIT = 0x80_0000;

class StackLimit {
  bytes: u64 = DEFAULT_LIMIT;
}

const limit = new StackLimit();

/** The largest size of a stack that grows, in bytes: RLIMIT_STACK. */
export function setStackLimit(bytes: u64): void {
  limit.bytes = bytes;
}

/** Makes the stack above an unmapped address reach down to it; false when there is none, or it must not. No lock is held. */
export function growStack(address: u64): boolean {
  using _ = space.mutation.acquire();
  const area = space.areas.endingAbove(address);
  if (area === null || (area.flags & AreaFlag.GrowsDown) === 0) return false;
  // Another thread may have grown it meanwhile.
  if (area.start <= address) return true;
  const start = address & ~(PAGE_SIZE - 1);
  if (area.end - start > limit.bytes) return false;
  const previous: Area | null = area.previous;
  if (previous !== null && previous.end + GUARD > start) return false;
  using _held = space.lock.acquire();
  space.mappedBytes += area.start - start;
  space.areas.resize(area, start, area.end);
  return true;
}
