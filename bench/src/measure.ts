// The ways to measure one guest: instructions to its first line, time to it, the memory it needs, and what a program prints.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { counterPlugin } from "./compile.ts";
import { type GuestName, type GuestRequest, guestCommand } from "./guest.ts";
import { BUILD } from "./repository.ts";

/** Milliseconds: more than any measured guest takes, several times over. */
const PATIENCE = 120_000;
const OUTPUT = join(BUILD, "output");
const REPORT = join(BUILD, "counts");

type Request = Omit<GuestRequest, "output">;

/**
 * Counts the guest's instructions from the first after reset to the one that completes `line` on its console.
 * One instruction is one nanosecond of virtual time (-icount shift=0), so that timers do not depend on the host.
 */
export async function instructionsToLine(guest: GuestName, request: Request, line: string): Promise<number> {
  removeFiles();
  const command = guestCommand(guest, { ...request, output: `file,path=${OUTPUT}` });
  const plugin = `${counterPlugin()},report=${REPORT},output=${OUTPUT},text=${line}`;
  await runUntil([...command, "-icount", "shift=0", "-plugin", plugin], () => found() !== undefined, PATIENCE);
  const count = found();
  if (count === undefined) throw new Error(`${guest} on ${request.machine} did not print ${line}: ${outputEnd()}`);
  return count;
}

function found(): number | undefined {
  const count = /^line (\d+)$/m.exec(readIfThere(REPORT))?.[1];
  return count === undefined ? undefined : Number(count);
}

/** Milliseconds from the start of QEMU to the line. */
export async function timeToLine(guest: GuestName, request: Request, line: string): Promise<number> {
  const [qemu = "", ...args] = guestCommand(guest, { ...request, output: "stdio,signal=off" });
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(qemu, args, { stdio: ["ignore", "pipe", "inherit"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    let text = "";
    let time: number | undefined;
    child.stdout.on("data", (piece: Buffer) => {
      text += piece.toString("latin1");
      if (time !== undefined || !text.includes(line)) return;
      time = performance.now() - start;
      child.kill("SIGKILL");
    });
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      if (time === undefined) reject(new Error(`${guest} on ${request.machine} did not print ${line}: ${text.slice(-500)}`));
      else resolve(time);
    });
  });
}

/** Whether the guest prints the line with this memory, within a time that is long for a boot. */
export async function prints(guest: GuestName, request: Request, line: string): Promise<boolean> {
  removeFiles();
  let command: string[];
  try {
    command = guestCommand(guest, { ...request, output: `file,path=${OUTPUT}` });
  } catch {
    // The tool itself refuses memory that cannot hold kernel and image.
    return false;
  }
  await runUntil(command, () => readIfThere(OUTPUT).includes(line), 20_000);
  return readIfThere(OUTPUT).includes(line);
}

/** All that the guest prints up to and with the line `end`, with one instruction a tick of the time stamp counter. */
export async function outputUpTo(guest: GuestName, request: Request, end: RegExp): Promise<string> {
  removeFiles();
  const command = guestCommand(guest, { ...request, output: `file,path=${OUTPUT}` });
  await runUntil([...command, "-icount", "shift=0"], () => end.test(readIfThere(OUTPUT)), PATIENCE);
  const output = readIfThere(OUTPUT).replaceAll("\r", "");
  if (!end.test(output)) throw new Error(`${guest}: ${request.program} did not reach its end: ${outputEnd()}`);
  return output;
}

/** Runs QEMU until it ends, `done` says so, or the time is over. */
function runUntil(command: readonly string[], done: () => boolean, patience: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const [qemu = "", ...args] = command;
    const child = spawn(qemu, args, { stdio: ["ignore", "ignore", "ignore"] });
    const poll = setInterval(() => done() && child.kill("SIGKILL"), 50);
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    child.once("error", reject);
    child.once("close", () => {
      clearInterval(poll);
      clearTimeout(timer);
      resolve();
    });
  });
}

function removeFiles(): void {
  mkdirSync(BUILD, { recursive: true });
  for (const path of [OUTPUT, REPORT]) rmSync(path, { force: true });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function outputEnd(): string {
  return `its console ends with ${JSON.stringify(readIfThere(OUTPUT).slice(-300))}, its errors with ${JSON.stringify(
    readIfThere(join(BUILD, "unary-errors")).slice(-1000),
  )}`;
}
