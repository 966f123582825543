// The time of files: nanoseconds since 1970, signed.

import { wallClockNanoseconds } from "../arch/x86_64/clock.ts";

/** Now, as inodes keep it. */
export function now(): i64 {
  return i64(wallClockNanoseconds());
}
