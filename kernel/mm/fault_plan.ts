// What a page fault has seen, and how it is put into effect: the two short parts of a fault that hold the lock.
//
// Between look() and install() the lock is free, so the plan holds what it needs: a reference to the area's source and
// one to the frame that is to be copied. It gives them back when it goes.

import { cpuCount } from "../arch/x86_64/cpu.ts";
import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import { space } from "./address_space.ts";
import { type Area, AreaFlag, HUGE_PAGE_SIZE, PAGE_SHIFT, PAGE_SIZE, Protection } from "./area.ts";
import { StaleRange } from "./flush.ts";
import { isCounted, releaseFrame, retainFrame } from "./frames.ts";
import {
  frameOf,
  HUGE,
  loadEntry,
  losesRights,
  MAY_WRITE,
  makeEntry,
  NO_EXECUTE,
  PRESENT,
  storeEntry,
  WRITABLE,
  withProtection,
} from "./page_entry.ts";
import type { PageSource } from "./page_source.ts";
import { addDirectoryEntry, addPageEntry, directoryEntry, installHugePage, installPage, pageEntry } from "./page_table.ts";

/** How a try to serve a fault ended: served, to be tried again, or refused. */
export const enum Outcome {
  Done,
  Again,
  NotMapped,
  Protection,
  BeyondEnd,
  NoMemory,
}

const TABLE_ENTRIES = 512;

/** Pages that are mapped together around one of a file: an aligned group of this many. */
export const GROUP_PAGES = 16;

/** The frames of a group of pages; 0 where there is none. Those that nobody took over go with it. */
export class PageGroup {
  readonly frames!: FixedArray<u64, 16>;

  [Symbol.dispose](): void {
    for (const rest of this.frames) {
      if (rest !== 0) releaseFrame(rest as PhysicalAddress);
    }
  }
}

export class FaultPlan {
  /** The page's address. */
  page: u64 = 0;
  /** The entry that maps it now; 0 when nothing does. */
  entry: u64 = 0;
  /** The area, as it was. */
  protection: u32 = 0;
  flags: u32 = 0;
  areaStart: u64 = 0;
  areaEnd: u64 = 0;
  /** The page's place in the source, in bytes. */
  sourceOffset: u64 = 0;
  /** The area's source, retained. */
  source: PageSource | null = null;
  /** The pages of the area's own to map at once, zeroed or copied: this one, and as many beside it as are mapped on its other side. */
  runStart: u64 = 0;
  runPages: u64 = 1;
  /** Whether this is the first read of the area's code as data. */
  readsCode = false;
  /** Whether `entry` holds a frame that this plan retains. */
  private holdsFrame = false;

  /** Finds out what the access to a page needs, and does it at once when only rights in the page tables are missing. */
  look(page: u64, access: u32): Outcome {
    this.page = page;
    using _ = space.lock.acquire();
    const area = space.areas.holding(page);
    if (area === null) return Outcome.NotMapped;
    if (!allows(area.protection, access)) return Outcome.Protection;
    this.protection = area.protection;
    this.flags = area.flags;
    this.areaStart = area.start;
    this.areaEnd = area.end;
    if (access === Protection.Read && isCode(area)) this.marksCode(area);
    const place = this.place();
    if (place !== 0) {
      const entry = loadEntry(place);
      const changed = withProtection(entry, area.protection);
      if (entry !== 0 && satisfies(changed, access)) {
        // Rights that go are taken by the change of protection that is under way, which also drops stale translations.
        if (changed !== entry && !losesRights(entry, changed)) storeEntry(place, changed);
        return Outcome.Done;
      }
      this.entry = entry;
    }
    if (this.entry !== 0) {
      retainFrame(frameOf(this.entry));
      this.holdsFrame = true;
    }
    const source = area.source;
    if (source !== null) {
      source.retainSource();
      this.source = source;
      this.sourceOffset = area.offset + (page - area.start);
    }
    if (this.entry === 0 && place !== 0 && (source === null || (access === Protection.Write && !this.isShared())))
      this.planRun(place);
    return Outcome.Again;
  }

