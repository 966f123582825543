// Runs programs on Unary, and the same ones on the host, under equal conditions.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MODE_OPTIONS } from "./mode.ts";
import { type Outcome, type RunRequest, runProcess } from "./outcome.ts";
import { BUILD, COMMAND } from "./repository.ts";

/** The kernel that the tests start: UNARY_TEST_KERNEL, else the checkout's own, which the tool keeps up to date. */
const KERNEL = process.env["UNARY_TEST_KERNEL"];
/** The option of `unary run` that says so. */
export const KERNEL_OPTIONS: readonly string[] = KERNEL === undefined ? [] : ["--kernel", KERNEL];

export interface Machine {
  cpus?: number;
  /** As `-m` has it. */
  memory?: string;
  type?: "microvm" | "q35";
  /** Further options of `unary run`. */
  options?: readonly string[];
}

export interface Run extends RunRequest {
  /** Variables beside those that every guest has. */
  variables?: Readonly<Record<string, string>>;
  machine?: Machine;
}

/** What `unary run` gives an application that asks for nothing. */
const BASE_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOSTNAME: "unary",
  HOME: "/root",
};

let ownFolder: string | undefined;

/**
 * Where programs run that ask for no folder: empty, so that nothing of the host's comes along by accident, and this process's own,
 * for what programs make there on the host.
 */
function emptyFolder(): string {
  if (ownFolder === undefined) {
    mkdirSync(BUILD, { recursive: true });
    const folder = mkdtempSync(join(BUILD, "empty-"));
    ownFolder = folder;
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  return ownFolder;
}

export function runOnHost(program: string, args: readonly string[], run: Run = {}): Promise<Outcome> {
  return runProcess(program, args, {
    folder: emptyFolder(),
    ...run,
    environment: { ...BASE_ENVIRONMENT, ...run.variables },
  });
}

export function unaryArguments(program: string, args: readonly string[], run: Run = {}): string[] {
  const { cpus = 1, memory, type, options = [] } = run.machine ?? {};
  return [
    ...["run", ...MODE_OPTIONS, "--cpus", String(cpus)],
    ...KERNEL_OPTIONS,
    ...(memory === undefined ? [] : ["-m", memory]),
    ...(type === undefined ? [] : ["--machine", type]),
    ...Object.entries(run.variables ?? {}).flatMap(([name, value]) => ["-e", `${name}=${value}`]),
    ...options,
    ...[program, ...args],
  ];
}

export function runOnUnary(program: string, args: readonly string[], run: Run = {}): Promise<Outcome> {
  return runProcess(process.execPath, [COMMAND, ...unaryArguments(program, args, run)], { folder: emptyFolder(), ...run });
}

/** Standard error without what tool and kernel say themselves: their lines begin with `unary: `. */
export function applicationErrors(outcome: Outcome): string {
  return outcome.stderr
    .toString("latin1")
    .split(/(?<=\n)/)
    .filter((line) => !line.startsWith("unary: "))
    .join("");
}
