// Arithmetic with powers of two. An alignment is a power of two; a sum past 2^64 wraps, and the caller rules it out.

/** The largest multiple of `alignment` that is not above `value`. @inline */
export function alignDown(value: u64, alignment: u64): u64 {
  return value & ~(alignment - 1);
}

/** The smallest multiple of `alignment` that is not below `value`. @inline */
export function alignUp(value: u64, alignment: u64): u64 {
  return (value + alignment - 1) & ~(alignment - 1);
}

/** Whether `value` is a multiple of `alignment`. @inline */
export function isAligned(value: u64, alignment: u64): boolean {
  return (value & (alignment - 1)) === 0;
}

/** Whether exactly one bit is set. @inline */
export function isPowerOfTwo(value: u64): boolean {
  return value !== 0 && (value & (value - 1)) === 0;
}

/** The logarithm to base 2, rounded down. The value is not 0. @inline */
export function logarithm2(value: u64): u32 {
  return 63 - countLeadingZeros(value);
}

/** The smallest n with 2^n not below `value`; 0 for 0 and 1. @inline */
export function logarithm2RoundedUp(value: u64): u32 {
  return value <= 1 ? 0 : 64 - countLeadingZeros(value - 1);
}

/** The smallest power of two that is not below `value`; 0 when that is 2^64. @inline */
export function roundUpToPowerOfTwo(value: u64): u64 {
  return u64(1) << logarithm2RoundedUp(value);
}

/** How many pieces of `size` it takes to hold `value`. @inline */
export function divideRoundUp(value: u64, size: u64): u64 {
  return value === 0 ? 0 : (value - 1) / size + 1;
}

/** The bits from `low` to `high`, both included, moved down to bit 0. @inline */
export function bitField(value: u64, high: u32, low: u32): u64 {
  return (value >> low) & ((u64(2) << (high - low)) - 1);
}