  /**
   * Memory that is touched page after page gets more of them each time: as many as lie mapped behind it, which at most doubles
   * what is in use. Upwards, or downwards as a stack grows; within one table. Of a file's private mapping only pages that were
   * written count as mapped behind it.
   */
  private planRun(place: u64): void {
    const index = (this.page >> PAGE_SHIFT) & (TABLE_ENTRIES - 1);
    let behind: u64 = 0;
    const mostBehind = minimum(index, GROUP_PAGES - 1);
    while (behind < mostBehind && isOwn(loadEntry(place - (behind + 1) * 8))) behind++;
    this.runStart = this.page;
    if (behind !== 0) {
      const room = minimum(TABLE_ENTRIES - 1 - index, (this.areaEnd - this.page) / PAGE_SIZE - 1);
      const most = minimum(behind, room);
      while (this.runPages <= most && loadEntry(place + this.runPages * 8) === 0) this.runPages++;
      return;
    }
    const mostAbove = minimum(TABLE_ENTRIES - 1 - index, GROUP_PAGES - 1);
    let above: u64 = 0;
    while (above < mostAbove && isOwn(loadEntry(place + (above + 1) * 8))) above++;
    const room = minimum(index, (this.page - this.areaStart) / PAGE_SIZE);
    const most = minimum(above, room);
    let extra: u64 = 0;
    while (extra < most && loadEntry(place - (extra + 1) * 8) === 0) extra++;
    this.runStart -= extra * PAGE_SIZE;
    this.runPages = extra + 1;
  }

  /** Marks an area of code that is read as data. */
  private marksCode(area: Area): void {
    if ((area.flags & AreaFlag.ReadAsData) !== 0) return;
    area.flags |= AreaFlag.ReadAsData;
    this.readsCode = true;
  }

  [Symbol.dispose](): void {
    if (this.holdsFrame) releaseFrame(frameOf(this.entry));
    const source = this.source;
    if (source !== null) source.releaseSource();
  }

  /** Whether pages around this one may be mapped with it. */
  mayMapAround(): boolean {
    return (this.flags & AreaFlag.HasJumps) === 0;
  }

  isShared(): boolean {
    return (this.flags & AreaFlag.Shared) !== 0;
  }

  /** Whether the area holds all of the 2 MiB that the page lies in, and may have huge pages. */
  mayBeHuge(): boolean {
    const block = this.page & ~(HUGE_PAGE_SIZE - 1);
    if (this.source !== null || (this.flags & (AreaFlag.NoHuge | AreaFlag.GrowsDown)) !== 0) return false;
    return block >= this.areaStart && block + HUGE_PAGE_SIZE <= this.areaEnd;
  }

  /** Why the source had no page. */
  whyNoPage(): Outcome {
    const source = this.source;
    return source !== null && this.sourceOffset >= source.sourceLength() ? Outcome.BeyondEnd : Outcome.NoMemory;
  }

  /**
   * Maps a frame at the page if all is as it was; takes over the caller's reference to it. What the entry held before is released.
   * @param observed for a source's frame: no change of areas came since
   */
  install(frame: PhysicalAddress, mayWrite: boolean, observed: u64): Outcome {
    const outcome = this.installLocked(frame, mayWrite, observed);
    if (outcome !== Outcome.Done) releaseFrame(frame);
    // The page tables' own reference; the plan's goes with the plan.
    else if (this.entry !== 0) releaseFrame(frameOf(this.entry));
    return outcome;
  }

  private installLocked(frame: PhysicalAddress, mayWrite: boolean, observed: u64): Outcome {
    using _ = space.lock.acquire();
    if (!this.stillHolds(observed)) return Outcome.Again;
    const entry = makeEntry(frame, mayWrite, this.protection);
    if (this.entry !== 0) {
      const place = this.place();
      if (place === 0 || loadEntry(place) !== this.entry) return Outcome.Again;
      this.replace(place, entry);
      return Outcome.Done;
    }
    const place = this.addPlace();
    if (place === 0) return Outcome.NoMemory;
    if (loadEntry(place) !== 0) return Outcome.Again;
    installPage(place, entry);
    return Outcome.Done;
  }

  /** Maps a group of a source's pages around this one, if all is as it was. Takes over the references of those it maps. */
  installGroup(group: PageGroup, observed: u64): Outcome {
    using _ = space.lock.acquire();
    if (!this.stillHolds(observed)) return Outcome.Again;
    const own = this.addPlace();
    if (own === 0) return Outcome.NoMemory;
    if (loadEntry(own) !== 0) return Outcome.Again;
    const first = own - this.indexInGroup() * 8;
    for (let i: usize = 0; i < GROUP_PAGES; i++) {
      const frame = group.frames[i] as PhysicalAddress;
      const place = first + i * 8;
      if (u64(frame) === 0 || loadEntry(place) !== 0) continue;
      installPage(place, makeEntry(frame, false, this.protection));
      group.frames[i] = 0;
    }
    return Outcome.Done;
  }

