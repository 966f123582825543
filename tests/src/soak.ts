// `npm run soak -- [MINUTES] [CPUS]`: one guest program that loads timers, interrupts between processors and signals for as
// long as is said, in the first mode of UNARY_TEST_MODES, and finds that none was lost.

import { spawnSync } from "node:child_process";
import { guest } from "./guest.ts";
import { MODE } from "./mode.ts";
import { COMMAND } from "./repository.ts";
import { unaryArguments } from "./unary.ts";

const DEFAULT_MINUTES = 10;
const DEFAULT_CPUS = 4;
/** Minutes beyond those asked for until the machine is taken for hung: the guest itself gives up after one without progress. */
const GRACE = 5;

const [minutes = DEFAULT_MINUTES, cpus = DEFAULT_CPUS] = process.argv.slice(2).map(Number);
if (!(minutes > 0) || !(Number.isInteger(cpus) && cpus > 0)) {
  console.error("usage: npm run soak -- [MINUTES] [CPUS]");
  process.exit(2);
}
const args = unaryArguments(guest("soak.c"), [String(Math.round(minutes * 60))], { machine: { cpus } });
console.log(`${minutes} minutes with ${cpus} processors, mode ${MODE}`);
const run = spawnSync(process.execPath, [COMMAND, ...args], { stdio: "inherit", timeout: (minutes + GRACE) * 60_000 });
if (run.error !== undefined) console.error(`the machine did not end: ${run.error.message}`);
process.exitCode = run.status ?? 1;
