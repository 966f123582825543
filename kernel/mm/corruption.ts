// What a walk over the kernel's memory found wrong, and the pattern that lies in freed objects of the checked build. Pure.

import { pointer } from "unsafe";

/** The first thing that was wrong. */
export class Corruption {
  /** A sentence; empty: all is well. */
  what: string = "";
  /** The frame's number, or the object's address. */
  place: u64 = 0;

  /** Notes what is wrong, unless something was wrong before. @returns false, for `return corruption.note(…)` */
  note(what: string, place: u64): boolean {
    if (this.what.length === 0) {
      this.what = what;
      this.place = place;
    }
    return false;
  }
}

/** Never a pointer or a small number; differs for each place, so that no copy of freed memory passes for it. */
const PATTERN: u64 = 0xa5fe_edde_adbe_ef5a;

/** Marks a freed object as such, but for its first word, which is its owner's. @param size a multiple of 16 */
export function spoil(object: u64, size: u64): void {
  for (let at: u64 = 8; at < size; at += 8) pointer<u64>(object + at)[0] = PATTERN ^ (object + at);
}

/** Whether an object bears the whole mark of one that is free. */
export function isSpoiled(object: u64, size: u64): boolean {
  for (let at: u64 = 8; at < size; at += 8) {
    if (pointer<u64>(object + at)[0] !== (PATTERN ^ (object + at))) return false;
  }
  return true;
}
