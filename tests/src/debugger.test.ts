// gdb on the kernel, over QEMU's stub: a breakpoint on a line of TypeScript, the stack there, a local variable, a step.
// By emulation in every mode: KVM without VMX or SVM has no debug registers for its guests to be stopped by.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runProcess } from "./outcome.ts";
import { COMMAND, REPOSITORY } from "./repository.ts";

/** A place that every program's start passes: its loader reserves the address space that a library takes, and gives some back. */
const FILE = "kernel/mm/address_space.ts";
const FUNCTION = "unmapRange";
const MARK = "return removeRange(address, end, removed);";

function markedLine(): number {
  const index = readFileSync(join(REPOSITORY, FILE), "utf8")
    .split("\n")
    .findIndex((line) => line.includes(MARK));
  assert(index >= 0, `${FILE} has no line with ${MARK}`);
  return index + 1;
}

test("a breakpoint on a line of TypeScript, with stack, variables and a step", async () => {
  const line = markedLine();
  const commands = [`break ${FILE}:${line}`, "continue", "backtrace", "print end - address", "print length", "next"];
  const outcome = await runProcess(process.execPath, [
    ...[COMMAND, "debug", "--accel", "tcg"],
    ...["-batch", ...commands.flatMap((command) => ["-ex", command])].map((word) => `--gdb-arg=${word}`),
    "/bin/true",
  ]);
  const said = outcome.stdout.toString();
  const all = `${said}\n${outcome.stderr}`;
  assert.match(said, new RegExp(`Breakpoint 2 at 0x[0-9a-f]+: .*${FILE}`), all);
  assert.match(said, new RegExp(`Breakpoint 2(\\.\\d+)?, .*${FUNCTION} .* at ${FILE}:\\d+`), all);
  // The stack, outwards to the start of the thread in assembly.
  assert.match(said, new RegExp(`#0 .*${FUNCTION} .* at ${FILE}:\\d+`), all);
  assert.match(said, /#[1-9] .* at kernel\/linux\/\w+\.ts:\d+/, all);
  assert.match(said, /#\d+ .*thread_start \(\) at kernel\/arch\/x86_64\/switch\.S:\d+/, all);
  // A variable of the function, and an argument that it was made from: whole pages both.
  const [, span, length] = /\$1 = (\d+)\n\$2 = (\d+)\n/.exec(said) ?? [];
  assert(Number(span) > 0 && Number(span) % 4096 === 0 && Number(span) - Number(length) < 4096, all);
  // The step shows the line that comes next, as it stands in the file.
  assert(said.includes(`${line}\t  ${MARK}`), all);
});
