// Every program of tests/run does what its `.out` file says: the same under gcc without and with optimisation, under clang, and
// under the address and undefined-behaviour sanitizers. `BARETS_UPDATE=1` writes the `.out` files anew, to be reviewed.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { type Batch, builds, compileBatch, linkBatch, programsOf, projectFolder, runProgram, testsFolder } from "./batch.ts";

const folder = join(testsFolder, "run");
const work = join(projectFolder, "build/conformance");
const update = process.env["BARETS_UPDATE"] === "1";

const words = (process.env["BARETS_PROGRAMS"] ?? "").split(" ").filter((word) => word !== "");
const names = programsOf(folder).filter((name) => words.length === 0 || words.some((word) => name.includes(word)));

describe("conformance", () => {
  let batch: Batch;
  before(async () => {
    batch = compileBatch(folder, names, work);
    for (const [build, options] of builds) await linkBatch(batch, programPath(build), options);
  });

  for (const name of names) {
    test(name, async () => {
      assert.equal(batch.refused.get(name) ?? "", "");
      const index = batch.names.indexOf(name);
      const file = join(folder, `${name}.out`);
      let expected = existsSync(file) ? readFileSync(file, "utf8") : undefined;
      for (const build of builds.keys()) {
        const outcome = await runProgram(programPath(build), index);
        if (update && expected !== outcome) {
          writeFileSync(file, outcome);
          expected = outcome;
        }
        assert.equal(outcome, expected, build);
      }
    });
  }
});

function programPath(build: string): string {
  return join(work, build.replaceAll(" ", "_"));
}
