// `npm run fuzz -- [NAME] [SECONDS]`: fuzzes one reader, or each in turn, for a minute or as long as is said.

import { buildFuzzer, fuzzers, runFuzzer } from "./fuzzer.ts";

const DEFAULT_SECONDS = 60;

const words = process.argv.slice(2);
const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? DEFAULT_SECONDS);
const names = words.filter((word) => !/^\d+$/.test(word));
const unknown = names.find((name) => !fuzzers().includes(name));
if (unknown !== undefined) {
  console.error(`there is no fuzzer '${unknown}': there are ${fuzzers().join(", ")}`);
  process.exit(2);
}
for (const name of names.length > 0 ? names : fuzzers()) {
  const { status, report, runs } = runFuzzer(name, buildFuzzer(name), seconds);
  if (status !== 0) {
    console.error(report);
    process.exit(1);
  }
  console.log(`${name}: ${runs} inputs in ${seconds} s, none of them a fault`);
}
