// System-call sites: where the application calls the kernel, and how a call becomes a jump.
//
//   `syscall` ─▶ counted entry (arch) ─▶ new? into the table. Its 16th call? ─▶ look at the code around it ─▶ a form that is known
//                                                                              (lib/system_call_form.ts)
//       ─▶ a stub near it (system_call_stubs.ts) ─▶ the instruction before `syscall` becomes a jump there, in a copy of the
//          page (text_page.ts) ─▶ from now on the call costs some ten cycles instead of thousands
//
// `syscall` itself stays where it is, for whoever jumps to it or was on the way. Before code goes, moves, changes its rights or becomes
// writable, its sites get their bytes back and are forgotten (forgetCode); before a page of stubs does, so are all sites
// that lead there. So a program that changes its code changes what it wrote itself.
//
// Not at the first call, but at the sixteenth: to rewrite costs a copied page and a flush on every CPU, as much as some ten
// calls by instruction cost in user mode (20,000 cycles against 2,800). Who pays by call until he could have bought never
// pays more than twice the least; the many sites that run once at the start stay as they are, and share their pages.
//
// What stays an instruction, and is counted: code that is writable (it may change at any time) or shared with other
// mappings, forms that are not known, sites whose jump would lie on two pages, and code that is read as data.
// The latter: a program that checks its own code must find it unchanged. With the first jump in an area its other pages are taken
// out of the page tables, and from then on come back one by one, as they are executed. A read that faults tells that the area
// is read as data: all its sites get their bytes back at once, for good. docs/decisions/0004-system-call-rewriting.md has the limits.
//
// The table is a hash of sets of four, read and counted in by assembly without a lock; changes happen under the mutation lock.
// A site that finds its set full takes the place of the one that was called least and is still being counted; when there is
// none, it stays an instruction, and its calls are counted with those of its like.

import { sliceAt } from "unsafe";
import {
  SITE_HASH,
  SITE_REWRITE_AT,
  SITE_SETS_SHIFT,
  SITE_SIZE,
  SITE_WAYS,
  setSystemCallSiteHandler,
  siteTable,
} from "../arch/x86_64/system_call_sites.ts";
import { readRegisters, type TrapFrame } from "../arch/x86_64/trap_frame.ts";
import { BYTES_BEFORE, BYTES_FROM, FormProblem, findForm, Registers, SystemCallForm } from "../lib/system_call_form.ts";
import { PLACEMENT_END, setCodeHandler, space, zap } from "./address_space.ts";
import { type Area, AreaFlag, PAGE_SIZE, Protection } from "./area.ts";
import { addStub, forgetStubPages, hasStubs, removeStub, store32 } from "./system_call_stubs.ts";
import { changeText, readText } from "./text_page.ts";

/** How a site calls the kernel, and if by instruction, why. */
export const enum SiteState {
  /** By instruction: not often enough yet to be looked at. */
  Counting,
  Jump,
  UnknownForm,
  Ambiguous,
  SignalReturn,
  /** The jump would lie on two pages. */
  AcrossPages,
  Writable,
  Shared,
  ReadAsData,
  /** No place for a stub where the jump reaches. */
  OutOfReach,
  NoMemory,
}

const SITES = 1024;
const JUMP_LENGTH = 5;
const JUMP_OPCODE = 0xe9;
const SYSTEM_CALL_LENGTH = 2;
const FILTER_SHIFT = 21;
const RETURN_ADDRESS = 0;
const CALLS = 1;
/** Jumps reach this far, and a little less is enough. */
const REACH = 0x7fff_0000;

/** Stubs for what lies among other mappings have the first half of the room above those. */
const STUB_END = PLACEMENT_END + 0x4000_0000;

/** What assembly need not know of a site. */
class Site {
  state: SiteState = SiteState.Counting;
  /** Bytes of the instruction before `syscall`, when it is a jump. */
  length: u8 = 0;
  /** The first of its bytes, as they were; as many as have changed. */
  readonly original!: FixedArray<u8, 5>;
  stub: u64 = 0;
}

