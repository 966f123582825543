// Language runtimes under KVM beside the same program as a plain Linux process, in turns: the whole run, from the start of QEMU to the
// application's end. What the tool does before it starts QEMU is not in it: a machine that is started from an image has none of it.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { CLASSES, compileClasses } from "./compile.ts";
import type { Figure } from "./figure.ts";
import { COMMAND, KERNEL_OPTIONS, PROGRAMS } from "./repository.ts";

/** Milliseconds for one run. */
const PATIENCE = 300_000;
/** What is asked: the process's time and this much more, boot included. */
const FACTOR = 1.15;

interface Row {
  description: string;
  command: readonly [string, ...string[]];
}

const file = (name: string): string => join(PROGRAMS, name);

/** The computations take some ten seconds each on a machine of 2020. */
const ROWS: readonly Row[] = [
  { description: "node: `console.log`, whole run", command: ["node", "-e", "console.log('result')"] },
  { description: "java: `println`, whole run", command: ["java", "-cp", CLASSES, "Line"] },
  { description: "python3: `print`, whole run", command: ["python3", "-c", "print('result')"] },
  { description: "node: computation, whole run", command: ["node", file("compute.js"), "12"] },
  { description: "java: computation, whole run", command: ["java", "-cp", CLASSES, "Compute", "20"] },
  { description: "python3: computation, whole run", command: ["python3", file("compute.py"), "20"] },
];

export function runtimeFigures(repeats: number, say: (text: string) => void): Figure[] {
  compileClasses();
  return ROWS.map(({ description, command }) => {
    say(description);
    const unary: number[] = [];
    const linux: number[] = [];
    // The first on each side fills caches: the tool's images, the host's pages.
    for (let repeat = -1; repeat < repeats; repeat++) {
      const [here, there] = [onUnary(command), onLinux(command)];
      if (here.output !== there.output) throw new Error(`${description}: on Unary ${here.output}instead of ${there.output}`);
      if (repeat < 0) continue;
      unary.push(here.time);
      linux.push(there.time);
    }
    return { name: description, unit: "milliseconds", unary, linux, asked: { factor: FACTOR } };
  });
}

interface Run {
  /** Milliseconds. */
  time: number;
  output: string;
}

/** The program that Unary takes from PATH, which is no version manager's script, is that of the system. */
const ENVIRONMENT = { ...process.env, PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

function onLinux([program, ...args]: Row["command"]): Run {
  const start = performance.now();
  const { stdout, status, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: PATIENCE,
    env: ENVIRONMENT,
    cwd: "/",
  });
  const time = performance.now() - start;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.slice(-2000)}`);
  return { time, output: stdout };
}

function onUnary(command: Row["command"]): Run {
  const words = [COMMAND, "run", "--accel", "kvm", "--json", "-w", "/", ...KERNEL_OPTIONS, ...command];
  const options = { encoding: "utf8", timeout: PATIENCE, env: ENVIRONMENT, cwd: "/" } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, words, options);
  const end = stderr.split("\n").find((line) => line.startsWith('{"event":"end"'));
  if (status !== 0 || end === undefined) throw new Error(`unary run ${command.join(" ")} gave ${status}: ${stderr.slice(-2000)}`);
  const { milliseconds } = JSON.parse(end) as { milliseconds: { started: number; ended: number } };
  return { time: milliseconds.ended - milliseconds.started, output: stdout };
}
