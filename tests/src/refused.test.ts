// What one process cannot have: the error numbers, and a line in the log for each call, once. Not compared with the host, where root may.

import assert from "node:assert/strict";
import { test } from "node:test";
import { guest } from "./guest.ts";
import { runOnUnary } from "./unary.ts";

const SAID = [
  /clone is refused \(EAGAIN\)/,
  /execve is refused \(EPERM\)/,
  /mount is not permitted \(EPERM\)/,
  /system call 400 does not exist/,
];

test("calls that are refused say so", async () => {
  const { stdout, stderr, status } = await runOnUnary(guest("refused.c"), []);
  assert.equal(status, 0, stdout.toString());
  const lines = stderr.toString().split("\n");
  for (const said of SAID) assert.equal(lines.filter((line) => said.test(line)).length, 1, `${said}:\n${lines.join("\n")}`);
});