class Sites {
  readonly of!: FixedArray<Site, 1024>;
  /** Bit n: a site may lie where the address divided by 2 MiB leaves n when divided by 64. */
  filter: u64 = 0;
}

class Counters {
  /** Calls of sites that have no place in the table. */
  readonly unlisted = new Atomic<u64>(0);
}

const sites = new Sites();
const counters = new Counters();

/** Begins to look at sites. Called once, before the application runs. */
export function startRewriting(): void {
  setCodeHandler(forgetCode);
  setSystemCallSiteHandler(handleCall);
}

/** One line of /proc/unary/syscall-sites. */
export class SiteDescription {
  /** Of the `syscall` instruction. */
  address: u64 = 0;
  state: SiteState = SiteState.Counting;
  /** Made by the instruction. */
  calls: u64 = 0;
}

/** How many places the table has. */
export function sitePlaces(): usize {
  return SITES;
}

/** Describes what is at a place of the table; false: nothing. */
export function describeSite(place: usize, description: SiteDescription): boolean {
  using _ = space.mutation.acquire();
  const slot = slotAt(place);
  if (slot[RETURN_ADDRESS] === 0) return false;
  description.address = slot[RETURN_ADDRESS] - SYSTEM_CALL_LENGTH;
  description.state = sites.of[place].state;
  description.calls = slot[CALLS];
  return true;
}

/** Calls made by the instruction at sites that have no place in the table. */
export function unlistedCalls(): u64 {
  return counters.unlisted.load();
}

/** A call by instruction from a site that is new, or that has become worth a look. Interrupts are enabled, no lock is held. */
function handleCall(frame: TrapFrame): void {
  if (isFull(frame.rip)) {
    counters.unlisted.add(1);
    return;
  }
  using _ = space.mutation.acquire();
  const place = findPlace(frame.rip);
  if (place === SITES) {
    addSite(frame.rip);
    return;
  }
  const site = sites.of[place];
  // Two CPUs may have met a new site together: then the second one only counts.
  const slot = slotAt(place);
  if (slot[CALLS] < SITE_REWRITE_AT) slot[CALLS]++;
  if (slot[CALLS] >= SITE_REWRITE_AT && site.state === SiteState.Counting) site.state = rewrite(frame, site);
}

/** The two words that assembly knows of a site. */
function slotAt(place: usize): Slice<u64> {
  // Safe: the table has SITES places of SITE_SIZE bytes.
  return sliceAt<u64>(siteTable() + place * SITE_SIZE, 2);
}

/** First place of the set that a return address belongs to. */
function setOf(resume: u64): usize {
  const hash = u32(resume & 0xffff_ffff) * u32(SITE_HASH);
  return usize(hash >> (32 - SITE_SETS_SHIFT)) * SITE_WAYS;
}

/** A site's place; SITES when it has none. */
function findPlace(resume: u64): usize {
  const first = setOf(resume);
  for (let place = first; place < first + SITE_WAYS; place++) {
    if (slotAt(place)[RETURN_ADDRESS] === resume) return place;
  }
  return SITES;
}

/** Whether a site has no place and can get none. Without a lock: the answer may be old. */
function isFull(resume: u64): boolean {
  const first = setOf(resume);
  for (let place = first; place < first + SITE_WAYS; place++) {
    const owner = slotAt(place)[RETURN_ADDRESS];
    if (owner === 0 || owner === resume || sites.of[place].state === SiteState.Counting) return false;
  }
  return true;
}

