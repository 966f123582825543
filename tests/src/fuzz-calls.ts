// `npm run fuzz-calls -- [SECONDS] [CPUS] [SEED]`: hostile system calls for as long as is said, in the first mode of
// UNARY_TEST_MODES. A new seed every minute, so that what is found can be found again soon.

import { fuzzCalls } from "./call-fuzzer.ts";
import { MODE } from "./mode.ts";

const DEFAULT_SECONDS = 600;
const DEFAULT_CPUS = 4;
const LONGEST = 60;

const [seconds = DEFAULT_SECONDS, cpus = DEFAULT_CPUS, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
if (!(seconds > 0) || !(Number.isInteger(cpus) && cpus > 0) || !Number.isSafeInteger(seed)) {
  console.error("usage: npm run fuzz-calls -- [SECONDS] [CPUS] [SEED]");
  process.exit(2);
}
let failed = 0;
for (let left = seconds, next = seed; left > 0; left -= LONGEST, next++) {
  const part = { seconds: Math.min(left, LONGEST), cpus, seed: next };
  const { passed, calls, kinds, report } = await fuzzCalls(part);
  if (passed) {
    console.log(`seed ${next}: ${calls} calls, ${kinds} kinds worked, mode ${MODE}, ${cpus} processors`);
    continue;
  }
  failed++;
  console.error(report);
}
process.exitCode = failed === 0 ? 0 : 1;
