// Every seed, and a few seconds of what the fuzzer makes of them. `npm run fuzz -- NAME SECONDS` goes on for longer.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { buildFuzzer, fuzzers, runFuzzer } from "./fuzzer.ts";
import { REPOSITORY } from "./repository.ts";

const SECONDS = 5;

describe("readers of untrusted bytes", () => {
  for (const name of fuzzers()) {
    test(name, () => {
      const seeds = readdirSync(join(REPOSITORY, "tests/fuzz/seeds", name)).length;
      const { status, report, runs } = runFuzzer(name, buildFuzzer(name), SECONDS);
      assert.equal(status, 0, report.slice(-8000));
      assert.ok(runs > seeds, `only ${runs} inputs were run, with ${seeds} seeds`);
    });
  }
});
