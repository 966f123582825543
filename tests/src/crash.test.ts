// What is said when something crashes: the kernel on purpose, and an application that dereferences null.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { guest } from "./guest.ts";
import { REPOSITORY } from "./repository.ts";
import { runOnUnary } from "./unary.ts";

/** A source position of the kernel, as reports print it. */
const POSITION = /(kernel\/[\w/-]+\.(?:ts|S)):(\d+)/g;

/** Every position in a report is a line that exists. Gives how many there are. */
function countPositions(report: string): number {
  const positions = [...report.matchAll(POSITION)];
  for (const [position, file = "", line] of positions) {
    const lines = readFileSync(join(REPOSITORY, file), "utf8").split("\n");
    assert(Number(line) >= 1 && Number(line) <= lines.length, `${position} does not exist`);
  }
  return positions.length;
}

for (const cpus of [1, 2]) {
  test(`a panic on purpose names functions and source lines, ${cpus} processors`, async () => {
    const outcome = await runOnUnary("/bin/true", [], { machine: { cpus, options: ["--panic"] } });
    const report = outcome.stderr.toString();
    assert.equal(outcome.status, 125);
    assert.match(report, /panic/);
    assert(countPositions(report) >= 3, report);
    // A stack has names beside the positions, from the panic outwards to the start of the thread.
    assert.match(report, /0x[0-9a-f]{16} \w+ kernel\/boot\/main\.ts:\d+/);
    assert.match(report, /0x[0-9a-f]{16} \w+ kernel\/sched\/\w+\.ts:\d+/);
  });
}

describe("an application that dereferences null", () => {
  for (const form of ["glibc", "glibc-static", "musl"] as const) {
    test(form, async () => {
      const outcome = await runOnUnary(guest("status.c", form), ["null"]);
      const report = outcome.stderr.toString();
      assert.equal(outcome.status, 139);
      assert.match(report, /SIGSEGV/);
      assert.match(report, /\brip\b.*[0-9a-f]{6}/i, "the registers are there");
      for (const register of ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r15"])
        assert.match(report, new RegExp(`\\b${register}\\b`, "i"));
      assert.match(report, /\b0x0+\b|address 0\b|null/i, "the address that was touched is there");
      assert.match(report, /status/, "the program or library that the instruction lies in is named");
      assert.equal(outcome.stdout.toString(), "ending by null\n");
    });
  }

  test("in a thread, on four processors", async () => {
    const outcome = await runOnUnary(guest("status.c"), ["null-in-thread"], { machine: { cpus: 4 } });
    assert.equal(outcome.status, 139);
    assert.match(outcome.stderr.toString(), /SIGSEGV/);
  });
});

test("an instruction that there is none of is shown byte by byte, and where it is in the file", async () => {
  const outcome = await runOnUnary(guest("status.c"), ["illegal"]);
  const report = outcome.stderr.toString();
  assert.equal(outcome.status, 132);
  assert.match(report, /SIGILL/);
  assert.match(report, /instruction 0x[0-9a-f]{16} .*status/);
  assert.match(report, /its bytes {3}0x0f0b[0-9a-f]{12} and 0x[0-9a-f]{16}/, "ud2");
});
