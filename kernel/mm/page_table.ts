// The application's half of the page tables: finding entries, and adding and freeing tables.
//
//   PML4 (512 GiB each) ─▶ upper table (1 GiB) ─▶ directory (2 MiB: a table, or a huge page) ─▶ table (4 KiB pages)
//
// The frame table's `count` of a table's frame tells how many entries of it are in use; a table without any is freed.
// The PML4 is boot's, and stays. Each huge page keeps one spare frame, so that splitting it never needs memory: a
// part of a huge page can always be unmapped or protected.
// All functions are called with the address space's lock held (address_space.ts).

import { type PhysicalAddress, pageTableRootAddress, physicalToVirtual, virtualToPhysical } from "../arch/x86_64/paging.ts";
import { PAGE_SIZE } from "./area.ts";
import type { Frame } from "./frame_table.ts";
import { allocateFrame, allocateZeroedFrame, frameEntry, freeFrame, freeFrames, HUGE_ORDER, splitFrames } from "./frames.ts";
import { memoryCounts } from "./memory_counts.ts";
import { frameOf, HUGE, loadEntry, storeEntry, TABLE_FLAGS } from "./page_entry.ts";

const ENTRIES = 512;
const TOP_SHIFT = 39;
const UPPER_SHIFT = 30;
const DIRECTORY_SHIFT = 21;
const TABLE_SHIFT = 12;

class PageTables {
  /** Address of the PML4; 0 until the first use. */
  root: u64 = 0;
  /** Application pages of 4 KiB that are mapped, those of huge pages included. */
  residentPages: u64 = 0;
  /** The most that were mapped when some began to go. */
  mostResidentPages: u64 = 0;
}

const tables = new PageTables();

/** Application pages of 4 KiB that are mapped. */
export function residentPages(): u64 {
  return tables.residentPages;
}

/** The most application pages of 4 KiB that were mapped. */
export function mostResidentPages(): u64 {
  return maximum(tables.mostResidentPages, tables.residentPages);
}

/** Notes how many pages are mapped, before some go. */
export function noteResidentPages(): void {
  tables.mostResidentPages = maximum(tables.mostResidentPages, tables.residentPages);
}

/** Where the directory's entry for an address is; 0 when the tables above it are not there. */
export function directoryEntry(address: u64): u64 {
  const top = loadEntry(topEntry(address));
  if (top === 0) return 0;
  const upper = loadEntry(entryIn(top, address, UPPER_SHIFT));
  if (upper === 0) return 0;
  return entryIn(upper, address, DIRECTORY_SHIFT);
}

/** Where the directory's entry for an address is, with the tables above it added; 0 when there is no memory. */
export function addDirectoryEntry(address: u64): u64 {
  const top = tableBelow(topEntry(address));
  if (top === 0) return 0;
  const upper = tableBelow(entryIn(top, address, UPPER_SHIFT));
  if (upper === 0) return 0;
  return entryIn(upper, address, DIRECTORY_SHIFT);
}

/** Where the page's entry for an address is, in the table that a directory entry (not a huge page) points to; 0 when it points to none. */
export function pageEntry(directory: u64, address: u64): u64 {
  const table = loadEntry(directory);
  return table === 0 ? 0 : entryIn(table, address, TABLE_SHIFT);
}

/** The same, with the table added; 0 when there is no memory. */
export function addPageEntry(directory: u64, address: u64): u64 {
  const table = tableBelow(directory);
  return table === 0 ? 0 : entryIn(table, address, TABLE_SHIFT);
}

/** The entry that maps an address, of a page or a huge page; 0 when there is none. */
export function leafFor(address: u64): u64 {
  const directory = directoryEntry(address);
  if (directory === 0) return 0;
  const entry = loadEntry(directory);
  if (entry === 0 || (entry & HUGE) !== 0) return entry;
  return loadEntry(entryIn(entry, address, TABLE_SHIFT));
}

/** Puts a page where there was none. */
export function installPage(place: u64, entry: u64): void {
  storeEntry(place, entry);
  useEntry(place);
  tables.residentPages++;
}

/** Takes a page out, and gives its entry; its frame is the caller's now. The table stays, even when it is empty. */
export function removePage(place: u64): u64 {
  const entry = loadEntry(place);
  storeEntry(place, 0);
  tableCounter(place).count--;
  tables.residentPages--;
  return entry;
}

/** Puts a huge page where the directory has nothing, and keeps `spare`, a frame, for the day it is split. */
export function installHugePage(directory: u64, entry: u64, spare: PhysicalAddress): void {
  frameEntry(frameOf(entry))!.next = u32(u64(spare) >> TABLE_SHIFT);
  storeEntry(directory, entry);
  useEntry(directory);
  tables.residentPages += ENTRIES;
  memoryCounts.hugePages.add(ENTRIES);
  memoryCounts.pageTables.add(1);
}

/** Takes a huge page out, and gives its entry; the block and its spare frame are the caller's (freeHugeBlock). */
export function removeHugePage(directory: u64): u64 {
  const entry = loadEntry(directory);
  storeEntry(directory, 0);
  tableCounter(directory).count--;
  tables.residentPages -= ENTRIES;
  memoryCounts.hugePages.subtract(ENTRIES);
  memoryCounts.pageTables.subtract(1);
  return entry;
}

/** Frees a block that was a huge page, and its spare frame. */
export function freeHugeBlock(block: PhysicalAddress): void {
  freeFrame(spareOf(block));
  freeFrames(block, HUGE_ORDER);
}

