// The word of a lock that the kernel takes part in: who owns it, and whether somebody waits.
// include/uapi/linux/futex.h of Linux 6.1.
//
//   bit 31 waiters · bit 30 owner died · bits 29 to 0 number of the owning thread, 0 for none

import { compareExchangeUser32, loadUser32 } from "../arch/x86_64/user_copy.ts";

export const WAITERS = 0x8000_0000;
export const OWNER_DIED = 0x4000_0000;
export const OWNER_MASK = 0x3fff_ffff;

/** Whether a word can be read; brings it in. Interrupts enabled. */
export function touchWord(address: u64): boolean {
  const [, worked] = loadUser32(address);
  return worked;
}

/** Whether a word can be written; brings it in by a write that does not change it. Interrupts enabled. */
export function touchWordForWrite(address: u64): boolean {
  const [value, worked] = loadUser32(address);
  if (!worked) return false;
  const [, written] = compareExchangeUser32(address, u32(value), u32(value));
  return written;
}
