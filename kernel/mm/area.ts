// An area: a range of the application's addresses with one protection and one origin, as one line of /proc/self/maps.
//
// Invariants: start and end are multiples of 4,096, start < end; the area holds one reference to its source; byte
// `address` of the area is byte `offset + (address - start)` of the source.

import type { PageSource } from "./page_source.ts";

export const PAGE_SIZE = 4096;
export const PAGE_SHIFT = 12;
export const HUGE_PAGE_SIZE = 0x20_0000;

/** What the application may do: PROT_READ, PROT_WRITE and PROT_EXEC of mmap(2). */
export const enum Protection {
  None = 0,
  Read = 1,
  Write = 2,
  Execute = 4,
}

/** What sets areas apart besides their protection. */
export const enum AreaFlag {
  None = 0,
  /** Writes reach the source; MAP_SHARED. */
  Shared = 1,
  /** The first thread's stack: grows downwards when it is touched below its start. */
  GrowsDown = 2,
  /** Never with 2 MiB pages: stacks of threads, MADV_NOHUGEPAGE. */
  NoHuge = 4,
  /** No memory is promised for it; MAP_NORESERVE. */
  NoReserve = 8,
  /** The application's break; shown as [heap]. */
  Heap = 16,
  /** Locked in memory, as far as /proc tells. Nothing is ever paged out. */
  Locked = 32,
  /** MADV_HUGEPAGE. */
  Huge = 64,
  /** A shared mapping of a file that is not open for writing: never writable. */
  WriteDenied = 128,
  /** Only for mapArea: exactly at the address, replacing what is there; MAP_FIXED. */
  Fixed = 0x100,
  /** Only for mapArea: exactly at the address, or EEXIST; MAP_FIXED_NOREPLACE. */
  FixedNoReplace = 0x200,
  /** Only for mapArea: all pages at once; MAP_POPULATE. */
  Populate = 0x400,
  /** Only for mapArea: in the lower 2 GiB; MAP_32BIT. */
  Low = 0x800,
  /** Code of a file that is read as data as well: it must look as the program made it (system_call_sites.ts). */
  ReadAsData = 0x1000,
  /** Some of its system-call sites are jumps: its pages are mapped one by one, so that reads are noticed. */
  HasJumps = 0x2000,
  /** The flags that an area keeps. */
  Kept = 0x30ff,
}

/** An area, a node of the tree of areas (area_tree.ts). */
export class Area {
  start: u64 = 0;
  end: u64 = 0;
  protection: u32 = 0;
  flags: u32 = 0;
  /** Where pages come from; null for anonymous memory. */
  source: PageSource | null = null;
  /** Where the area begins in its source, in bytes. */
  offset: u64 = 0;

  // The tree's own.
  left: Area | null = null;
  right: Area | null = null;
  height: u32 = 0;
  /** Free addresses between the area before this one and this one, in bytes. */
  gap: u64 = 0;
  /** The largest gap of the subtree. */
  largestGap: u64 = 0;
  /** The neighbours in the order of addresses. */
  previous: Area | null = null;
  next: Area | null = null;

  /** Length in bytes. */
  length(): u64 {
    return this.end - this.start;
  }

  /** Makes this area, which is in no tree, the part [start, end) of another one. The source is not retained. */
  becomePart(of: Area, start: u64, end: u64): void {
    this.start = start;
    this.end = end;
    this.protection = of.protection;
    this.flags = of.flags;
    this.source = of.source;
    this.offset = of.source === null ? 0 : of.offset + (start - of.start);
  }

  /** Whether `other`, which begins where this area ends, could be one with it. */
  joins(other: Area): boolean {
    if (this.end !== other.start || this.protection !== other.protection || this.flags !== other.flags) return false;
    if (this.source === null) return other.source === null;
    return this.source === other.source && this.offset + (this.end - this.start) === other.offset;
  }
}
