// `npm run check`: everything a reviewer would look at that a program can. Prints what is wrong, and exits with 1 for it.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { checkLayers } from "./layers.ts";
import { PROJECT_FOLDER, projectFiles, readProjectFile } from "./project.ts";
import { countUnsafe, summarizeUnsafe } from "./unsafe.ts";

interface Check {
  name: string;
  /** @returns whether all is well */
  run(): boolean;
}

const checks: Check[] = [
  { name: "format and lint", run: () => tool("biome", "check", "--error-on-warnings", ".") },
  { name: "types of the kernel", run: () => tool("tsc", "-p", "kernel/tsconfig.json") },
  { name: "layers of the kernel", run: layers },
  { name: "lock file", run: lockFile },
];

function tool(name: string, ...args: string[]): boolean {
  return (
    spawnSync(join(PROJECT_FOLDER, "node_modules", ".bin", name), args, { cwd: PROJECT_FOLDER, stdio: "inherit" }).status === 0
  );
}

function kernelSources(): { file: string; source: string }[] {
  return projectFiles("kernel/*.ts").flatMap((file) => {
    const source = readProjectFile(file);
    return source === undefined ? [] : [{ file, source }];
  });
}

function layers(): boolean {
  const violations = kernelSources().flatMap(({ file, source }) => checkLayers(file, source));
  for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
  return violations.length === 0;
}

/** The lock file names versions and digests, and no place to fetch them from: that is each machine's own setting. */
function lockFile(): boolean {
  const hasAddress = /"resolved": "https?:/.test(readProjectFile("package-lock.json") ?? "");
  if (hasAddress) console.error("package-lock.json: it has addresses; run npm install again, .npmrc leaves them out");
  return !hasAddress;
}

let failed = 0;
for (const check of checks) {
  const isGood = check.run();
  if (!isGood) failed++;
  console.log(`${isGood ? "ok     " : "FAILED "} ${check.name}`);
}
console.log(summarizeUnsafe(kernelSources().map(({ file, source }) => countUnsafe(file, source))));
process.exitCode = failed === 0 ? 0 : 1;