function addSite(resume: u64): void {
  const first = setOf(resume);
  let best: usize = SITES;
  for (let place = first; place < first + SITE_WAYS; place++) {
    const slot = slotAt(place);
    if (slot[RETURN_ADDRESS] === 0) {
      best = place;
      break;
    }
    if (sites.of[place].state !== SiteState.Counting) continue;
    if (best === SITES || slot[CALLS] < slotAt(best)[CALLS]) best = place;
  }
  if (best === SITES) {
    counters.unlisted.add(1);
    return;
  }
  const slot = slotAt(best);
  if (slot[RETURN_ADDRESS] !== 0) counters.unlisted.add(slot[CALLS]);
  sites.of[best].state = SiteState.Counting;
  slot[RETURN_ADDRESS] = 0;
  slot[CALLS] = 1;
  slot[RETURN_ADDRESS] = resume;
  sites.filter |= filterBits(resume, resume + 1);
}

/** The bits of the filter for [start, end). */
function filterBits(start: u64, end: u64): u64 {
  const first = start >> FILTER_SHIFT;
  const last = (end - 1) >> FILTER_SHIFT;
  if (last - first >= 63) return ~u64(0);
  let bits: u64 = 0;
  for (let unit = first; unit <= last; unit++) bits |= u64(1) << u32(unit & 63);
  return bits;
}

/** Makes a site a jump if that can be done; gives its new state. The mutation lock is held. */
function rewrite(frame: TrapFrame, site: Site): SiteState {
  const address = frame.rip - SYSTEM_CALL_LENGTH;
  const area = space.areas.holding(address);
  if (area === null || (area.protection & Protection.Execute) === 0) return SiteState.UnknownForm;
  if ((area.protection & Protection.Write) !== 0) return SiteState.Writable;
  if ((area.flags & AreaFlag.Shared) !== 0) return SiteState.Shared;
  if ((area.flags & AreaFlag.ReadAsData) !== 0) return SiteState.ReadAsData;
  const code = new Window();
  const before = code.read(address, area);
  if (before === NOTHING) return SiteState.UnknownForm;
  const registers = new Registers();
  readRegisters(frame, registers);
  registers.next -= SYSTEM_CALL_LENGTH;
  registers.mapped = isMapped;
  const form = new SystemCallForm();
  findForm(code.bytes.slice(0, before + BYTES_FROM), before, registers, form);
  if (form.problem === FormProblem.Ambiguous) return SiteState.Ambiguous;
  if (form.problem === FormProblem.SignalReturn) return SiteState.SignalReturn;
  if (form.problem !== FormProblem.None) return SiteState.UnknownForm;
  const start = address - form.length;
  const changed = minimum(form.length, JUMP_LENGTH);
  if ((start % PAGE_SIZE) + changed > PAGE_SIZE) return SiteState.AcrossPages;
  const instruction = code.bytes.slice(before - form.length, before);
  return jumpFrom(site, area, start, frame.rip, instruction, code.bytes.slice(before, before + BYTES_FROM));
}

/** @param following `syscall` and the bytes behind it */
function jumpFrom(site: Site, area: Area, start: u64, resume: u64, instruction: Slice<u8>, following: Slice<u8>): SiteState {
  const length = instruction.length;
  const changed = minimum(length, JUMP_LENGTH);
  const origin = start + JUMP_LENGTH;
  let stub: u64 = 0;
  if (length >= JUMP_LENGTH) {
    // Where nothing is ever placed; else below the site's own area, where neither the break nor a stack grows.
    const lowest = origin > REACH ? origin - REACH : 0;
    if (origin + REACH > PLACEMENT_END && origin < STUB_END) {
      stub = addStub(maximum(PLACEMENT_END, lowest), minimum(STUB_END, origin + REACH), start, instruction, resume);
    }
    if (stub === 0) stub = addStub(lowest, area.start, start, instruction, resume);
    if (stub === 0) stub = addStub(lowest, origin + REACH, start, instruction, resume);
  } else {
    const lowest = origin + fixedDisplacement(length, following);
    const freeBits = u64(length - 1) * 8;
    stub = addStub(lowest, lowest + ((u64(1) << freeBits) - 1), start, instruction, resume);
  }
  if (stub === 0) return SiteState.OutOfReach;
  const jump = new Jump();
  jump.bytes[0] = JUMP_OPCODE;
  store32(jump.bytes.slice(1, JUMP_LENGTH), stub - origin);
  for (let i: usize = 0; i < changed; i++) site.original[i] = instruction[i];
  site.length = u8(length);
  site.stub = stub;
  if (!changeText(start, jump.bytes.slice(0, changed))) {
    removeStub(stub);
    return SiteState.NoMemory;
  }
  if (area.source !== null && (area.flags & AreaFlag.HasJumps) === 0) watch(area);
  return SiteState.Jump;
}

