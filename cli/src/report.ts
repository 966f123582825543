// What the tool itself says. All of it goes to standard error: standard output belongs to the application.

import { writeSync } from "node:fs";
import { Failure, Status } from "./failure.ts";
import { formatMemory } from "./units.ts";

/** A line of ours, or with `json` one object a line. */
export interface Report {
  json: boolean;
  verbose: boolean;
}

export function say(line: string): void {
  writeError(`unary: ${line}\n`);
}

/** Shown with --verbose only. */
export function detail(report: Report, line: string): void {
  if (report.verbose) say(line);
}

/** Tells what went wrong and gives back the status for it. */
export function reportFailure(error: unknown, json: boolean): number {
  const failure = error instanceof Failure ? error : unexpected(error);
  if (json)
    writeError(`${JSON.stringify({ event: "failure", status: failure.status, message: failure.message, hint: failure.hint })}\n`);
  else say(`${failure.message}${failure.hint === undefined ? "" : `\n  ${failure.hint}`}`);
  return failure.status;
}

function unexpected(error: unknown): Failure {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Failure(Status.unary, `this is a fault of unary itself: ${text}`);
}

/** Shows how far the writing of a large image has come: in place on a terminal, nothing elsewhere. */
export function imageProgress(): (written: number, total: number) => void {
  let shown = -1;
  return (written, total) => {
    const percent = Math.floor((written / total) * 100);
    if (!process.stderr.isTTY || total < 64 * 1024 ** 2 || percent === shown) return;
    shown = percent;
    writeError(`\runary: making the image, ${percent} % of ${formatMemory(total)}${percent === 100 ? "\r\x1b[K" : ""}`);
  };
}

function writeError(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it.
  }
}
