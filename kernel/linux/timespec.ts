// Times as the application gives and gets them: struct timespec and struct timeval, two 64-bit integers each.
//
// Inside the kernel a time is a number of nanoseconds, u64. A time too long for that (292 years) is cut to the longest.

import { loadUser64, storeUser64 } from "../arch/x86_64/user_copy.ts";
import { Errno } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";

export const NANOSECONDS: u64 = 1_000_000_000;
const NANOSECONDS_PER_MICROSECOND: u64 = 1000;
const MICROSECONDS: u64 = 1_000_000;
/** Nearly 2^63 nanoseconds: sums of two such times do not wrap. */
const LONGEST_SECONDS: u64 = 9_000_000_000;

/** Reads a struct timespec. INVAL for negative seconds and for nanoseconds beyond 999,999,999; FAULT for a bad address. */
export function readTimespec(address: u64): Result<u64> {
  return readPair(address, NANOSECONDS, 1);
}

/** Reads a struct timeval. Errors as readTimespec, for microseconds. */
export function readTimeval(address: u64): Result<u64> {
  return readPair(address, MICROSECONDS, NANOSECONDS_PER_MICROSECOND);
}

/** Writes a struct timespec. */
export function writeTimespec(address: u64, nanoseconds: u64): Errno {
  return writePair(address, nanoseconds / NANOSECONDS, nanoseconds % NANOSECONDS);
}

/** Writes a struct timeval. */
export function writeTimeval(address: u64, nanoseconds: u64): Errno {
  return writePair(address, nanoseconds / NANOSECONDS, (nanoseconds % NANOSECONDS) / NANOSECONDS_PER_MICROSECOND);
}

function readPair(address: u64, limit: u64, unit: u64): Result<u64> {
  const [seconds, secondsWorked] = loadUser64(address);
  if (!secondsWorked) return failure<u64>(Errno.FAULT);
  const [fraction, fractionWorked] = loadUser64(address + 8);
  if (!fractionWorked) return failure<u64>(Errno.FAULT);
  if (i64(seconds) < 0 || fraction >= limit) return failure<u64>(Errno.INVAL);
  if (seconds >= LONGEST_SECONDS) return success<u64>(LONGEST_SECONDS * NANOSECONDS);
  return success<u64>(seconds * NANOSECONDS + fraction * unit);
}

function writePair(address: u64, seconds: u64, fraction: u64): Errno {
  if (!storeUser64(address, seconds)) return Errno.FAULT;
  return storeUser64(address + 8, fraction) ? Errno.NONE : Errno.FAULT;
}
