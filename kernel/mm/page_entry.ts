// Page-table entries of application pages: what the processor reads, and three bits of our own.
// Intel SDM volume 3A, 4.5 (4-level paging), tables 4-15 to 4-20.
//
//    63   62…52   51…12           11    10      9         8   7      6      5         4…3   2     1         0
//   ┌────┬───────┬───────────────┬─────┬───────┬─────────┬───┬──────┬──────┬─────────┬─────┬─────┬─────────┬────────┐
//   │ NX │   0   │ frame         │  0  │hidden │may write│ 0 │ huge │dirty │accessed │  0  │user │writable │present │
//   └────┴───────┴───────────────┴─────┴───────┴─────────┴───┴──────┴──────┴─────────┴─────┴─────┴─────────┴────────┘
//
// Invariants: an entry is 0 (nothing), a table (present, not huge, in upper levels), or a page; a page is present or hidden.
// Hidden: the page is there, but the area's protection is PROT_NONE now. May write: the frame is this mapping's own (or a
// shared file's), so it becomes writable when the area does; without it, a write copies first.
// Dirty and accessed are set from the start: nobody reads them, and the processor need not write them.

import { pointer } from "unsafe";
import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import { Protection } from "./area.ts";

export const PRESENT = 0x1;
export const WRITABLE = 0x2;
export const USER = 0x4;
export const ACCESSED = 0x20;
export const DIRTY = 0x40;
export const HUGE = 0x80;
export const MAY_WRITE = 0x200;
export const HIDDEN = 0x400;
export const NO_EXECUTE = 0x8000_0000_0000_0000;
export const FRAME_MASK = 0x000f_ffff_ffff_f000;
/** An entry that points to a lower table: the leaf decides what is allowed. */
export const TABLE_FLAGS = 0x67;

/**
 * The entry at an address of a table.
 * @inline
 */
export function loadEntry(address: u64): u64 {
  // Callers pass addresses of entries in live tables only, under the address space's lock.
  return pointer<u64>(address)[0];
}

/**
 * Writes an entry. The processor may read it at any time; an aligned store of 8 bytes is whole.
 * @inline
 */
export function storeEntry(address: u64, entry: u64): void {
  pointer<u64>(address)[0] = entry;
}

/**
 * The frame that an entry points to.
 * @inline
 */
export function frameOf(entry: u64): PhysicalAddress {
  return (entry & FRAME_MASK) as PhysicalAddress;
}

/**
 * An entry with the rights of a protection, for the same page.
 * @inline
 */
export function withProtection(entry: u64, protection: u32): u64 {
  const page = entry & ~(PRESENT | WRITABLE | HIDDEN | NO_EXECUTE);
  if (protection === Protection.None) return page | HIDDEN;
  let rights: u64 = PRESENT;
  if ((protection & Protection.Write) !== 0 && (entry & MAY_WRITE) !== 0) rights |= WRITABLE;
  if ((protection & Protection.Execute) === 0) rights |= NO_EXECUTE;
  return page | rights;
}

/**
 * A new entry for a frame.
 * @inline
 */
export function makeEntry(frame: PhysicalAddress, mayWrite: boolean, protection: u32): u64 {
  return withProtection(u64(frame) | USER | ACCESSED | DIRTY | (mayWrite ? MAY_WRITE : 0), protection);
}

/**
 * Whether translations of an entry must go when it is changed: they allow more than the new one. One that allows less only
 * causes a fault, which finds nothing to do; the processor drops the translation that caused it (Intel SDM 3A, 4.10.4.3).
 * @inline
 */
export function losesRights(entry: u64, changed: u64): boolean {
  return (entry & ~changed & (PRESENT | WRITABLE)) !== 0 || ((entry & PRESENT) !== 0 && (changed & ~entry & NO_EXECUTE) !== 0);
}
