// Hostile system calls, ten minutes over the two modes of a whole test run: the kernel neither panics nor hangs. `npm run
// fuzz-calls` goes on for longer, with other seeds.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fuzzCalls } from "./call-fuzzer.ts";

const SECONDS = 100;
/** Far fewer than a busy host manages; a fuzzer that is refused everything tries nothing. */
const FEWEST_CALLS = 10_000;
const FEWEST_KINDS = 120;

describe("hostile system calls", () => {
  for (const cpus of [1, 2, 4]) {
    test(`${cpus} processors`, async () => {
      const { passed, calls, kinds, report } = await fuzzCalls({ seconds: SECONDS, cpus, seed: cpus });
      assert.ok(passed, report);
      assert.ok(calls >= FEWEST_CALLS && kinds >= FEWEST_KINDS, report);
    });
  }
});
