// Random programs full of effects print what TypeScript's own JavaScript prints, in every build. `BARETS_SEED` tries others.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ts } from "../front/typescript.ts";
import { Random } from "./arithmetic.ts";
import { builds, compileBatch, linkBatch, projectFolder, runProgram } from "./batch.ts";
import { effectsProgram } from "./effects.ts";

const seed = Number(process.env["BARETS_SEED"] ?? "1");

/** Runs a program as JavaScript. */
function runInJavaScript(text: string): string {
  const body = text.replace(/^import .*$/m, "").replace("export function main", "function main");
  const script = ts.transpile(`${body}\nmain();`, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.None });
  let output = "";
  const print = (line: string): void => {
    output += `${line}\n`;
  };
  new Function("print", "u32", script)(print, (value: number) => value >>> 0);
  return output;
}

test(`random effects, seed ${seed}`, async () => {
  const work = join(projectFolder, "build/effects");
  const folder = join(work, "programs");
  mkdirSync(folder, { recursive: true });
  const text = effectsProgram(new Random(seed), 25);
  writeFileSync(join(folder, "effects.ts"), text);
  const expected = runInJavaScript(text);
  const batch = compileBatch(folder, ["effects"], work);
  assert.equal(batch.refused.get("effects") ?? "", "");
  for (const [name, options] of builds) {
    const program = join(work, name.replaceAll(" ", "_"));
    await linkBatch(batch, program, options);
    assert.equal(await runProgram(program, 0), expected, name);
  }
});
