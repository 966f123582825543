// A build makes only what is new, says what is wrong with a program in its own terms, and gives the same bytes in any folder.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { formatDiagnostic } from "../diagnostics.ts";
import { buildProgram } from "./build.ts";
import type { BuildOptions } from "./toolchain.ts";

const options: BuildOptions = { target: "linux", compiler: "gcc", optimize: "0", sanitize: false, fuzz: false };

const entry = `import { print } from "prelude/host.ts";
import { answer } from "./answer.ts";
/** @export main */
export function main(): i32 {
  print(\`\${answer(2)}\`);
  return 3;
}
`;
const answer = `export function answer(value: u32): u32 {
  return value * 21;
}
`;

describe("build", () => {
  const folders: string[] = [];
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  function project(): string {
    const folder = mkdtempSync(join(tmpdir(), "barets-"));
    folders.push(folder);
    writeFileSync(join(folder, "entry.ts"), entry);
    writeFileSync(join(folder, "answer.ts"), answer);
    return folder;
  }

  async function build(folder: string): Promise<readonly string[]> {
    const diagnostics = await buildProgram(folder, [join(folder, "entry.ts")], join(folder, "program"), options);
    return diagnostics.map(formatDiagnostic);
  }

  function objects(folder: string): string[] {
    return readdirSync(join(folder, "build/objects")).filter((name) => name.endsWith(".o"));
  }

  function outputOf(folder: string): string {
    try {
      execFileSync(join(folder, "program"));
      return "status 0";
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: Buffer };
      return `${stdout.toString()}status ${status}`;
    }
  }

  test("an edit of one module makes one object", async () => {
    const folder = project();
    assert.deepEqual(await build(folder), []);
    assert.equal(outputOf(folder), "42\nstatus 3");
    const before = new Set(objects(folder));
    assert.deepEqual(await build(folder), []);
    assert.equal(objects(folder).length, before.size);

    writeFileSync(join(folder, "answer.ts"), answer.replace("21", "50"));
    assert.deepEqual(await build(folder), []);
    assert.equal(outputOf(folder), "100\nstatus 3");
    const made = objects(folder).filter((name) => !before.has(name));
    assert.equal(made.length, 1);
    assert.match(made[0] ?? "", /^answer-/);
  });

  test("an error keeps the old program and names the line", async () => {
    const folder = project();
    await build(folder);
    writeFileSync(join(folder, "answer.ts"), answer.replace("value * 21", "value == 21"));
    const errors = await build(folder);
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? "", /^answer\.ts\(2,\d+\): error (BT|TS)\d+: /);
    assert.equal(outputOf(folder), "42\nstatus 3");
  });

  test("the same sources in another folder give the same bytes", async () => {
    const first = project();
    const second = project();
    await build(first);
    cpSync(join(first, "answer.ts"), join(second, "answer.ts"));
    await build(second);
    assert.ok(readFileSync(join(first, "program")).equals(readFileSync(join(second, "program"))));
  });

  test("debug information names the lines of the program", async () => {
    const folder = project();
    await build(folder);
    const lines = execFileSync("objdump", ["--dwarf=decodedline", join(folder, "program")], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    assert.match(lines, /answer\.ts\s+2\s/);
    assert.match(lines, /entry\.ts\s+5\s/);
  });
});
