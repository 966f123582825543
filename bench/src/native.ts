// Unary under KVM beside the same program as a plain Linux process of the host, which is what a container costs. In turns, so that
// what else the host does hits both.

import { spawnSync } from "node:child_process";
import { release } from "node:os";
import { program } from "./compile.ts";
import type { Bound, Figure } from "./figure.ts";
import { timeFromCommand, timeFromEntry, timeOfProcess } from "./first-line.ts";
import { COMMAND, KERNEL_OPTIONS } from "./repository.ts";

type Side = "unary" | "linux";
const SIDES: readonly Side[] = ["unary", "linux"];

/** Milliseconds for one start of a program. */
const PATIENCE = 120_000;
const MEMORY = "512m";

interface Row {
  /** The program's name for it. */
  name: string;
  description: string;
  asked: Bound;
}

/** One start of a program, on a machine of so many processors; the process is held to as many by the program itself. */
interface Measurement {
  program: "computation" | "operations";
  cpus: 1 | 2;
  arguments: readonly string[];
  rows: readonly Row[];
}

const LIKE_THE_PROCESS: Bound = { factor: 1.03 };
const NO_SLOWER: Bound = { factor: 1 };
const TWICE_AS_FAST: Bound = { factor: 0.5 };

const PING_PONGS = [
  { name: "futex_two_threads", description: "futex ping-pong of two threads, round trip" },
  { name: "pipe_two_threads", description: "pipe ping-pong, round trip" },
  { name: "condition_two_threads", description: "condition-variable ping-pong, round trip" },
];
const pingPongs = (where: string): Row[] =>
  PING_PONGS.map(({ name, description }) => ({ name, description: `${description}, ${where}`, asked: TWICE_AS_FAST }));

const ON_ONE: readonly Row[] = [
  { name: "getpid_inline", description: "`getpid` by `mov $39, %eax; syscall` in place", asked: { most: 40 } },
  { name: "getpid", description: "`getpid` by libc's `syscall` function", asked: { most: 40 } },
  { name: "clock_gettime", description: "`clock_gettime` through libc (the process: vDSO)", asked: NO_SLOWER },
  ...pingPongs("one CPU"),
  { name: "thread_create_join", description: "`pthread_create` and `pthread_join`", asked: NO_SLOWER },
  { name: "map_4k", description: "`mmap`, touch, `munmap` of 4 KiB", asked: NO_SLOWER },
  { name: "map_2m", description: "`mmap`, touch all, `munmap` of 2 MiB", asked: NO_SLOWER },
];

const MEASUREMENTS: readonly Measurement[] = [
  {
    program: "computation",
    cpus: 1,
    arguments: [],
    rows: [
      { name: "integer", description: "integer loop, per iteration", asked: LIKE_THE_PROCESS },
      { name: "floating", description: "floating-point loop, per iteration", asked: LIKE_THE_PROCESS },
      { name: "vectors", description: "AVX2 loop, per iteration", asked: LIKE_THE_PROCESS },
      { name: "chase", description: "pointer chase through 64 MiB, per step", asked: LIKE_THE_PROCESS },
      { name: "stream", description: "sum over 64 MiB, per 8 bytes", asked: LIKE_THE_PROCESS },
    ],
  },
  {
    program: "operations",
    cpus: 1,
    arguments: ["--pin", "0,0", "--rounds", "40", ...ON_ONE.map(({ name }) => name)],
    rows: ON_ONE,
  },
  {
    program: "operations",
    cpus: 2,
    arguments: ["--pin", "0,1", "--rounds", "40", ...PING_PONGS.map(({ name }) => name)],
    rows: pingPongs("two CPUs"),
  },
];

/** The mode of this host's KVM in words, or why there is nothing to measure. */
export function nativeMode(): { description: string } | { why: string } {
  const { stdout } = spawnSync(process.execPath, [COMMAND, "doctor", "--json"], { encoding: "utf8" });
  const { mode, findings } = JSON.parse(stdout) as { mode: string; findings: { subject: string; text: string }[] };
  if (mode === "emulation")
    return { why: findings.find(({ subject }) => subject === "KVM")?.text ?? "unary doctor does not say" };
  return { description: `KVM in ${mode} mode, Linux ${release()} on the host` };
}

export async function nativeFigures(repeats: number, say: (text: string) => void): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const measurement of MEASUREMENTS) {
    say(`${measurement.program}, ${measurement.cpus} CPUs`);
    figures.push(...inTurns(measurement, repeats));
  }
  say("time to the first line");
  figures.push(...(await firstLines(repeats)));
  return figures;
}

function inTurns(measurement: Measurement, repeats: number): Figure[] {
  const values: Record<Side, Map<string, number[]>> = { unary: new Map(), linux: new Map() };
  const results: Record<Side, string> = { unary: "", linux: "" };
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const side of SIDES) {
      const output = runOn(side, measurement);
      results[side] = [...output.matchAll(/^result .*$/gm)].join("\n");
      for (const [name, value] of bestOf(output)) values[side].set(name, [...(values[side].get(name) ?? []), value]);
    }
    if (results.unary !== results.linux)
      throw new Error(`${measurement.program} computes something else on Unary:\n${results.unary}\ninstead of\n${results.linux}`);
  }
  // What the processor lacks is measured on neither side.
  return measurement.rows
    .filter(({ name }) => values.linux.has(name))
    .map(({ name, description, asked }) => ({
      ...{ name: description, unit: "cycles", asked },
      ...{ unary: values.unary.get(name) ?? [], linux: values.linux.get(name) ?? [] },
    }));
}

/** The least value of each name: what disturbs a measurement only adds to it. */
function bestOf(output: string): Map<string, number> {
  const best = new Map<string, number>();
  for (const [, name = "", cycles] of output.matchAll(/^(\w+) ([\d.]+)$/gm))
    best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, Number(cycles)));
  return best;
}

function runOn(side: Side, measurement: Measurement): string {
  const path = program(measurement.program);
  const machine = ["--accel", "kvm", "--cpus", String(measurement.cpus), "-m", MEMORY, "-w", "/", ...KERNEL_OPTIONS];
  const [command, args] =
    side === "linux"
      ? [path, measurement.arguments]
      : [process.execPath, [COMMAND, "run", ...machine, path, ...measurement.arguments]];
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: "utf8", timeout: PATIENCE });
  if (status !== 0 || !/^end$/m.test(stdout))
    throw new Error(
      `${side}: ${measurement.program} did not reach its end (${status}): ${stdout.slice(-500)}${stderr.slice(-2000)}`,
    );
  return stdout;
}

async function firstLines(repeats: number): Promise<Figure[]> {
  const path = program("hello");
  const values = { entry: [] as number[], process: [] as number[], command: [] as number[] };
  for (let repeat = 0; repeat < repeats * 2; repeat++) {
    values.entry.push(await timeFromEntry(path));
    values.process.push(await timeOfProcess(path));
    values.command.push(timeFromCommand(path));
  }
  return [
    {
      ...{
        name: "hello, static: QEMU enters the guest to the first line (the process: `exec` to the first line)",
        unit: "milliseconds",
      },
      ...{ unary: values.entry, linux: values.process, asked: { most: 20 } },
    },
    {
      ...{ name: "hello, static: start of `unary run` to the first line, without Node's own start", unit: "milliseconds" },
      ...{ unary: values.command, linux: [], asked: { most: 120 } },
    },
  ];
}