/** A frame to be the spare of a huge page; 0 when there is none. */
export function allocateSpare(): PhysicalAddress {
  return allocateFrame();
}

/** Makes 512 pages of a huge page, with the same rights. Stale translations of the huge page stay right. */
export function splitHugePage(directory: u64): void {
  const entry = loadEntry(directory);
  const block = frameOf(entry);
  const table = spareOf(block);
  splitFrames(block, HUGE_ORDER);
  const pages = physicalToVirtual(table);
  const flags = entry & ~HUGE & ~u64(block);
  for (let i: u64 = 0; i < ENTRIES; i++) storeEntry(pages + i * 8, (u64(block) + i * PAGE_SIZE) | flags);
  frameEntry(table)!.count = ENTRIES;
  storeEntry(directory, u64(table) | TABLE_FLAGS);
  // The spare frame was counted before.
  memoryCounts.hugePages.subtract(ENTRIES);
}

/** Whether the table that a directory entry points to has no entry in use. */
export function isEmptyTable(directory: u64): boolean {
  return frameEntry(frameOf(loadEntry(directory)))!.count === 0;
}

/**
 * Takes the empty table out that the directory entry of an address points to, and the tables above that are empty then.
 * The frames must not be freed before stale translations are gone: they are handed to `keep`, at most three.
 */
export function removeEmptyTables(address: u64, directory: u64, keep: (table: PhysicalAddress) => void): void {
  keep(frameOf(loadEntry(directory)));
  storeEntry(directory, 0);
  memoryCounts.pageTables.subtract(1);
  const counter = tableCounter(directory);
  counter.count--;
  removeEmptyUpperTables(address, counter.count, keep);
}

/** The same for the tables above a directory entry that was cleared, when the directory has become empty. */
export function removeEmptyDirectories(address: u64, directory: u64, keep: (table: PhysicalAddress) => void): void {
  removeEmptyUpperTables(address, tableCounter(directory).count, keep);
}

/** The end of the unit that an address is in, when the tables have nothing there; 0 when the directory's entry is in use. */
export function endOfNothing(address: u64): u64 {
  const top = loadEntry(topEntry(address));
  if (top === 0) return nextBoundary(address, TOP_SHIFT);
  const upper = loadEntry(entryIn(top, address, UPPER_SHIFT));
  if (upper === 0) return nextBoundary(address, UPPER_SHIFT);
  const directory = loadEntry(entryIn(upper, address, DIRECTORY_SHIFT));
  if (directory === 0) return nextBoundary(address, DIRECTORY_SHIFT);
  return 0;
}

function removeEmptyUpperTables(address: u64, count: u16, keep: (table: PhysicalAddress) => void): void {
  if (count !== 0) return;
  const top = topEntry(address);
  const upper = entryIn(loadEntry(top), address, UPPER_SHIFT);
  keep(frameOf(loadEntry(upper)));
  storeEntry(upper, 0);
  memoryCounts.pageTables.subtract(1);
  const counter = tableCounter(upper);
  counter.count--;
  if (counter.count !== 0) return;
  keep(frameOf(loadEntry(top)));
  storeEntry(top, 0);
  memoryCounts.pageTables.subtract(1);
}

/** Counts an entry of a table that went out of use. @returns how many the table still has */
export function leaveEntry(place: u64): u16 {
  const counter = tableCounter(place);
  counter.count--;
  return counter.count;
}

/**
 * Takes the empty table out that a directory entry of the kernel's half points to. Its frame must not be freed before stale
 * translations are gone.
 */
export function removeKernelTable(directory: u64): PhysicalAddress {
  const table = frameOf(loadEntry(directory));
  storeEntry(directory, 0);
  tableCounter(directory).count--;
  memoryCounts.pageTables.subtract(1);
  return table;
}

/** The table that an entry points to, as an entry; added when there is none; 0 when there is no memory. */
function tableBelow(place: u64): u64 {
  const entry = loadEntry(place);
  return entry !== 0 ? entry : addTable(place);
}

function addTable(place: u64): u64 {
  const frame = allocateZeroedFrame();
  if (u64(frame) === 0) return 0;
  frameEntry(frame)!.count = 0;
  memoryCounts.pageTables.add(1);
  const entry = u64(frame) | TABLE_FLAGS;
  storeEntry(place, entry);
  useEntry(place);
  return entry;
}

/** Counts an entry that came into use. The PML4 is not counted: its frame is not managed. */
export function useEntry(place: u64): void {
  const counter = frameEntry(virtualToPhysical(place));
  if (counter !== null) counter.count++;
}

/** The entry of the frame table for the table that an entry lies in; not for the PML4. */
function tableCounter(place: u64): Frame {
  return frameEntry(virtualToPhysical(place))!;
}

/** The frame that a huge page keeps for its splitting. */
export function spareOf(block: PhysicalAddress): PhysicalAddress {
  return (u64(frameEntry(block)!.next) << TABLE_SHIFT) as PhysicalAddress;
}

/** @inline */
function topEntry(address: u64): u64 {
  if (tables.root === 0) tables.root = physicalToVirtual(pageTableRootAddress());
  return tables.root + ((address >> TOP_SHIFT) & (ENTRIES - 1)) * 8;
}

/** @inline */
function entryIn(table: u64, address: u64, shift: u32): u64 {
  return physicalToVirtual(frameOf(table)) + ((address >> shift) & (ENTRIES - 1)) * 8;
}

/** @inline */
function nextBoundary(address: u64, shift: u32): u64 {
  return ((address >> shift) + 1) << shift;
}
