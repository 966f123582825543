// Stubs: what rewritten system-call sites jump to. Small pages of them lie among the application's areas, because a jump reaches
// only 2 GiB; /proc/self/maps shows them as [unary].
//
//   0            L                          L + 7                          32
//   │ the site's │ lea return(%rip), %rcx   │ jmp *system_call_direct │ … │
//   │ instruction│                          │                         │   │
//
// A stub is entered by a jump and not by a call: the application's red zone lies where a call would write. So each site
// has a stub of its own, which knows where to return.
//
// Invariants: who is interrupted in a stub is moved out of it (arch/x86_64/system_call_sites.ts); so once no site leads to a
// stub and every CPU has dropped the site's translation, nobody is in it, and it may become another site's.
// Changes happen under the mutation lock. Interrupts read without any: what they read of a stub that is in use does not change.

import { sliceAt } from "unsafe";
import { callOnAllCpus } from "../arch/x86_64/calls.ts";
import { type PhysicalAddress, physicalToVirtual } from "../arch/x86_64/paging.ts";
import { directEntry, type StubExit, setStubRange } from "../arch/x86_64/system_call_sites.ts";
import { Errno } from "../lib/errno.ts";
import { APPLICATION_START, addArea, RemovedAreas, space } from "./address_space.ts";
import { Area, PAGE_SIZE, Protection } from "./area.ts";
import { allocateZeroedFrame, freeFrame, releaseFrame, retainFrame } from "./frames.ts";
import { makeEntry } from "./page_entry.ts";
import { copySourceName, type PagePurpose, type PageSource } from "./page_source.ts";
import { addDirectoryEntry, addPageEntry, installPage } from "./page_table.ts";
import { APPLICATION_END } from "./user_memory.ts";

/** Bytes of a stub: an instruction of at most 15 and the 14 that follow it. */
const STUB_SIZE = 32;
const STUBS = 128;
const MAXIMUM_PAGES = 32;
const NAME = "[unary]";
/** Bytes around a page of stubs where nothing is: what a program has unmapped beside its own areas keeps faulting. */
const MARGIN = 0x1_0000;

/** A page of stubs. It is the source of its own area. */
class StubPage implements PageSource {
  /** Where the application has it; 0 when it has it no longer. */
  address: u64 = 0;
  frame: PhysicalAddress = 0 as PhysicalAddress;
  /** For each stub the address of the instruction that jumps to it; 0: free. */
  readonly sites!: FixedArray<u64, 128>;
  /** For each stub the length of that instruction. */
  readonly lengths!: FixedArray<u8, 128>;
  /** The table's, while `address` is not 0, and the areas'. */
  readonly references = new Atomic<u32>(1);

  pageAt(index: u64, _purpose: PagePurpose): PhysicalAddress {
    if (index !== 0) return 0 as PhysicalAddress;
    retainFrame(this.frame);
    return this.frame;
  }

  sourceLength(): u64 {
    return PAGE_SIZE;
  }

  punchSource(_offset: u64, _length: u64): Errno {
    return Errno.OPNOTSUPP;
  }

  sourceInode(): u64 {
    return 0;
  }

  sourcePath(path: Slice<u8>): usize {
    return copySourceName(NAME, path);
  }

  retainSource(): void {
    this.references.add(1);
  }

  releaseSource(): void {
    if (this.references.subtract(1) !== 1) return;
    releaseFrame(this.frame);
    destroy(this);
  }
}

class StubPages {
  readonly of!: FixedArray<StubPage | null, 32>;
  count: usize = 0;
  /** All pages lie in [lowest, highest). */
  lowest: u64 = 0;
  highest: u64 = 0;
}

const pages = new StubPages();

/**
 * Makes a stub for a site, somewhere in [lowest, highest] and as far up as there is room.
 * @param site address of the instruction that becomes the jump
 * @param instruction its bytes, at most 15
 * @param resume where the call returns to
 * @returns the stub's address; 0: no room, no memory
 */
export function addStub(lowest: u64, highest: u64, site: u64, instruction: Slice<u8>, resume: u64): u64 {
  for (let i: usize = 0; i < pages.count; i++) {
    const page = pages.of[i];
    if (page === null || page.address === 0) continue;
    const found = addTo(page, lowest, highest, site, instruction, resume);
    if (found !== 0) return found;
  }
  const page = addPage(lowest, highest);
  return page === null ? 0 : addTo(page, lowest, highest, site, instruction, resume);
}

/** Makes a stub free. No site leads to it, and every CPU knows. */
export function removeStub(stub: u64): void {
  const page = pageHolding(stub);
  if (page !== null) page.sites[(stub - page.address) / STUB_SIZE] = 0;
}

/** Whether stubs lie in [start, end). */
export function hasStubs(start: u64, end: u64): boolean {
  if (end <= pages.lowest || start >= pages.highest) return false;
  for (let i: usize = 0; i < pages.count; i++) {
    const page = pages.of[i];
    if (page !== null && page.address >= start && page.address < end) return true;
  }
  return false;
}

/** Gives the pages in [start, end) up, whose stubs are all free: what the application does with them is its own affair. */
export function forgetStubPages(start: u64, end: u64): void {
  for (let i: usize = 0; i < pages.count; i++) {
    const page = pages.of[i];
    if (page === null || page.address < start || page.address >= end || page.address === 0) continue;
    page.address = 0;
    pages.of[i] = null;
    // An interrupt on another CPU may have the page in its hands.
    callOnAllCpus(doNothing, 0);
    page.releaseSource();
  }
}

