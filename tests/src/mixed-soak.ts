// `npm run soak-mixed -- [MINUTES] [CPUS]`: everything at once for as long as is said, in the first mode of UNARY_TEST_MODES. One machine
// runs tests/guests/mixed_soak.c all the time; beside it, in turn, run a JVM with each of its collectors, node's workers and python's
// threads, each in a machine of its own, as a machine runs one program. Each program finds by itself what was lost, and whether the
// memory that is in use has grown. What they print goes into build/tests/mixed-soak, and the end of it here.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { guest } from "./guest.ts";
import { MODE } from "./mode.ts";
import { runProcess } from "./outcome.ts";
import { BUILD, RUNTIMES } from "./repository.ts";
import { runOnUnary } from "./unary.ts";

const DEFAULT_MINUTES = 30;
const DEFAULT_CPUS = 4;
/** Seconds of a round of the guest in C. */
const ROUND = 20;
/** Minutes beyond those asked for until a machine is taken for hung: the guests themselves give up after two without progress. */
const GRACE = 8;
const COLLECTORS = ["Serial", "Parallel", "G1", "Shenandoah", "Z"];
/** A heap that neither grows nor shrinks, so that the machine's memory says what leaks. */
const JAVA_HEAP = ["-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"];
/** Lines of a machine's output that are shown. */
const SHOWN = 30;

interface Load {
  name: string;
  memory: string;
  program: string;
  args: readonly string[];
}

const [minutes = DEFAULT_MINUTES, cpus = DEFAULT_CPUS] = process.argv.slice(2).map(Number);
if (!(minutes > 0) || !(Number.isInteger(cpus) && cpus > 0)) {
  console.error("usage: npm run soak-mixed -- [MINUTES] [CPUS]");
  process.exit(2);
}
const folder = join(BUILD, "mixed-soak");
mkdirSync(folder, { recursive: true });
const failed: string[] = [];

/** Runs one machine to its end, and notes whether it went well. */
async function run({ name, memory, program, args }: Load): Promise<void> {
  const started = performance.now();
  let text = "";
  let good = false;
  try {
    const outcome = await runOnUnary(program, args, { machine: { cpus, memory }, patience: (minutes + GRACE) * 60_000 });
    text = `${outcome.stdout.toString("latin1")}${outcome.stderr.toString("latin1")}`;
    good = outcome.status === 0;
    text += `status ${outcome.status}\n`;
  } catch (error) {
    text = `${error instanceof Error ? error.message : error}\n`;
  }
  if (!good) failed.push(name);
  writeFileSync(join(folder, `${name}.log`), text);
  const time = Math.round((performance.now() - started) / 1000);
  console.log(`---- ${name}: ${good ? "all is well" : "FAILED"}, ${time} s ----`);
  console.log(text.split("\n").slice(-SHOWN).join("\n"));
}

const classes = mkdtempSync(join(BUILD, "classes-"));
try {
  const compiled = await runProcess("javac", ["-d", classes, join(RUNTIMES, "Soak.java")]);
  if (compiled.status !== 0) throw new Error(`javac: ${compiled.stderr}`);
  const turn = String(Math.round((minutes * 60) / (COLLECTORS.length + 2)));
  const runtimes: Load[] = [
    ...COLLECTORS.map((collector) => ({
      name: `java-${collector}`,
      memory: "768m",
      program: "java",
      args: [`-XX:+Use${collector}GC`, ...JAVA_HEAP, "-cp", classes, "Soak", turn, "10"],
    })),
    { name: "node", memory: "512m", program: "node", args: ["--expose-gc", join(RUNTIMES, "soak.mjs"), turn, "10"] },
    { name: "python", memory: "256m", program: "python3", args: [join(RUNTIMES, "soak.py"), turn, "10"] },
  ];
  console.log(`${minutes} minutes with ${cpus} processors, mode ${MODE}`);
  const native = run({
    name: "native",
    memory: "512m",
    program: guest("mixed_soak.c"),
    args: [String(Math.round(minutes * 60)), String(Math.min(ROUND, Math.ceil(minutes * 15)))],
  });
  for (const load of runtimes) await run(load);
  await native;
} finally {
  rmSync(classes, { recursive: true });
}
console.log(failed.length === 0 ? "nothing was lost, nothing has leaked" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
