// What happens to all pages of a range at once: they go, change their rights, or move.
//
// Ranges may be terabytes of nothing: the walk skips what the upper tables do not have. It also stops when the gather
// is full, so that the address space's lock, which the caller holds, is held for some hundred pages at most; the caller
// lets the frames go and calls again.

import { HUGE_PAGE_SIZE, PAGE_SIZE } from "./area.ts";
import type { Gather, StaleRange } from "./flush.ts";
import { frameOf, HUGE, loadEntry, losesRights, MAY_WRITE, PRESENT, storeEntry, withProtection } from "./page_entry.ts";
import {
  addDirectoryEntry,
  addPageEntry,
  directoryEntry,
  endOfNothing,
  installHugePage,
  installPage,
  isEmptyTable,
  noteResidentPages,
  pageEntry,
  removeEmptyDirectories,
  removeEmptyTables,
  removeHugePage,
  removePage,
  spareOf,
  splitHugePage,
} from "./page_table.ts";

const DIRECTORIES_AT_ONCE = 16;

/**
 * Takes the pages of [start, end) out of the tables into the gather, and the tables that become empty.
 * @param keepOwn leaves pages that are private copies where they are
 * @returns where it stopped: `end`, or an address to go on from when the gather's frames are released
 */
export function zapRange(start: u64, end: u64, gather: Gather, keepOwn: boolean): u64 {
  noteResidentPages();
  let address = start;
  while (address < end) {
    if (gather.isFull()) return address;
    const skip = endOfNothing(address);
    if (skip !== 0) {
      address = skip;
      continue;
    }
    const directory = directoryEntry(address);
    const stop = minimum(end, hugeEnd(address));
    const entry = loadEntry(directory);
    if ((entry & HUGE) !== 0 && stop - address === HUGE_PAGE_SIZE) {
      gather.addBlock(frameOf(removeHugePage(directory)));
      if ((entry & PRESENT) !== 0) gather.stale.include(address, stop);
      removeEmptyDirectories(address, directory, (table) => gather.addFrame(table));
      address = stop;
      continue;
    }
    if ((entry & HUGE) !== 0) {
      splitHugePage(directory);
      gather.stale.include(hugeStart(address), hugeEnd(address));
    }
    address = zapTable(directory, address, stop, gather, keepOwn);
    if (address === stop && isEmptyTable(directory)) {
      // Translations of upper levels are cached as well, and any flush of a page drops those.
      gather.stale.include(stop - PAGE_SIZE, stop);
      removeEmptyTables(stop - PAGE_SIZE, directory, (table) => gather.addFrame(table));
    }
  }
  return end;
}

/** The same within one table. Stops early when the gather is full. */
function zapTable(directory: u64, start: u64, end: u64, gather: Gather, keepOwn: boolean): u64 {
  let place = pageEntry(directory, start);
  for (let address = start; address < end; address += PAGE_SIZE) {
    const entry = loadEntry(place);
    if (entry !== 0 && !(keepOwn && (entry & MAY_WRITE) !== 0)) {
      if (gather.isFull()) return address;
      removePage(place);
      gather.addFrame(frameOf(entry));
      if ((entry & PRESENT) !== 0) gather.stale.include(address, address + PAGE_SIZE);
    }
    place += 8;
  }
  return end;
}

/**
 * Gives the pages of [start, end) the rights of a protection, and adds to `stale` where old rights may be cached.
 * @returns where it stopped: `end`, or an address to go on from, so that locks are not held long
 */
export function protectPages(start: u64, end: u64, protection: u32, stale: StaleRange): u64 {
  let address = start;
  let directories: u32 = 0;
  while (address < end) {
    const skip = endOfNothing(address);
    if (skip !== 0) {
      address = skip;
      continue;
    }
    if (directories === DIRECTORIES_AT_ONCE) return address;
    directories++;
    const directory = directoryEntry(address);
    const stop = minimum(end, hugeEnd(address));
    const entry = loadEntry(directory);
    if ((entry & HUGE) !== 0 && stop - address === HUGE_PAGE_SIZE) {
      const changed = withProtection(entry, protection);
      storeEntry(directory, changed);
      if (losesRights(entry, changed)) stale.include(address, stop);
    } else {
      if ((entry & HUGE) !== 0) {
        splitHugePage(directory);
        stale.include(hugeStart(address), hugeEnd(address));
      }
      protectTable(pageEntry(directory, address), address, stop, protection, stale);
    }
    address = stop;
  }
  return end;
}

function protectTable(first: u64, start: u64, end: u64, protection: u32, stale: StaleRange): void {
  let place = first;
  for (let address = start; address < end; address += PAGE_SIZE) {
    const entry = loadEntry(place);
    if (entry !== 0) {
      const changed = withProtection(entry, protection);
      if (changed !== entry) {
        storeEntry(place, changed);
        if (losesRights(entry, changed)) stale.include(address, address + PAGE_SIZE);
      }
    }
    place += 8;
  }
}

/** Adds the tables at `to` that the pages of [from, from + length) will need there; false when there is no memory. */
export function prepareMove(from: u64, to: u64, length: u64): boolean {
  let address = from;
  while (address < from + length) {
    const skip = endOfNothing(address);
    if (skip !== 0) {
      address = skip;
      continue;
    }
    const destination = to + (address - from);
    const directory = addDirectoryEntry(destination);
    if (directory === 0) return false;
    const huge = (loadEntry(directoryEntry(address)) & HUGE) !== 0;
    if (huge && loadEntry(directory) === 0 && movesWhole(address, destination, from + length)) {
      address += HUGE_PAGE_SIZE;
      continue;
    }
    if (addPageEntry(directory, destination) === 0) return false;
    // Up to where source or destination needs another table.
    address += minimum(hugeEnd(address) - address, hugeEnd(destination) - destination);
  }
  return true;
}

/** Moves the pages of [from, from + length) to `to`, where nothing is mapped, after prepareMove. Ranges do not overlap. */
export function movePages(from: u64, to: u64, length: u64, stale: StaleRange): void {
  const end = from + length;
  let address = from;
  while (address < end) {
    const skip = endOfNothing(address);
    if (skip !== 0) {
      address = skip;
      continue;
    }
    const directory = directoryEntry(address);
    const destination = to + (address - from);
    if ((loadEntry(directory) & HUGE) !== 0) {
      const target = directoryEntry(destination);
      if (loadEntry(target) === 0 && movesWhole(address, destination, end)) {
        const entry = removeHugePage(directory);
        installHugePage(target, entry, spareOf(frameOf(entry)));
        stale.include(address, address + HUGE_PAGE_SIZE);
        address += HUGE_PAGE_SIZE;
        continue;
      }
      splitHugePage(directory);
      stale.include(hugeStart(address), hugeEnd(address));
    }
    const stop = minimum(end, hugeEnd(address));
    let place = pageEntry(directory, address);
    for (; address < stop; address += PAGE_SIZE) {
      if (loadEntry(place) !== 0) {
        const target = to + (address - from);
        installPage(pageEntry(directoryEntry(target), target), removePage(place));
        stale.include(address, address + PAGE_SIZE);
      }
      place += 8;
    }
  }
}

function movesWhole(from: u64, to: u64, end: u64): boolean {
  return ((from | to) & (HUGE_PAGE_SIZE - 1)) === 0 && end - from >= HUGE_PAGE_SIZE;
}

/** @inline */
function hugeStart(address: u64): u64 {
  return address & ~(HUGE_PAGE_SIZE - 1);
}

/** @inline */
function hugeEnd(address: u64): u64 {
  return (address | (HUGE_PAGE_SIZE - 1)) + 1;
}
