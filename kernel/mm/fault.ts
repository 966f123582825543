// Page faults of the application: memory comes when it is touched.
//
//   look (under the lock) ──▶ prepare a frame (no lock: zero, copy, ask the source) ──▶ install (under the lock)
//        │ nothing is there                                                                 │ something has changed
//        ▼                                                                                  ▼
//   a change of areas is under way? wait, and again : refuse                          throw away, and again
//
// Zeroing and copying, the most of the work, happen without a lock, so CPUs do them side by side. What was looked at is
// compared before the frame is installed: the area, the page's entry, and for files that no change of areas came between
// (a source moves its pages by one: forgetSourcePages).
// A fault may come from the application, or from the kernel's copy functions; interrupts are enabled in both (arch sees to it).

import { cpuCount, currentContext } from "../arch/x86_64/cpu.ts";
import { isUserMode } from "../arch/x86_64/processor.ts";
import type { TrapFrame } from "../arch/x86_64/trap_frame.ts";
import { keepCode, space } from "./address_space.ts";
import { PAGE_SIZE, Protection } from "./area.ts";
import { FaultPlan, GROUP_PAGES, Outcome, PageGroup } from "./fault_plan.ts";
import {
  allocateFrame,
  allocateFrames,
  allocateZeroedFrame,
  copyFrame,
  freeFrame,
  freeFrames,
  HUGE_ORDER,
  isCounted,
  memoryIsPlenty,
  releaseFrame,
  zeroFrames,
} from "./frames.ts";
import { frameOf } from "./page_entry.ts";
import { PagePurpose, type PageSource } from "./page_source.ts";
import { growStack } from "./stack.ts";
import { APPLICATION_END } from "./user_memory.ts";
import { isZeroPage, zeroPageFrame } from "./zero_page.ts";

/** Why a fault cannot be served. */
export const enum FaultReason {
  /** It can: the access may be tried again. */
  None,
  /** No area is there: SIGSEGV, SEGV_MAPERR. */
  NotMapped,
  /** The area does not allow it: SIGSEGV, SEGV_ACCERR. */
  Protection,
  /** The page lies beyond the end of its file: SIGBUS, BUS_ADRERR. */
  BeyondEnd,
  /** The machine has no memory left. */
  NoMemory,
}

// Bits of the page-fault error code: Intel SDM volume 3A, 4.7.
const ERROR_WRITE = 2;
const ERROR_FETCH = 16;

/** Serves a page fault; false when it cannot be. `address` and `error` are the processor's. Interrupts are enabled. */
export function handlePageFault(frame: TrapFrame, address: u64, error: u64): boolean {
  return resolveFault(address, accessOf(error)) === FaultReason.None;
}

/** Why the fault at an address was refused, for the signal. The answer is that of now: the areas may have changed since. */
export function diagnoseFault(address: u64, error: u64): FaultReason {
  return resolveFault(address, accessOf(error));
}

/** Makes an access (one of Protection's bits) to an address possible, as if it had faulted. Interrupts are enabled, no lock is held. */
export function resolveFault(address: u64, access: u32): FaultReason {
  if (address >= APPLICATION_END) return FaultReason.NotMapped;
  for (;;) {
    const observed = space.mutation.observe();
    const outcome = serve(address & ~(PAGE_SIZE - 1), access, observed);
    if (outcome === Outcome.Done) return FaultReason.None;
    // While areas change, nothing is certain: what is not there may be about to come.
    if (space.mutation.changedSince(observed)) continue;
    switch (outcome) {
      case Outcome.NotMapped:
        if (!growStack(address)) return FaultReason.NotMapped;
        break;
      case Outcome.Protection:
        return FaultReason.Protection;
      case Outcome.BeyondEnd:
        return FaultReason.BeyondEnd;
      case Outcome.NoMemory:
        return FaultReason.NoMemory;
      default:
        break;
    }
  }
}

/** The protection that an access needs. */
function accessOf(error: u64): u32 {
  if ((error & ERROR_WRITE) !== 0) return u32(Protection.Write);
  return u32((error & ERROR_FETCH) !== 0 ? Protection.Execute : Protection.Read);
}

/** One try. */
function serve(page: u64, access: u32, observed: u64): Outcome {
  using plan = new FaultPlan();
  const seen = plan.look(page, access);
  if (plan.readsCode) keepCode(plan.areaStart, plan.areaEnd);
  if (seen === Outcome.Done) currentContext().faultWasIdle = 1;
  if (seen !== Outcome.Again) return seen;
  const source = plan.source;
  const isWrite = access === Protection.Write;
  if (source !== null && isWrite && plan.isShared()) return writeShared(plan, source, observed);
  // A page that is there and does not do is one to be copied before it is written.
  if (plan.entry !== 0) return copyOnWrite(plan, observed);
  if (source !== null) return isWrite ? writePrivate(plan, source, observed) : readSource(plan, source, observed);
  return isWrite || prefersOwnPage(plan) ? fillZeros(plan, isWrite, observed) : readZeros(plan, observed);
}

/**
 * Whether memory that is read first gets a page of its own: it is likely to be written next, and to take the page of zeros away
 * again would interrupt all other CPUs. In user mode each fault is dear.
 */
function prefersOwnPage(plan: FaultPlan): boolean {
  return (cpuCount() > 1 || isUserMode()) && (plan.protection & Protection.Write) !== 0 && memoryIsPlenty();
}

