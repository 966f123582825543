// Every program of tests/refused is refused with exactly the errors of its `.txt` file, each of which says what to write instead.
// `BARETS_UPDATE=1` writes the `.txt` files anew, to be reviewed.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { formatDiagnostic } from "../diagnostics.ts";
import { compile } from "../lower/compile.ts";
import { programsOf, testsFolder } from "./batch.ts";

const folder = join(testsFolder, "refused");
const update = process.env["BARETS_UPDATE"] === "1";

describe("refused", () => {
  for (const name of programsOf(folder)) {
    test(name, () => {
      const { diagnostics } = compile(folder, [join(folder, `${name}.ts`)]);
      const found = diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`).join("");
      const file = join(folder, `${name}.txt`);
      assert.notEqual(found, "", "the program was accepted");
      if (update) writeFileSync(file, found);
      assert.equal(found, existsSync(file) ? readFileSync(file, "utf8") : "");
    });
  }
});
