// The kernel that machines start: where it is, what memory it takes, and its build when it is older than its sources.

import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, reason, Status } from "./failure.ts";
import { findExecutable } from "./host/executable.ts";

/** The folder of the checkout that this program was built in. */
export const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));
export const DEFAULT_KERNEL = join(PROJECT_FOLDER, "build", "kernel", "kernel.elf");

/** What the kernel is made from: its sources, and the compiler with its prelude. */
const SOURCES = ["kernel", "compiler/prelude", "compiler/src"].map((folder) => join(PROJECT_FOLDER, folder));
const SOURCE_NAME = /(?<!\.test)\.(ts|S|ld|json)$/;

/** Gives back the path of a kernel that is there and current. @param chosen the user's own, taken as it is */
export function currentKernel(chosen: string | undefined, say: (line: string) => void): string {
  if (chosen !== undefined) {
    if (!existsSync(chosen)) throw new Failure(Status.unary, `--kernel ${chosen}: there is no such file`);
    return chosen;
  }
  if (!isCurrent(DEFAULT_KERNEL)) buildKernel(say);
  return DEFAULT_KERNEL;
}

function isCurrent(kernel: string): boolean {
  const built = statSync(kernel, { throwIfNoEntry: false })?.mtimeMs;
  return built !== undefined && !SOURCES.some((folder) => hasNewer(folder, built));
}

function hasNewer(folder: string, time: number): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return hasNewer(path, time);
    return SOURCE_NAME.test(entry.name) && (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > time;
  });
}

function buildKernel(say: (line: string) => void): void {
  const compiler = join(PROJECT_FOLDER, "compiler", "dist", "main.js");
  if (!existsSync(join(PROJECT_FOLDER, "compiler", "src"))) {
    throw new Failure(Status.unary, `there is no kernel at ${DEFAULT_KERNEL}, and no source to build one from`);
  }
  say(
    existsSync(DEFAULT_KERNEL)
      ? "the kernel's sources changed: building it again"
      : "building the kernel, once: this takes about a minute",
  );
  const started = new Date();
  mkdirSync(dirname(DEFAULT_KERNEL), { recursive: true });
  // Runs that start at the same time build one after the other; the later find little to do.
  const flock = findExecutable("flock");
  const lock = flock === undefined ? [] : [flock, `${DEFAULT_KERNEL}.lock`];
  const isBuilt =
    (isCompilerCurrent() || succeeds([join(PROJECT_FOLDER, ".ci", "build"), "compiler"])) &&
    succeeds([...lock, process.execPath, compiler, "kernel"]) &&
    existsSync(DEFAULT_KERNEL);
  if (!isBuilt) throw new Failure(Status.unary, "the kernel does not build; the compiler says why above", "npm run kernel");
  // A build that found nothing to do leaves the old file.
  utimesSync(DEFAULT_KERNEL, started, started);
}

/** Whether there is nothing for tsc to do: even to find that out takes it a second. */
function isCompilerCurrent(): boolean {
  const built = statSync(join(PROJECT_FOLDER, "compiler", "dist", "tsconfig.tsbuildinfo"), { throwIfNoEntry: false })?.mtimeMs;
  return built !== undefined && !hasNewer(join(PROJECT_FOLDER, "compiler", "src"), built);
}

/** Runs a step of the build. What it prints goes to standard error: standard output is the application's. */
function succeeds([command = "", ...args]: readonly string[]): boolean {
  const { status, error } = spawnSync(command, args, { cwd: PROJECT_FOLDER, stdio: ["ignore", 2, 2] });
  if (error) throw new Failure(Status.unary, `the kernel cannot be built: ${command}: ${reason(error)}`);
  return status === 0;
}

/**
 * The end of the kernel in the guest's memory, in bytes: the highest address that its segments reach.
 * A file of another form (QEMU will say so) counts with its size.
 */
export function kernelEnd(path: string): number {
  const { size } = statSync(path);
  const file = openSync(path, "r");
  try {
    const header = readAt(file, 0, 64);
    if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2) return 1024 ** 2 + size;
    const count = header.readUInt16LE(56);
    const segments = readAt(file, Number(header.readBigUInt64LE(32)), count * 56);
    let end = 0;
    for (let start = 0; start + 56 <= segments.length; start += 56) {
      const isLoad = segments.readUInt32LE(start) === 1;
      if (isLoad) end = Math.max(end, Number(segments.readBigUInt64LE(start + 24) + segments.readBigUInt64LE(start + 40)));
    }
    return end;
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}
