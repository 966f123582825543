// gdb on the kernel, over QEMU's stub: a breakpoint on a line of TypeScript, the stack there, a local variable, a step.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { guest } from "./guest.ts";
import { runProcess } from "./outcome.ts";
import { COMMAND, REPOSITORY } from "./repository.ts";
import { ACCELERATOR } from "./unary.ts";

/** Where the kernel tells how the application ended. */
const FILE = "kernel/linux/exit.ts";
const MARK = "writePortBytes(CONTROL_PORT";

function lineOf(text: string): number {
  const index = readFileSync(join(REPOSITORY, FILE), "utf8")
    .split("\n")
    .findIndex((line) => line.includes(text));
  assert(index >= 0, `${FILE} has no line with ${text}`);
  return index + 1;
}

test("a breakpoint on a line of TypeScript, with stack and variables", async () => {
  const line = lineOf(MARK);
  const commands = [
    `break ${FILE}:${line}`,
    "continue",
    "backtrace",
    "info locals",
    "print length",
    "up",
    "info args",
    "list",
    "step",
  ];
  const outcome = await runProcess(process.execPath, [
    ...[COMMAND, "debug", "--accel", ACCELERATOR],
    ...["-batch", ...commands.flatMap((command) => ["-ex", command])].map((word) => `--gdb-arg=${word}`),
    ...[guest("status.c", "musl-static"), "return"],
  ]);
  const said = outcome.stdout.toString();
  const all = `${said}\n${outcome.stderr}`;
  assert.match(said, new RegExp(`Breakpoint \\d+.*exit\\.ts:${line}`, "s"), all);
  // The stack: from here out to the system call's entry.
  assert.match(said, /#0 .*endMachine.*exit\.ts/s, all);
  assert.match(said, /#1 .*endWithStatus.*exit\.ts/s, all);
  assert.match(said, /#\d+ .*sysExit\w*.*\.ts:\d+/s, all);
  // "exit 3" has six characters.
  assert.match(said, /\$1 = 6\b/, all);
  // The source is shown.
  assert(said.includes(MARK), all);
});
