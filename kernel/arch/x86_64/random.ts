// Random numbers from the processor (RDRAND, Intel SDM 1, 7.3.17).

import { features } from "./features.ts";

/** Tries before the processor counts as out of random numbers, as Intel's guide to the instruction advises. */
const TRIES = 10;

/**
 * 0 when there was no number just now; else 1, and the number is in `into`.
 * @asm xor %%eax, %%eax; rdrand %%rdx; setc %%al; mov %%rdx, (%[into])
 * @output "=a"
 * @input "r" into
 * @clobber rdx cc memory
 */
declare function readRandom(into: RandomNumber): u64;

class RandomNumber {
  value: u64 = 0;
}

/** 64 random bits, and whether the processor gave any. */
export function hardwareRandom(): [u64, boolean] {
  if (!features.randomNumbers) return [0, false];
  const number = new RandomNumber();
  for (let i: u32 = 0; i < TRIES; i++) {
    if (readRandom(number) !== 0) return [number.value, true];
  }
  return [0, false];
}
