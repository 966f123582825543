// `npm run streams -- [SEEDS] [FIRST] [LARGEST]`: streams of TCP between two stacks over bad links (kernel/net/simulation), as many
// seeds as are asked for, with up to LARGEST bytes each way, under the address and undefined-behaviour sanitizers.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { REPOSITORY } from "./repository.ts";

const DEFAULT_SEEDS = 5000;
const DEFAULT_LARGEST = 60_000;
/** Seeds of one process: what it printed before a failure says where to look. */
const BATCH = 500;

const [seeds = DEFAULT_SEEDS, first = 1, largest = DEFAULT_LARGEST] = process.argv.slice(2).map(Number);
if (!(seeds > 0) || !Number.isSafeInteger(first) || !(largest > 0)) {
  console.error("usage: npm run streams -- [SEEDS] [FIRST] [LARGEST]");
  process.exit(2);
}
const program = join(REPOSITORY, "build/streams");
const compiler = join(REPOSITORY, "compiler/dist/main.js");
const entry = join(REPOSITORY, "kernel/net/simulation/streams.ts");
const options = ["build", "--target", "linux", "--sanitize", "--entry", entry, "--out", program];
const built = spawnSync(process.execPath, [compiler, ...options], { stdio: "inherit", cwd: REPOSITORY });
if (built.status !== 0) process.exit(1);
for (let next = first; next < first + seeds; next += BATCH) {
  const count = Math.min(BATCH, first + seeds - next);
  const { status } = spawnSync(program, [next, count, largest].map(String), { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
