// Hostile system calls, ten minutes over the two modes of a whole test run: the kernel neither panics nor hangs. `npm run
// fuzz-calls` goes on for longer, with other seeds.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fuzzCalls } from "./call-fuzzer.ts";

const SECONDS = 100;
/** Far fewer than a busy host manages; a fuzzer that is refused everything tries nothing. */
const FEWEST_CALLS = 10_000;
const FEWEST_KINDS = 120;
/** Seconds: less tries too little. */
const SHORTEST = 20;
/** How often the fuzzer may end itself, which says nothing of the kernel, and what is added to the seed then. */
const MOST_ENDS = 2;
const ANOTHER = 100;

describe("hostile system calls", () => {
  for (const cpus of [1, 2, 4]) {
    test(`${cpus} processors`, async (context) => {
      const end = performance.now() + SECONDS * 1000;
      for (let seed = cpus, ends = 0; ; seed += ANOTHER) {
        const left = Math.max(SHORTEST, Math.round((end - performance.now()) / 1000));
        const { passed, endedItself, calls, kinds, report } = await fuzzCalls({ seconds: left, cpus, seed });
        if (endedItself && ++ends <= MOST_ENDS) {
          context.diagnostic(`the fuzzer ended itself, and goes on with another seed: ${report}`);
          continue;
        }
        assert.ok(passed, report);
        assert.ok(calls >= FEWEST_CALLS && kinds >= FEWEST_KINDS, report);
        return;
      }
    });
  }
});
