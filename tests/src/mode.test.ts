// The kernel runs in the privilege mode that this round of the tests is about: otherwise the others would show nothing of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MODE } from "./mode.ts";
import { runProcess } from "./outcome.ts";
import { COMMAND } from "./repository.ts";
import { runOnUnary } from "./unary.ts";

async function expectedMode(): Promise<string> {
  if (MODE === "tcg") return "supervisor";
  if (MODE === "tcg-user") return "user";
  const told = await runProcess(process.execPath, [COMMAND, "run", "--accel", "kvm", "--verbose", "--dry-run", "/bin/true"]);
  const mode = /KVM, (user|supervisor) mode/.exec(told.stderr.toString())?.[1];
  return mode ?? assert.fail(`unary run does not say in which mode KVM is: ${told.stderr}`);
}

for (const cpus of [1, 2, 4]) {
  test(`the kernel's log names the mode, ${cpus} processors`, async () => {
    const { stderr, status } = await runOnUnary("/bin/true", [], { machine: { cpus, options: ["--verbose"] } });
    assert.equal(status, 0);
    const mode = /^unary: (user|supervisor) mode: kernel and application run in ring ([03])$/m.exec(stderr.toString());
    assert.equal(mode?.[1], await expectedMode(), stderr.toString());
    assert.equal(mode?.[2], mode?.[1] === "user" ? "3" : "0");
  });
}