function doNothing(_argument: u64): void {}

function addTo(page: StubPage, lowest: u64, highest: u64, site: u64, instruction: Slice<u8>, resume: u64): u64 {
  for (let i: usize = 0; i < STUBS; i++) {
    const stub = page.address + i * STUB_SIZE;
    if (page.sites[i] !== 0 || stub < lowest || stub > highest) continue;
    page.lengths[i] = u8(instruction.length);
    page.sites[i] = site;
    write(page, stub, instruction, resume);
    return stub;
  }
  return 0;
}

function write(page: StubPage, stub: u64, instruction: Slice<u8>, resume: u64): void {
  // Safe: the frame is the page's own, and the stub lies in it.
  const code = sliceAt<u8>(physicalToVirtual(page.frame) + (stub - page.address), STUB_SIZE);
  const length = instruction.length;
  code.slice(0, length).copyFrom(instruction);
  code[length] = 0x48;
  code[length + 1] = 0x8d;
  code[length + 2] = 0x0d;
  store32(code.slice(length + 3, length + 7), resume - (stub + length + 7));
  code[length + 7] = 0xff;
  code[length + 8] = 0x24;
  code[length + 9] = 0x25;
  store32(code.slice(length + 10, length + 14), directEntry());
}

/** Stores the lower half of a number. */
export function store32(place: Slice<u8>, value: u64): void {
  for (let i: usize = 0; i < 4; i++) place[i] = u8((value >> (u64(i) * 8)) & 0xff);
}

/** Adds a page that has a place for a stub in [lowest, highest]. */
function addPage(lowest: u64, highest: u64): StubPage | null {
  let slot: usize = 0;
  while (slot < pages.count && pages.of[slot] !== null) slot++;
  if (slot === MAXIMUM_PAGES) return null;
  const address = placeFor(lowest, highest);
  if (address === 0) return null;
  const page = create(StubPage);
  if (page === null) return null;
  page.frame = allocateZeroedFrame();
  if (u64(page.frame) === 0) {
    destroy(page);
    return null;
  }
  if (!mapPage(page, address)) {
    freeFrame(page.frame);
    destroy(page);
    return null;
  }
  page.address = address;
  pages.of[slot] = page;
  if (slot === pages.count) pages.count++;
  if (pages.highest === 0) pages.lowest = address;
  pages.lowest = minimum(pages.lowest, address);
  pages.highest = maximum(pages.highest, address + PAGE_SIZE);
  setStubRange(pages.lowest, pages.highest - pages.lowest, exitOf);
  return page;
}

/** A page with a place in [lowest, highest], and nothing of the application's around it; 0: there is none. */
function placeFor(lowest: u64, highest: u64): u64 {
  const first = maximum(lowest & ~u64(PAGE_SIZE - 1), APPLICATION_START + MARGIN);
  const last = minimum(highest & ~u64(PAGE_SIZE - 1), APPLICATION_END - MARGIN - PAGE_SIZE);
  if (first > last) return 0;
  if (last - first > MARGIN) {
    const room = space.areas.highestFree(PAGE_SIZE + 2 * MARGIN, first - MARGIN, last + PAGE_SIZE + MARGIN);
    return room === 0 ? 0 : room + MARGIN;
  }
  // So few that each can be tried. Sites near each other want stubs near each other.
  for (let page = last; page >= first; page -= PAGE_SIZE) {
    if (isClear(page)) return page;
  }
  return 0;
}

/** Whether a page is free, and around it is nothing but pages of stubs. */
function isClear(page: u64): boolean {
  let area = space.areas.endingAbove(page - MARGIN);
  while (area !== null && area.start < page + PAGE_SIZE + MARGIN) {
    if (area.start === page || pageHolding(area.start) === null) return false;
    area = area.next;
  }
  return true;
}

/** Its area, and its page at once: a call must not fault on its way. */
function mapPage(page: StubPage, address: u64): boolean {
  using removed = new RemovedAreas();
  const wanted = new Area();
  wanted.start = address;
  wanted.end = address + PAGE_SIZE;
  wanted.protection = Protection.Read | Protection.Execute;
  wanted.source = page;
  if (!addArea(wanted, removed)) return false;
  using _ = space.lock.acquire();
  const directory = addDirectoryEntry(address);
  const place = directory === 0 ? 0 : addPageEntry(directory, address);
  // Without tables the first call brings the page in.
  if (place === 0) return true;
  retainFrame(page.frame);
  installPage(place, makeEntry(page.frame, false, wanted.protection));
  return true;
}

function pageHolding(address: u64): StubPage | null {
  for (let i: usize = 0; i < pages.count; i++) {
    const page = pages.of[i];
    if (page !== null && page.address !== 0 && address - page.address < PAGE_SIZE) return page;
  }
  return null;
}

/** Where a thread in a stub would be without it: before the instruction that became the jump, or at `syscall`. In interrupts. */
function exitOf(address: u64): StubExit {
  const page = pageHolding(address);
  if (page === null) return { resume: 0, isAtStart: false };
  const index = (address - page.address) / STUB_SIZE;
  const site = page.sites[index];
  if (site === 0) return { resume: 0, isAtStart: false };
  const isAtStart = (address - page.address) % STUB_SIZE === 0;
  return { resume: isAtStart ? site : site + u64(page.lengths[index]), isAtStart };
}
