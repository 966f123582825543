// `streams FIRST COUNT LARGEST`: as tests/tcp_streams.ts, with as many seeds as are asked for. `npm run streams` builds and runs it.

import { exit, print } from "prelude/host.ts";
import { pointer } from "unsafe";
import { runSeed } from "./tcp_run.ts";

/** A decimal number of the command line. */
function numberAt(values: u64, index: u64): u64 {
  // Safe: the C library gives `count` pointers to texts that end with a zero byte, and the caller stays below that count.
  const text = pointer<u8>(pointer<u64>(values)[index]);
  let value: u64 = 0;
  for (let i: u64 = 0; text[i] >= 48 && text[i] <= 57; i++) value = value * 10 + u64(text[i] - 48);
  return value;
}

/** @export main */
export function main(count: i32, values: u64): i32 {
  if (count !== 4) exit(2);
  const first = numberAt(values, 1);
  const seeds = numberAt(values, 2);
  const largest = numberAt(values, 3);
  if (largest === 0) exit(2);
  let time: u64 = 0;
  for (let seed = first; seed < first + seeds; seed++) time += runSeed(seed, largest) / 1_000_000;
  print(`seeds ${first} to ${first + seeds - 1}: every byte arrived; ${time / 1000} simulated seconds`);
  return 0;
}