/** Anonymous memory gets zeros of its own, 2 MiB of them where they fit, memory is plenty, and it is written. */
function fillZeros(plan: FaultPlan, isWrite: boolean, observed: u64): Outcome {
  if (isWrite && plan.mayBeHuge() && memoryIsPlenty() && plan.isAlone()) {
    const outcome = fillHuge(plan);
    if (outcome !== Outcome.NoMemory) return outcome;
  }
  if (plan.runPages > 1 && memoryIsPlenty()) return fillRun(plan, observed);
  const frame = allocateZeroedFrame();
  if (u64(frame) === 0) return Outcome.NoMemory;
  return plan.install(frame, true, observed);
}

/** Several pages at once. */
function fillRun(plan: FaultPlan, observed: u64): Outcome {
  using group = new PageGroup();
  const own = (plan.page - plan.runStart) / PAGE_SIZE;
  for (let i: u64 = 0; i < plan.runPages; i++) group.frames[i] = u64(allocateZeroedFrame());
  return group.frames[own] === 0 ? Outcome.NoMemory : plan.installRun(group, observed);
}

/** NoMemory when there is no block of 2 MiB. */
function fillHuge(plan: FaultPlan): Outcome {
  const block = allocateFrames(HUGE_ORDER);
  if (u64(block) === 0) return Outcome.NoMemory;
  let outcome: Outcome = Outcome.NoMemory;
  const spare = allocateFrame();
  if (u64(spare) !== 0) {
    zeroFrames(block, HUGE_ORDER);
    outcome = plan.installHuge(block, spare);
    if (outcome === Outcome.Done) return outcome;
    freeFrame(spare);
  }
  freeFrames(block, HUGE_ORDER);
  return outcome;
}

/** Anonymous memory is read first: the page of zeros that all share. */
function readZeros(plan: FaultPlan, observed: u64): Outcome {
  const frame = zeroPageFrame();
  if (u64(frame) === 0) return Outcome.NoMemory;
  return plan.install(frame, false, observed);
}

/** A mapped page is written first: it is the page of zeros, or a file's, and the area gets a copy of its own. */
function copyOnWrite(plan: FaultPlan, observed: u64): Outcome {
  const original = frameOf(plan.entry);
  const isZero = isZeroPage(original);
  const copy = isZero ? allocateZeroedFrame() : allocateFrame();
  if (u64(copy) === 0) return Outcome.NoMemory;
  if (!isZero) copyFrame(copy, original);
  return plan.install(copy, true, observed);
}

/** A private page of a file is written first: a copy of it. */
function writePrivate(plan: FaultPlan, source: PageSource, observed: u64): Outcome {
  if (plan.runPages > 1 && memoryIsPlenty()) return copyRun(plan, source, observed);
  const original = source.pageAt(plan.pageIndex(), PagePurpose.Read);
  if (u64(original) === 0) return plan.whyNoPage();
  const copy = allocateFrame();
  if (u64(copy) !== 0) copyFrame(copy, original);
  releaseFrame(original);
  if (u64(copy) === 0) return Outcome.NoMemory;
  return plan.install(copy, true, observed);
}

/**
 * The same for several pages, as far as they are still those of the machine's image: a page of a file that the program made or
 * changed is copied when it is written itself, so that what is written to the file before that is seen, as on Linux.
 */
function copyRun(plan: FaultPlan, source: PageSource, observed: u64): Outcome {
  using group = new PageGroup();
  const own = (plan.page - plan.runStart) / PAGE_SIZE;
  for (let i: u64 = 0; i < plan.runPages; i++) {
    const original = source.pageAt(plan.pageIndex() + i - own, i === own ? PagePurpose.Read : PagePurpose.IfPresent);
    if (u64(original) === 0) continue;
    if (i === own || !isCounted(original)) {
      const copy = allocateFrame();
      if (u64(copy) !== 0) copyFrame(copy, original);
      group.frames[i] = u64(copy);
    }
    releaseFrame(original);
  }
  return group.frames[own] === 0 ? plan.whyNoPage() : plan.installRun(group, observed);
}

/** A shared page of a file is written: the file's own page, made ready for that. */
function writeShared(plan: FaultPlan, source: PageSource, observed: u64): Outcome {
  const frame = source.pageAt(plan.pageIndex(), PagePurpose.Write);
  if (u64(frame) === 0) return plan.whyNoPage();
  return plan.install(frame, true, observed);
}

/** A page of a file is read: it is mapped where it lies, with those of its group that are at hand. */
function readSource(plan: FaultPlan, source: PageSource, observed: u64): Outcome {
  using group = new PageGroup();
  const index = plan.pageIndex();
  const own = plan.indexInGroup();
  const frame = source.pageAt(index, PagePurpose.Read);
  if (u64(frame) === 0) return plan.whyNoPage();
  group.frames[own] = u64(frame);
  for (let i: usize = 0; i < GROUP_PAGES && plan.mayMapAround(); i++) {
    const page = plan.page + i * PAGE_SIZE - own * PAGE_SIZE;
    if (i === own || page < plan.areaStart || page >= plan.areaEnd) continue;
    group.frames[i] = u64(source.pageAt(index + i - own, PagePurpose.IfPresent));
  }
  return plan.installGroup(group, observed);
}
