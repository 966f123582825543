// `npm run bench`: Unary beside a Linux guest, in turns, in one run.
//
//   npm run bench                     measure, keep the values, print the table
//   npm run bench -- --write          and put the table into the README
//   npm run bench -- --only boot      only one part: boot, operations, native, runtimes, networkEmulated, networkNative or build; the others as
//                                     they were (native, runtimes and networkNative: under KVM, beside a plain Linux process; where the host
//                                     has no KVM they stay as they were). The beginning of a name is enough: network is two parts
//   npm run bench -- --only network --workload redis
//                                     print the figures of one workload, or of `instructions`, and keep nothing
//   … --workload redis --threads      and what each thread of the servers, and the host's processors, did meanwhile
//   npm run bench -- --table --write  no measuring: the table of the last run
//   npm run bench -- --repeats N      default 5

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bootFigures } from "./boot.ts";
import { advantage, type Figure, format, median, NATIVE_PARTS, PARTS, type Part, type Results } from "./figure.ts";
import { buildFigures } from "./kernel-build.ts";
import { linuxKernel } from "./linux-kernel.ts";
import { nativeFigures, nativeMode } from "./native.ts";
import { networkFigures } from "./network.ts";
import { operationFigures } from "./operations.ts";
import { README, REPOSITORY, RESULTS } from "./repository.ts";
import { runtimeFigures } from "./runtimes.ts";
import { replaceTable, table } from "./table.ts";

const LATEST = join(RESULTS, "latest.json");

const { values: options } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    table: { type: "boolean", default: false },
    only: { type: "string" },
    repeats: { type: "string", default: "5" },
    workload: { type: "string" },
    threads: { type: "boolean", default: false },
  },
});
const chosen = PARTS.filter((part) => part.startsWith(options.only ?? ""));
if (chosen.length === 0) throw new Error(`--only takes one of ${PARTS.join(", ")}`);

const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);
if (options.workload !== undefined) {
  for (const part of chosen.filter((part) => part.startsWith("network"))) {
    const speed = part === "networkNative" ? "native" : "emulated";
    const figures = await networkFigures(
      speed,
      Number(options.repeats),
      say,
      options.workload,
      options.threads ? say : undefined,
    );
    for (const figure of figures) console.log(line(figure));
  }
  process.exit(0);
}
const results = options.table ? readLatest() : await measure();
console.log(table(results));
if (options.write) writeFileSync(README, replaceTable(readFileSync(README, "utf8"), results));

async function measure(): Promise<Results> {
  const repeats = Number(options.repeats);
  const measured: Record<Part, () => Figure[] | Promise<Figure[]>> = {
    boot: () => bootFigures(repeats, say),
    operations: operationFigures,
    native: () => nativeFigures(repeats, say),
    runtimes: () => runtimeFigures(repeats, say),
    networkEmulated: () => networkFigures("emulated", repeats, say),
    networkNative: () => networkFigures("native", repeats, say),
    build: () => buildFigures(repeats),
  };
  const time = new Date().toISOString();
  const last = existsSync(LATEST) ? readLatest() : undefined;
  const before = options.only === undefined ? {} : (last?.figures ?? {});
  const mode = nativeMode();
  const whyNotNative = "why" in mode ? mode.why : undefined;
  // Figures that are kept keep what was said of them.
  const native =
    chosen.some((part) => NATIVE_PARTS.includes(part)) && "description" in mode ? mode.description : last?.conditions.native;
  const found: Results = {
    time,
    commit: commit(),
    conditions: { ...conditions(), ...(native === undefined ? {} : { native }) },
    figures: { ...before },
  };
  for (const part of chosen) {
    if (NATIVE_PARTS.includes(part) && whyNotNative !== undefined) {
      say(`not under KVM: ${whyNotNative}`);
      continue;
    }
    say(part);
    found.figures[part] = await measured[part]();
  }
  mkdirSync(RESULTS, { recursive: true });
  for (const path of [LATEST, join(RESULTS, `${time.replaceAll(":", "-")}.json`)])
    writeFileSync(path, `${JSON.stringify(found, null, 1)}\n`);
  return found;
}

/** A figure, its values in full. */
function line(figure: Figure): string {
  const better = figure.linux.length === 0 ? "" : ` (better by ${advantage(figure).toFixed(2)})`;
  const [unary = "", linux = ""] = [figure.unary, figure.linux].map((values) =>
    values.length === 0
      ? ""
      : `${format(median(values), figure.unit)} [${values.map((value) => format(value, figure.unit)).join(", ")}]`,
  );
  return `${figure.name}: ${unary}${linux === "" ? "" : ` beside ${linux}`}${better}`;
}

function readLatest(): Results {
  return JSON.parse(readFileSync(LATEST, "utf8")) as Results;
}

function commit(): string {
  if (!existsSync(join(REPOSITORY, ".git"))) return "";
  return execFileSync("git", ["describe", "--always", "--dirty"], { cwd: REPOSITORY, encoding: "utf8" }).trim();
}

function conditions(): Results["conditions"] {
  const version = execFileSync("qemu-system-x86_64", ["--version"], { encoding: "utf8" }).split("\n", 1)[0] ?? "";
  const model = /^model name\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
  return { qemu: version.replace(/ \(.*/, "").replace("emulator version ", ""), linux: linuxKernel().release, processor: model };
}
