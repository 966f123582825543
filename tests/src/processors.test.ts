// The guest programs on two and on four processors: those with threads in each form, the others once.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { guest } from "./guest.ts";
import { forms, GUEST_CASES } from "./guest-table.ts";
import { assertSame } from "./same.ts";
import { runOnUnary } from "./unary.ts";

for (const { source, args = [], threads = false, ...run } of GUEST_CASES) {
  describe(source, () => {
    for (const cpus of [2, 4]) {
      for (const form of threads ? forms(source) : (["glibc"] as const)) {
        test(`${form}, ${cpus} processors`, () => assertSame(guest(source, form), args, { ...run, machine: { cpus } }));
      }
    }
  });
}

test("the program sees as many processors as the machine has", async () => {
  for (const cpus of [1, 2, 4]) {
    const outcome = await runOnUnary(guest("system.c"), [], { machine: { cpus }, variables: { TEST_CPUS: String(cpus) } });
    assert.equal(outcome.status, 0, `with ${cpus} processors: ${outcome.stdout}${outcome.stderr}`);
  }
});
