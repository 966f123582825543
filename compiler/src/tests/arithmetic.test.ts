// Random arithmetic has the value that exact integers give it, in every build. `BARETS_SEED` tries other expressions.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { arithmeticProgram, Random } from "./arithmetic.ts";
import { builds, compileBatch, linkBatch, projectFolder, runProgram } from "./batch.ts";

const seed = Number(process.env["BARETS_SEED"] ?? "1");

test(`random arithmetic, seed ${seed}`, async () => {
  const work = join(projectFolder, "build/arithmetic");
  const folder = join(work, "programs");
  mkdirSync(folder, { recursive: true });
  const { text, output } = arithmeticProgram(new Random(seed), 200);
  writeFileSync(join(folder, "arithmetic.ts"), text);
  const batch = compileBatch(folder, ["arithmetic"], work);
  assert.equal(batch.refused.get("arithmetic") ?? "", "");
  for (const [name, options] of builds) {
    const program = join(work, name.replaceAll(" ", "_"));
    await linkBatch(batch, program, options);
    assert.equal(await runProgram(program, 0), output, name);
  }
});
