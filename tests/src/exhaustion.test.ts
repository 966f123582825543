// Machines with little memory, all of which is taken, of each kind in which the application can take it: a refusal, or an end that says
// why; never a panic, and what is given back is there again (tests/guests/exhaustion.c).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { guest } from "./guest.ts";
import { MODE } from "./mode.ts";
import { runOnUnary } from "./unary.ts";

const KILLED = 137;
const PATIENCE = 240_000;
const OUT_OF_MEMORY = /^unary: the machine is out of memory: the application is killed/m;
/** What emulation would need minutes for is tried on the processor alone. */
const KINDS = ["pages", "huge", "files", "tables", "pipes", "sockets", "streams", ...(MODE === "kvm" ? ["names", "events"] : [])];

const exhaust = (kind: string, cpus: number) =>
  runOnUnary(guest("exhaustion.c"), [kind], { machine: { cpus, memory: "64m" }, patience: PATIENCE });

describe("all memory of a machine of 64 MiB", () => {
  for (const kind of KINDS) {
    test(`${kind}: refused, and back again`, async () => {
      const outcome = await exhaust(kind, 2);
      assert.equal(outcome.status, 0, `${outcome.stdout}${outcome.stderr}`);
      assert.match(outcome.stdout.toString(), /^\d+ checks passed, 0 failed$/m);
    });
  }

  test("threads: refused, or the end of the program, whose library touches each new stack", async () => {
    const outcome = await exhaust("threads", 2);
    const report = `${outcome.stdout}${outcome.stderr}`;
    assert.ok(outcome.status === 0 || (outcome.status === KILLED && OUT_OF_MEMORY.test(report)), report);
  });

  for (const cpus of [1, 2]) {
    test(`memory that is touched: an end that says why, ${cpus} processors`, async () => {
      const outcome = await exhaust("touch", cpus);
      assert.equal(outcome.status, KILLED, `${outcome.stdout}${outcome.stderr}`);
      assert.equal(outcome.stdout.toString(), "touching\n");
      assert.match(outcome.stderr.toString(), OUT_OF_MEMORY);
    });
  }
});
