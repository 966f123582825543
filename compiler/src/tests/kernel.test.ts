// The parts of the kernel that know nothing of the hardware, as Linux programs under the address and undefined-behaviour
// sanitizers: every kernel/*/tests/NAME.ts prints what it checked, and panics at the first surprise.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { formatDiagnostic } from "../diagnostics.ts";
import { buildProgram } from "../drive/build.ts";
import { projectFolder } from "./batch.ts";

const work = join(projectFolder, "build/kernel-tests");
/** Milliseconds that one program may run. */
const TIMEOUT = 120_000;

/** The programs, relative to the project. */
function programs(): string[] {
  const layers = readdirSync(join(projectFolder, "kernel"));
  return layers.flatMap((layer) => {
    const folder = `kernel/${layer}/tests`;
    if (!existsSync(join(projectFolder, folder))) return [];
    return readdirSync(join(projectFolder, folder))
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .map((name) => `${folder}/${name}`);
  });
}

describe("the kernel's pure parts", () => {
  mkdirSync(work, { recursive: true });
  for (const program of programs()) {
    test(program, async () => {
      const output = join(work, program.replaceAll("/", "_").replace(/\.ts$/, ""));
      const options = { target: "linux", compiler: "gcc", optimize: "1", sanitize: true, fuzz: false } as const;
      const diagnostics = await buildProgram(projectFolder, [join(projectFolder, program)], output, options);
      assert.equal(diagnostics.map(formatDiagnostic).join("\n"), "");
      const run = spawnSync(output, { encoding: "utf8", timeout: TIMEOUT });
      assert.equal(run.stderr, "");
      assert.equal(run.status, 0);
      assert.notEqual(run.stdout, "");
    });
  }
});
