// Streams both ways between two stacks, over links that lose, repeat, reorder, spoil and delay, with tiny windows and segments, opened
// from both sides at once, across the wrap of sequence numbers: every byte arrives, in order, whatever the seed.

import { print } from "prelude/host.ts";
import { runSeed } from "../simulation/tcp_run.ts";

const SEEDS = 150;
const LARGEST = 60_000;
/** Seeds beyond those that have found something. */
const found: FixedArray<u64, 1> = [22787];

/** @export main */
export function main(): i32 {
  let time: u64 = 0;
  for (let seed: u64 = 1; seed <= SEEDS; seed++) time += runSeed(seed, LARGEST) / 1_000_000;
  for (const seed of found) time += runSeed(seed, LARGEST) / 1_000_000;
  print(`${SEEDS} seeds, ${time / 1000} simulated seconds`);
  return 0;
}
