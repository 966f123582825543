// `npm test`: every *.test.ts of every package, each in a process of its own. `npm test -- WORD…` takes only the files
// whose path has one of the words. Ends with one line: N passed, N failed.
//
// A machine that is busy with something else now and then starves a guest for seconds. So a few failures at the end are looked at
// again, alone: a test that then passes each of several times is unsteady, which is said, and no reason to refuse the commit.
//
// Tests that boot guests run once for each mode, the others once. UNARY_TEST_MODES=tcg,kvm,tcg-user restricts the modes or adds to
// them (test-modes.ts).

import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { PROJECT_FOLDER } from "./project.ts";
import { MODES_VARIABLE, type Round, testRounds } from "./test-modes.ts";

const PACKAGES = ["abi", "checks", "cli", "compiler", "tests", "bench"];
/** Files of the package `tests` that boot no guest, or in one mode only. */
const ONCE = ["debugger.test.js", "entropy.test.js", "fuzzer.test.js", "interoperation.test.js"].map((name) =>
  join(PROJECT_FOLDER, "tests", "dist", name),
);
/** Machines and compilers run in these tests: more at a time than processors would only make them time out. */
const CONCURRENCY = 2;
/** Milliseconds for one file. */
const FILE_TIMEOUT = 30 * 60 * 1000;

/** More failures than this are no matter of chance. */
const MOST_SECOND_LOOKS = 3;
/** How often a test must pass then. */
const SECOND_LOOKS = 3;

interface Failure {
  file: string;
  name: string;
}

interface Count {
  passed: number;
  failed: number;
  skipped: number;
  failures: Failure[];
}

interface Result {
  title: string;
  mode: Round["mode"];
  count: Count;
  seconds: number;
  /** Failed once, and then passed each time. */
  unsteady: Failure[];
}

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

function bootsGuests(file: string): boolean {
  return file.startsWith(join(PROJECT_FOLDER, "tests")) && !ONCE.includes(file);
}

/** @param name of the only test to run, if not all are */
function runFiles(files: string[], mode: string, name?: string): Promise<Count> {
  // The processes of the tests inherit it.
  process.env[MODES_VARIABLE] = mode;
  const count: Count = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const only = name === undefined ? {} : { testNamePatterns: [new RegExp(`^${name.replace(/[^\w ]/g, "\\$&")}$`)] };
  const stream = run({ files, concurrency: CONCURRENCY, timeout: FILE_TIMEOUT, ...only });
  stream.on("test:pass", ({ skip, details }) => {
    if ((details as { type?: string }).type === "suite") return;
    if (skip === undefined) count.passed++;
    else count.skipped++;
  });
  stream.on("test:fail", ({ name, file, details, todo }) => {
    if (todo !== undefined || (details as { type?: string }).type === "suite") return;
    count.failed++;
    count.failures.push({ file: file ?? "", name });
  });
  stream.compose(new spec()).pipe(process.stdout, { end: false });
  return new Promise((resolve) => stream.once("end", () => setImmediate(() => resolve(count))));
}

/** Runs a test that failed again, alone. */
async function isUnsteady({ file, name }: Failure, mode: Round["mode"]): Promise<boolean> {
  for (let look = 0; look < SECOND_LOOKS; look++) {
    const { passed, failed } = await runFiles([file], mode, name);
    if (failed !== 0 || passed === 0) return false;
  }
  return true;
}

async function lookAgain(results: readonly Result[]): Promise<void> {
  const failures = results.reduce((sum, { count }) => sum + count.failed, 0);
  if (failures === 0 || failures > MOST_SECOND_LOOKS) return;
  for (const { mode, title, count, unsteady } of results) {
    for (const failure of count.failures) {
      console.log(`── again, alone, ${title}: ${describe(failure)}`);
      if (existsSync(failure.file) && (await isUnsteady(failure, mode))) unsteady.push(failure);
    }
    count.failures = count.failures.filter((failure) => !unsteady.includes(failure));
    count.failed -= unsteady.length;
  }
}

function describe({ file, name }: Failure): string {
  return `${file === "" ? "" : `${relative(PROJECT_FOLDER, file)}: `}${name}`;
}

const words = process.argv.slice(2);
const files = testFiles().filter(
  (file) => words.length === 0 || words.some((word) => relative(PROJECT_FOLDER, file).includes(word)),
);
if (files.length === 0) {
  console.error(`no test file has ${words.join(" or ")} in its path`);
  process.exit(1);
}

const { rounds, left } = testRounds(process.env[MODES_VARIABLE]);
const guests = files.filter(bootsGuests);
const others = files.filter((file) => !bootsGuests(file));
const results: Result[] = [];
const runRound = async (title: string, which: string[], mode: Round["mode"]): Promise<void> => {
  if (which.length === 0) return;
  console.log(`── ${title}`);
  const start = performance.now();
  const count = await runFiles(which, mode);
  results.push({ title, mode, count, seconds: (performance.now() - start) / 1000, unsteady: [] });
};

await runRound("tests without guests", others, "tcg");
for (const { mode, title } of rounds) await runRound(`guests, ${title}`, guests, mode);
await lookAgain(results);

console.log("");
for (const { title, count, unsteady } of results) {
  for (const failure of unsteady)
    console.log(`unsteady, ${title}: ${describe(failure)}: failed once, passed ${SECOND_LOOKS} times when run again`);
  for (const failure of count.failures) console.log(`failed, ${title}: ${describe(failure)}`);
}
for (const { title, count, seconds } of results)
  console.log(`${title}: ${count.passed} passed, ${count.failed} failed, ${Math.round(seconds)} s`);
if (guests.length > 0) for (const { title, why } of left) console.log(`guests, ${title}: not run: ${why}`);
const total = (key: "passed" | "failed" | "skipped"): number => results.reduce((sum, { count }) => sum + count[key], 0);
console.log(`${total("passed")} passed, ${total("failed")} failed${total("skipped") > 0 ? `, ${total("skipped")} skipped` : ""}`);
process.exitCode = total("failed") === 0 && total("passed") > 0 ? 0 : 1;
