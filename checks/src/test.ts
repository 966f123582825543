// `npm test`: every *.test.ts of every package, each in a process of its own. `npm test -- WORD…` takes only the files
// whose path has one of the words. Ends with one line: N passed, N failed.

import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { PROJECT_FOLDER } from "./project.ts";

const PACKAGES = ["abi", "checks", "cli", "compiler", "tests", "bench"];
/** Machines and compilers run in these tests: more at a time than processors would only make them time out. */
const CONCURRENCY = 2;
/** Milliseconds for one file. */
const FILE_TIMEOUT = 30 * 60 * 1000;

/** Compiled tests whose source is still there: tsc leaves behind what it made of deleted files. */
function testFiles(): string[] {
  return PACKAGES.flatMap((name) => {
    const built = join(PROJECT_FOLDER, name, "dist");
    if (!existsSync(built)) return [];
    return readdirSync(built, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".test.js") && existsSync(join(PROJECT_FOLDER, name, "src", path.replace(/\.js$/, ".ts"))))
      .map((path) => join(built, path));
  });
}

const words = process.argv.slice(2);
const files = testFiles().filter(
  (file) => words.length === 0 || words.some((word) => relative(PROJECT_FOLDER, file).includes(word)),
);
if (files.length === 0) {
  console.error(`no test file has ${words.join(" or ")} in its path`);
  process.exit(1);
}

let passed = 0;
let failed = 0;
let skipped = 0;
const failures: string[] = [];
const stream = run({ files, concurrency: CONCURRENCY, timeout: FILE_TIMEOUT });
stream.on("test:pass", ({ skip, details }) => {
  if ((details as { type?: string }).type === "suite") return;
  if (skip === undefined) passed++;
  else skipped++;
});
stream.on("test:fail", ({ name, file, details, todo }) => {
  if (todo !== undefined || (details as { type?: string }).type === "suite") return;
  failed++;
  failures.push(`${file === undefined ? "" : `${relative(PROJECT_FOLDER, file)}: `}${name}`);
});
stream.compose(new spec()).pipe(process.stdout);
stream.once("end", () => {
  process.stdout.on("drain", () => undefined);
  setImmediate(() => {
    for (const failure of failures) console.log(`failed: ${failure}`);
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
    process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  });
});