/** Makes reads of an area's code fault, where nothing was changed. The mutation lock is held. */
function watch(area: Area): void {
  setFlag(area, u32(AreaFlag.HasJumps));
  zap(area.start, area.end, true);
}

function setFlag(area: Area, flag: u32): void {
  using _ = space.lock.acquire();
  area.flags |= flag;
}

/** The least displacement of a jump whose last bytes are already there, being those of `syscall` and what follows. */
function fixedDisplacement(length: usize, following: Slice<u8>): u64 {
  let displacement: u32 = 0;
  for (let i = length; i < JUMP_LENGTH; i++) displacement |= u32(following[i - length]) << u32((i - 1) * 8);
  return u64(i64(i32(displacement)));
}

class Jump {
  readonly bytes!: FixedArray<u8, 5>;
}

const NOTHING: usize = 0xffff;

/** The code around a site. */
class Window {
  readonly bytes!: FixedArray<u8, 40>;

  /** Reads it as far as it is there and of the same area; gives the site's offset, or NOTHING if it is no `syscall`. */
  read(site: u64, area: Area): usize {
    const before = minimum(BYTES_BEFORE, usize(site - area.start));
    if (area.end - site < BYTES_FROM) return NOTHING;
    if (readText(site - before, this.bytes.slice(0, before + BYTES_FROM)) !== before + BYTES_FROM) return NOTHING;
    return this.bytes[before] === 0x0f && this.bytes[before + 1] === 0x05 ? before : NOTHING;
  }
}

/** Whether an area holds an address. The mutation lock is held. */
function isMapped(address: u64): boolean {
  return space.areas.holding(address) !== null;
}

/**
 * Gives sites in [start, end), and all whose stubs lie there, their bytes back, and forgets them. Called with the mutation lock
 * held, before anything happens to executable areas in that range, while their pages are still there.
 */
function forgetCode(start: u64, end: u64): void {
  const stubs = hasStubs(start, end);
  // A site's instruction may begin up to 17 bytes before the address that it is known by.
  if (!stubs && (sites.filter & filterBits(start, end + 32)) === 0) return;
  let filter: u64 = 0;
  for (let place: usize = 0; place < SITES; place++) {
    const slot = slotAt(place);
    const resume = slot[RETURN_ADDRESS];
    if (resume === 0) continue;
    const site = sites.of[place];
    const isThere = resume > start && resume - SYSTEM_CALL_LENGTH - u64(site.length) < end;
    const leadsThere = stubs && site.state === SiteState.Jump && site.stub >= start && site.stub < end;
    if (!isThere && !leadsThere) {
      filter |= filterBits(resume, resume + 1);
      continue;
    }
    if (site.state === SiteState.Jump) restore(resume, site);
    slot[RETURN_ADDRESS] = 0;
    site.length = 0;
  }
  sites.filter = filter;
  if (stubs) forgetStubPages(start, end);
}

/** Gives a site its bytes back. */
function restore(resume: u64, site: Site): void {
  const length = usize(site.length);
  // It cannot fail: the page is there, and this mapping's own.
  const changed = site.original.slice(0, minimum(length, JUMP_LENGTH));
  changeText(resume - SYSTEM_CALL_LENGTH - length, changed);
  removeStub(site.stub);
}
