// Completion, tried by bash itself.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { unary } from "../test-support.ts";

const functions = unary(["completion", "bash"]).stdout;

/** What bash offers for the last of these words. */
function completed(...words: string[]): string[] {
  const script = `${functions}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _unary
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8" });
  return [...new Set(text.split("\n"))].filter((word) => word !== "").sort();
}

test("commands, options and their choices are completed", () => {
  assert.deepEqual(completed("unary", "d"), ["debug", "doctor"]);
  assert.deepEqual(completed("unary", "run", "--ma"), ["--machine"]);
  assert.deepEqual(completed("unary", "run", "--machine", ""), ["microvm", "q35"]);
  assert.deepEqual(completed("unary", "completion", ""), ["bash", "fish", "zsh"]);
  assert.deepEqual(completed("unary", "doctor", ""), []);
});

test("APP is a path, or a program in PATH", () => {
  assert.deepEqual(completed("unary", "run", "/bin/ech"), ["/bin/echo"]);
  assert.ok(completed("unary", "run", "ech").includes("echo"));
});
