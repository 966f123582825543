// The firmware that microvm machines start with: cli/firmware/firmware.S, assembled when it is older than its source.

import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure, Status } from "./failure.ts";
import { PROJECT_FOLDER } from "./kernel-image.ts";

const SOURCE = join(PROJECT_FOLDER, "cli", "firmware", "firmware.S");
const FIRMWARE = join(PROJECT_FOLDER, "build", "firmware", "firmware.bin");
/** The ROM ends at 4 GiB. */
const ROM_START = "0xffff0000";

/** Gives back the path of a firmware that is there and current. */
export function currentFirmware(): string {
  const source = statSync(SOURCE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const built = statSync(FIRMWARE, { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined || built < source) buildFirmware();
  return FIRMWARE;
}

function buildFirmware(): void {
  mkdirSync(dirname(FIRMWARE), { recursive: true });
  // Runs at the same time do not meet: each builds its own, and puts it in place when it is whole.
  const unfinished = `${FIRMWARE}.${process.pid}`;
  try {
    run("gcc", "-m32", "-c", SOURCE, "-o", `${unfinished}.o`);
    run("ld", "-m", "elf_i386", "-Ttext", ROM_START, "-e", ROM_START, "--oformat", "binary", `${unfinished}.o`, "-o", unfinished);
    renameSync(unfinished, FIRMWARE);
  } finally {
    for (const path of [unfinished, `${unfinished}.o`]) rmSync(path, { force: true });
  }
}

function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    const why = error === undefined ? "its messages are above" : error.message;
    throw new Failure(Status.unary, `the firmware cannot be built: ${command} failed: ${why}`, "unary doctor");
  }
}
