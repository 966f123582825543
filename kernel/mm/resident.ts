// How much of a range of addresses is in memory, for /proc/self/smaps. Ranges may be terabytes of nothing: what the upper tables
// do not have is skipped. The address space's lock is held for one stretch of tables at a time.

import { space } from "./address_space.ts";
import { HUGE_PAGE_SIZE, PAGE_SIZE } from "./area.ts";
import { HUGE, loadEntry, MAY_WRITE } from "./page_entry.ts";
import { directoryEntry, endOfNothing, pageEntry } from "./page_table.ts";

/** Stretches of 2 MiB that are looked at in one hold of the lock. */
const STRETCHES_AT_ONCE = 64;

export class Residence {
  /** Pages of 4 KiB that are mapped, those of huge pages included. */
  pages: u64 = 0;
  /** Those that are this mapping's own, or that it may write: not shared with another one to be copied. */
  own: u64 = 0;
  /** Pages of 4 KiB in huge pages. */
  huge: u64 = 0;
}

/** Counts the pages of [start, end), multiples of 4,096, into an object of zeros. */
export function countResident(start: u64, end: u64, into: Residence): void {
  let address = start;
  while (address < end) address = countSome(address, end, into);
}

function countSome(start: u64, end: u64, into: Residence): u64 {
  using _ = space.lock.acquire();
  let address = start;
  for (let round: u32 = 0; round < STRETCHES_AT_ONCE && address < end; round++) {
    const skip = endOfNothing(address);
    if (skip !== 0) {
      address = minimum(skip, end);
      continue;
    }
    const stop = minimum(end, (address & ~u64(HUGE_PAGE_SIZE - 1)) + HUGE_PAGE_SIZE);
    const directory = directoryEntry(address);
    const entry = loadEntry(directory);
    if ((entry & HUGE) !== 0) {
      const pages = (stop - address) / PAGE_SIZE;
      into.pages += pages;
      into.huge += pages;
      if ((entry & MAY_WRITE) !== 0) into.own += pages;
    } else {
      let place = pageEntry(directory, address);
      for (let at = address; at < stop; at += PAGE_SIZE) {
        const page = loadEntry(place);
        if (page !== 0) into.pages++;
        if ((page & MAY_WRITE) !== 0) into.own++;
        place += 8;
      }
    }
    address = stop;
  }
  return address;
}
