// What is mapped, told to others: /proc/self/maps, status and statm.

import { space } from "./address_space.ts";
import { AreaFlag, PAGE_SIZE } from "./area.ts";
import type { PageSource } from "./page_source.ts";
import { mostResidentPages, residentPages } from "./page_table.ts";

/** One line of /proc/self/maps. */
export class AreaDescription {
  start: u64 = 0;
  end: u64 = 0;
  /** A union of Protection. */
  protection: u32 = 0;
  /** A union of AreaFlag: Shared, GrowsDown ([stack]), Heap ([heap]). */
  flags: u32 = 0;
  /** In the source, in bytes. */
  offset: u64 = 0;
  inode: u64 = 0;
  /** Bytes of `path`; 0 for anonymous memory. */
  pathLength: usize = 0;
  readonly path!: FixedArray<u8, 256>;
  private source: PageSource | null = null;

  /** Takes over what needs the lock; the source is retained. */
  copyAt(address: u64): boolean {
    using _ = space.lock.acquire();
    const area = space.areas.endingAbove(address);
    if (area === null) return false;
    this.start = area.start;
    this.end = area.end;
    this.protection = area.protection;
    this.flags = area.flags;
    this.offset = area.offset;
    this.source = area.source;
    const source = area.source;
    if (source !== null) source.retainSource();
    return true;
  }

  /** Asks the source for the rest, and releases it. */
  complete(): void {
    this.inode = 0;
    this.pathLength = 0;
    const source = this.source;
    if (source === null) return;
    this.inode = source.sourceInode();
    this.pathLength = source.sourcePath(this.path.slice());
    source.releaseSource();
    this.source = null;
  }
}

/** Describes the first area that ends above an address; false when there is none. The next one is found with `description.end`. */
export function describeArea(address: u64, description: AreaDescription): boolean {
  if (!description.copyAt(address)) return false;
  description.complete();
  return true;
}

/** Whether some shared mapping of a source may be written, now or after mprotect. */
export function hasWritableMapping(source: PageSource): boolean {
  using _ = space.lock.acquire();
  for (let area = space.areas.first; area !== null; area = area.next) {
    if (area.source !== source || (area.flags & AreaFlag.Shared) === 0) continue;
    if ((area.flags & AreaFlag.WriteDenied) === 0) return true;
  }
  return false;
}

/** Memory of the application, in bytes. */
export type MemoryUsage = {
  readonly mapped: u64;
  readonly resident: u64;
  readonly areas: u64;
  /** The most there was of both. */
  readonly mostMapped: u64;
  readonly mostResident: u64;
};

/** How much the application has mapped, how much of it is there, and in how many areas. */
export function memoryUsage(): MemoryUsage {
  using _ = space.lock.acquire();
  return {
    mapped: space.mappedBytes,
    resident: residentPages() * PAGE_SIZE,
    areas: space.areas.count,
    mostMapped: maximum(space.mostMappedBytes, space.mappedBytes),
    mostResident: mostResidentPages() * PAGE_SIZE,
  };
}
