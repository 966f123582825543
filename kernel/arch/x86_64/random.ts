// The processor's random numbers: RDRAND (Intel SDM volume 1, section 7.3.17). Allowed at every privilege level.

import { features } from "./features.ts";

/**
 * Ten tries, as Intel advises; 0 when all failed, which a working generator gives once in 2^64 times.
 * @asm mov $10, %%ecx; 1: rdrand %%rax; jc 2f; dec %%ecx; jnz 1b; xor %%eax, %%eax; 2:
 * @output "=a"
 * @clobber rcx cc
 */
declare function readRandom(): u64;

/** 64 random bits, and whether there are any. */
export function hardwareRandom(): [u64, boolean] {
  if (!features.randomNumbers) return [0, false];
  const value = readRandom();
  return [value, value !== 0];
}
