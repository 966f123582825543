// What reads untrusted bytes, under libFuzzer with the address and undefined-behaviour sanitizers: kernel/*/fuzz/NAME.ts,
// started from the seeds in tests/fuzz/seeds/NAME. What it finds on the way is kept in build/fuzz, not in the seeds: a seed
// is added by hand, with a name that says what it shows.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./repository.ts";

/** How a fuzzer ended. */
export interface FuzzResult {
  readonly status: number | null;
  /** What it printed: on a finding, the sanitizer's report and where the input was kept. */
  readonly report: string;
  /** Inputs that it ran. */
  readonly runs: number;
}

/** The layers of the kernel that have fuzzers. */
const LAYERS = ["lib", "net"];

function folderOf(layer: string): string {
  return join(REPOSITORY, "kernel", layer, "fuzz");
}

/** The readers that can be fuzzed. */
export function fuzzers(): string[] {
  return LAYERS.flatMap((layer) => readdirSync(folderOf(layer)))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.slice(0, -3))
    .sort();
}

/** Builds one fuzzer. @returns its path */
export function buildFuzzer(name: string): string {
  const program = join(REPOSITORY, "build/fuzz", name);
  const compiler = join(REPOSITORY, "compiler/dist/main.js");
  const source = LAYERS.map((layer) => join(folderOf(layer), `${name}.ts`)).find((file) => existsSync(file));
  if (source === undefined) throw new Error(`there is no fuzzer '${name}'`);
  const options = ["--target", "linux", "--fuzz", "--sanitize", "--entry", source, "--out", program];
  const built = spawnSync(process.execPath, [compiler, "build", ...options], { encoding: "utf8", cwd: REPOSITORY });
  if (built.status !== 0) throw new Error(`the fuzzer '${name}' does not build:\n${built.stdout}${built.stderr}`);
  return program;
}

/** Runs every seed, then goes on from them for some seconds. */
export function runFuzzer(name: string, program: string, seconds: number): FuzzResult {
  const found = join(REPOSITORY, "build/fuzz", `${name}-corpus`);
  mkdirSync(found, { recursive: true });
  const seeds = join(REPOSITORY, "tests/fuzz/seeds", name);
  const options = [
    `-max_total_time=${seconds}`,
    "-timeout=5",
    "-rss_limit_mb=2048",
    "-print_final_stats=1",
    `-artifact_prefix=${program}-`,
  ];
  const { status, stderr } = spawnSync(program, [...options, found, seeds], { encoding: "utf8", maxBuffer: 1 << 26 });
  const runs = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(stderr)?.[1] ?? 0);
  return { status, report: stderr, runs };
}
