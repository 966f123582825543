// Where one source is mapped, for those who count its mappings (System V shared memory).

import type { Errno } from "../lib/errno.ts";
import { space, unmapRange } from "./address_space.ts";
import type { PageSource } from "./page_source.ts";

/** In how many areas a source is mapped. */
export function countAreas(source: PageSource): u64 {
  using _ = space.mutation.acquire();
  let count: u64 = 0;
  for (let area = space.areas.first; area !== null; area = area.next) {
    if (area.source === source) count++;
  }
  return count;
}

/** Whether an area that begins at an address shows a source from its start on. */
export function beginsAt(address: u64, source: PageSource): boolean {
  using _ = space.mutation.acquire();
  const area = space.areas.holding(address);
  return area !== null && area.start === address && area.offset === 0 && area.source === source;
}

/** Removes what is left of a mapping of a source that began at an address: its parts that are where they were. */
export function unmapSource(address: u64, length: u64, source: PageSource): Errno {
  let result: Errno = 0 as Errno;
  let at = address;
  while (at < address + length && result === (0 as Errno)) {
    const [start, end] = partAt(at, address, source);
    if (start === 0 || start >= address + length) break;
    result = unmapRange(start, end - start);
    at = end;
  }
  return result;
}

/** The first part from an address on: start and end, 0 when there is none. */
function partAt(from: u64, address: u64, source: PageSource): [u64, u64] {
  using _ = space.mutation.acquire();
  let area = space.areas.endingAbove(from);
  while (area !== null) {
    if (area.source === source && area.start >= address && area.offset === area.start - address) return [area.start, area.end];
    area = area.next;
  }
  return [0, 0];
}