  /** Maps the frames of a run, zeroed or copied, where nothing is mapped yet; takes over those that it maps. */
  installRun(group: PageGroup, observed: u64): Outcome {
    using _ = space.lock.acquire();
    if (!this.stillHolds(observed)) return Outcome.Again;
    const area = space.areas.holding(this.page);
    const own = this.addPlace();
    if (own === 0) return Outcome.NoMemory;
    if (area === null || loadEntry(own) !== 0) return Outcome.Again;
    const first = own - ((this.page - this.runStart) >> PAGE_SHIFT) * 8;
    for (let i: u64 = 0; i < this.runPages; i++) {
      const address = this.runStart + i * PAGE_SIZE;
      const frame = group.frames[i] as PhysicalAddress;
      const place = first + i * 8;
      if (u64(frame) === 0 || address < area.start || address >= area.end || loadEntry(place) !== 0) continue;
      installPage(place, makeEntry(frame, true, this.protection));
      group.frames[i] = 0;
    }
    return Outcome.Done;
  }

  /** The page's index in its source. */
  pageIndex(): u64 {
    return this.sourceOffset >> PAGE_SHIFT;
  }

  /** The page's index in its group. */
  indexInGroup(): u64 {
    return (this.page >> PAGE_SHIFT) & (GROUP_PAGES - 1);
  }

  /** Maps a zeroed block of 2 MiB if all is as it was and nothing of it is mapped; else the caller keeps block and spare. */
  installHuge(block: PhysicalAddress, spare: PhysicalAddress): Outcome {
    using _ = space.lock.acquire();
    const area = space.areas.holding(this.page);
    if (area === null || !this.isLike(area)) return Outcome.Again;
    this.areaStart = area.start;
    this.areaEnd = area.end;
    if (!this.mayBeHuge()) return Outcome.Again;
    const directory = addDirectoryEntry(this.page);
    if (directory === 0) return Outcome.NoMemory;
    if (loadEntry(directory) !== 0) return Outcome.Again;
    installHugePage(directory, makeEntry(block, true, this.protection) | HUGE, spare);
    return Outcome.Done;
  }

  /** Whether nothing at all is mapped in the 2 MiB around the page. The answer may be old. */
  isAlone(): boolean {
    using _ = space.lock.acquire();
    const directory = directoryEntry(this.page);
    return directory === 0 || loadEntry(directory) === 0;
  }

  /** Changes a mapping to another frame or other rights: the old translation must be gone everywhere before the new one is there. */
  private replace(place: u64, entry: u64): void {
    // With one CPU the old translation may stay a moment when its frame does: it allows reads of what the new frame has as well, and
    // the write that makes a difference drops it (Intel SDM 3A, 4.10.4.1: so has the fault that brought us here).
    if (cpuCount() > 1 || isCounted(frameOf(this.entry))) {
      storeEntry(place, 0);
      const stale = new StaleRange();
      stale.include(this.page, this.page + PAGE_SIZE);
      stale.flush();
    }
    storeEntry(place, entry);
  }

  private stillHolds(observed: u64): boolean {
    if (this.source !== null) return space.mutation.isUnchanged(observed);
    const area = space.areas.holding(this.page);
    return area !== null && this.isLike(area);
  }

  private isLike(area: Area): boolean {
    return area.source === null && area.protection === this.protection && area.flags === this.flags;
  }

  /** Where the entry that maps the page is, a huge page's included; 0 when its table is not there. */
  private place(): u64 {
    const directory = directoryEntry(this.page);
    if (directory === 0 || (loadEntry(directory) & HUGE) !== 0) return directory;
    return pageEntry(directory, this.page);
  }

  /** The same for a page of 4 KiB, with its tables added; 0 when there is no memory. */
  private addPlace(): u64 {
    const directory = addDirectoryEntry(this.page);
    if (directory === 0 || (loadEntry(directory) & HUGE) !== 0) return directory;
    return addPageEntry(directory, this.page);
  }
}

/** Whether a protection allows an access. On x86, what is mapped at all can be read. */
function allows(protection: u32, access: u32): boolean {
  if (access === Protection.Read) return protection !== Protection.None;
  return (protection & access) !== 0;
}

/** Whether an entry holds a page that is its mapping's own. */
function isOwn(entry: u64): boolean {
  return (entry & MAY_WRITE) !== 0;
}

/** Code of a file, which cannot change. */
function isCode(area: Area): boolean {
  return area.source !== null && (area.protection & (Protection.Execute | Protection.Write)) === Protection.Execute;
}

/** Whether an entry lets an access pass. */
function satisfies(entry: u64, access: u32): boolean {
  if ((entry & PRESENT) === 0) return false;
  if (access === Protection.Write) return (entry & WRITABLE) !== 0;
  return access === Protection.Read || (entry & NO_EXECUTE) === 0;
}
