// The machine's part of rewritten system calls: the ways into the kernel are assembly (system_call_sites.inc), what happens to
// sites is decided in mm/system_call_sites.ts. This module joins the two.
//
// Invariant: no thread rests in a stub. Whatever interrupts one (an interrupt, an exception) first moves the thread to where it
// would be without the stub, so signals, debuggers and the scheduler never see an address in a stub, and a stub that nothing leads to
// any more is unused as soon as every CPU has been interrupted once.

import { addressOf } from "unsafe";
import { type TrapFrame } from "./trap_frame.ts";

/** @extern system_call_sites */
declare function siteTableStart(): void;
/** @extern system_call_direct */
declare function directEntryPointer(): void;

/** Sets of the table, and the hash that finds a set: the same numbers as in system_call_sites.inc. */
export const SITE_SETS_SHIFT = 8;
export const SITE_HASH = 0x9e37_79b1;
/** Places in a set. */
export const SITE_WAYS = 4;
/** Bytes of a place: the return address, the calls. */
export const SITE_SIZE = 16;
/** The call of a site with this number asks the handler. */
export const SITE_REWRITE_AT = 16;

/** Where a thread that is in a stub would be without it. */
export type StubExit = {
  /** The address; 0 when the address that was asked for is in no stub. */
  readonly resume: u64;
  /** Whether nothing of the stub has run yet. */
  readonly isAtStart: boolean;
};

class StubRange {
  /** All stubs lie in [start, start + length). */
  start: u64 = 0;
  length: u64 = 0;
}

const stubs = new StubRange();
let siteHandler: Static<(frame: TrapFrame) => void> | null = null;
let stubExit: Static<(address: u64) => StubExit> | null = null;

/** Address of the table of sites. */
export function siteTable(): u64 {
  return addressOf(siteTableStart);
}

/** Address of the word that stubs jump through; it fits into 32 bits when those are extended with their sign. */
export function directEntry(): u64 {
  return addressOf(directEntryPointer);
}

/**
 * Has `handler` called, before the call itself is made, when a site is not in the table or its call number SITE_REWRITE_AT is made.
 * The frame is complete; interrupts enabled; it may not change the frame.
 */
export function setSystemCallSiteHandler(handler: Static<(frame: TrapFrame) => void>): void {
  siteHandler = handler;
}

/** Says where stubs are, at least: the range only grows, downwards or upwards. `exit` is asked in interrupts and takes no locks. */
export function setStubRange(start: u64, length: u64, exit: Static<(address: u64) => StubExit>): void {
  stubExit = exit;
  // An interrupt may come between the two: in this order the stubs that were there stay inside.
  stubs.length = length;
  stubs.start = start;
}

/**
 * Moves a frame that has just been interrupted in a stub to where it would be without it.
 * @param isStep by the exception that follows each instruction (RFLAGS.TF)
 * @returns false: this step is one of the stub's alone, and the frame goes on as it is
 * @inline
 */
export function leaveStub(frame: TrapFrame, isStep: boolean): boolean {
  return frame.rip - stubs.start >= stubs.length || leaveStubSlowly(frame, isStep);
}

function leaveStubSlowly(frame: TrapFrame, isStep: boolean): boolean {
  const exit = stubExit;
  if (exit === null) return true;
  const found = exit(frame.rip);
  if (found.resume === 0) return true;
  // The jump into the stub is no instruction of the program: it is told of the step that follows.
  if (isStep && found.isAtStart) return false;
  frame.rip = found.resume;
  return true;
}

/**
 * Where entry.S brings a call by instruction from a site that needs a look.
 * @export arch_system_call_site
 */
export function handleSystemCallSite(frame: TrapFrame): void {
  const handler = siteHandler;
  if (handler !== null) handler(frame);
}
