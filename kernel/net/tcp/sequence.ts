// Sequence numbers: a circle of 2^32, on which "before" means "less than half the way round" (RFC 9293, 3.4).

/** @inline */
export function isBefore(a: u32, b: u32): boolean {
  return i32(a - b) < 0;
}

/** @inline */
export function isAfter(a: u32, b: u32): boolean {
  return i32(b - a) < 0;
}

/** @inline */
export function isBeforeOrAt(a: u32, b: u32): boolean {
  return i32(a - b) <= 0;
}

/** The later of two. @inline */
export function later(a: u32, b: u32): u32 {
  return isAfter(a, b) ? a : b;
}
