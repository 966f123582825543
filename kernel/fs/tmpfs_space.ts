// How much memory files may take: what is free, but for a reserve that keeps the application and the kernel going, so that
// a file that grows ends with ENOSPC and not with a fault that cannot be served.

import { freeMemory, totalMemory } from "../mm/frames.ts";

/** One part in 32 of the memory is kept from files. */
const RESERVE_SHIFT = 5;

/** Whether a file may have another page. */
export function mayGrow(): boolean {
  return freeMemory() > totalMemory() >> RESERVE_SHIFT;
}

/** Bytes that files may still take. */
export function availableSpace(): u64 {
  const free = freeMemory();
  const reserve = totalMemory() >> RESERVE_SHIFT;
  return free > reserve ? free - reserve : 0;
}
