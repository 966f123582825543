// What the tests of the tool share: a folder that goes away, the tool itself, and stand-in kernels.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FIXTURES = fileURLToPath(new URL("../fixtures", import.meta.url));
const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

/** A folder for one test file; it is removed when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "unary-test-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Compiles a C program of the host. */
export function compile(source: string, output: string, ...options: string[]): string {
  execFileSync("gcc", ["-x", "c", "-", "-x", "none", "-o", output, ...options], { input: source });
  return output;
}

/** Builds a stand-in kernel with one behaviour of fixtures/stand-in.c. */
export function standInKernel(folder: string, name: string, definition?: string): string {
  const output = join(folder, `${name}.elf`);
  if (existsSync(output)) return output;
  const freestanding = ["-m32", "-O1", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"];
  const linking = ["-nostdlib", "-no-pie", "-Wl,-Ttext=0x100000,-e,start,--build-id=none"];
  const sources = [join(FIXTURES, "stand-in.S"), join(FIXTURES, "stand-in.c")];
  execFileSync("gcc", [
    ...freestanding,
    ...linking,
    ...(definition === undefined ? [] : [`-D${definition}`]),
    ...sources,
    "-o",
    output,
  ]);
  return output;
}

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Surroundings {
  cwd?: string;
  input?: string | Buffer;
  environment?: Record<string, string>;
}

/** Runs the tool to its end. */
export function unary(args: readonly string[], { cwd, input, environment }: Surroundings = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    input: input ?? "",
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, ...environment },
    ...(cwd === undefined ? {} : { cwd }),
  });
  return { status, stdout, stderr };
}

/** Starts the tool and leaves it running. */
export function startUnary(args: readonly string[], environment: Record<string, string> = {}) {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...environment } });
}
