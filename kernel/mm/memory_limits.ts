// How much the application may map: RLIMIT_AS counts all areas, RLIMIT_DATA those that are private and writable, RLIMIT_STACK is
// that of stack.ts. The mutation lock is held by who asks.

import { space } from "./address_space.ts";
import { type Area, AreaFlag, Protection } from "./area.ts";

const UNLIMITED = 0xffff_ffff_ffff_ffff;

class MemoryLimits {
  addressSpace: u64 = UNLIMITED;
  data: u64 = UNLIMITED;
}

const limits = new MemoryLimits();

/** Bytes of all areas: RLIMIT_AS. */
export function setAddressSpaceLimit(bytes: u64): void {
  limits.addressSpace = bytes;
}

/** Bytes of private writable areas: RLIMIT_DATA. */
export function setDataLimit(bytes: u64): void {
  limits.data = bytes;
}

/** Whether an area of `length` bytes may come, in place of what is in [start, start + length) now when it replaces that. */
export function mayAdd(start: u64, length: u64, protection: u32, flags: u32, replaces: boolean): boolean {
  const end = replaces ? start + length : start;
  if (limits.addressSpace !== UNLIMITED) {
    if (space.mappedBytes + length - bytesIn(start, end, false) > limits.addressSpace) return false;
  }
  if (limits.data === UNLIMITED || !isData(protection, flags)) return true;
  return bytesIn(0, UNLIMITED, true) + length - bytesIn(start, end, true) <= limits.data;
}

/** Whether so many more bytes may become private and writable. */
export function mayBecomeData(length: u64, flags: u32): boolean {
  if (limits.data === UNLIMITED || !isData(u32(Protection.Write), flags)) return true;
  return bytesIn(0, UNLIMITED, true) + length <= limits.data;
}

function isData(protection: u32, flags: u32): boolean {
  return (protection & Protection.Write) !== 0 && (flags & (AreaFlag.Shared | AreaFlag.GrowsDown)) === 0;
}

/** Bytes of the areas, or of those of data, that lie in a range. */
function bytesIn(start: u64, end: u64, onlyData: boolean): u64 {
  let bytes: u64 = 0;
  let area: Area | null = space.areas.endingAbove(start);
  while (area !== null && area.start < end) {
    if (!onlyData || isData(area.protection, area.flags)) bytes += minimum(end, area.end) - maximum(start, area.start);
    area = area.next;
  }
  return bytes;
}
