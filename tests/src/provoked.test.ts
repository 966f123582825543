// The checked kernel goes wrong on purpose (kernel/fs/proc_provocations.ts), and finds it: what it says, and whose stacks it prints.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { buildCheckedKernel } from "./checked-kernel.ts";
import { guest } from "./guest.ts";
import { CHECKED_KERNEL } from "./repository.ts";
import { runOnUnary } from "./unary.ts";

/** Milliseconds: the kernel's patience is three seconds of its own time, twice that for CPUs, and the host may be busy. */
const PATIENCE = 240_000;

describe("what goes wrong in the kernel is found", () => {
  before(buildCheckedKernel);

  const found = (words: readonly string[], cpus: number, ...expected: readonly RegExp[]): void => {
    test(`${words.join(", ")}: ${cpus} processors`, async () => {
      const machine = { cpus, options: ["--kernel", CHECKED_KERNEL] };
      const outcome = await runOnUnary(guest("provoke.c"), words, { machine, patience: PATIENCE });
      const report = outcome.stderr.toString("latin1");
      assert.equal(outcome.status, 125, report);
      for (const pattern of expected) assert.match(report, pattern);
    });
  };

  found(
    ["object twice"],
    1,
    /kernel panic: heap: the object of 1024 bytes at 0x[0-9a-f]+ is freed twice/,
    /provoke kernel\/fs\//,
  );
  found(["object after its end"], 1, /kernel panic: heap: .*free object.* was written to/);
  found(["object too long"], 1, /kernel panic: heap: .*free object.* was written to/);
  found(["frame twice"], 1, /kernel panic: frame 0x[0-9a-f]+ is freed twice/, /provoke kernel\/fs\//);

  const where = /provoke kernel\/(fs|sched|arch)\//;
  found(["spin lock"], 1, /kernel panic: the lock at 0x[0-9a-f]+ is not given back/, where, /thread 1 provoke (waits|is ready)/);
  found(["spin lock"], 2, /kernel panic: the lock at 0x[0-9a-f]+ is not given back/, where, /CPU \d was at/);
  found(["loop"], 2, /kernel panic: CPU \d has not taken an interrupt/, where, /CPU \d was at .* thread 2 provoke/);
  found(["loop with interrupts"], 1, /kernel panic: thread 2 does not come out of the kernel/, /TextFile.write kernel\/fs\//);
  found(["first mutex", "second mutex"], 1, /kernel panic: a deadlock: the mutex/, where, /thread [23] provoke (waits|is ready)/);
  found(["first mutex", "second mutex"], 2, /kernel panic: a deadlock: the mutex/, where, /thread [23] provoke (waits|is ready)/);
  found(["kept mutex", "kept mutex"], 2, /kernel panic: the mutex at 0x[0-9a-f]+ is not given back by thread [23]/, where);
});
