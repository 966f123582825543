// What a program leaves behind when it ends: its output and its status, wherever it ran.

import { spawn } from "node:child_process";
import { constants } from "node:os";

export interface Outcome {
  stdout: Buffer;
  stderr: Buffer;
  /** As a shell shows it: 128 + n for signal n. */
  status: number;
}

export interface RunRequest {
  input?: string | Buffer;
  folder?: string;
  /** The whole environment. */
  environment?: Readonly<Record<string, string>>;
  /** Milliseconds until the program is taken for hung, and killed. */
  patience?: number;
}

const PATIENCE = 90_000;
/** More than any test prints; a program in a loop of printing is stopped there. */
const OUTPUT_LIMIT = 64 * 1024 * 1024;

/** Runs a program of the host to its end. Rejects when it cannot be started or does not end. */
export function runProcess(program: string, args: readonly string[], request: RunRequest = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: request.folder,
      env: request.environment ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    let hung = false;
    const collect = (pieces: Buffer[]) => (piece: Buffer) => {
      pieces.push(piece);
      size += piece.length;
      if (size > OUTPUT_LIMIT) child.kill("SIGKILL");
    };
    child.stdout.on("data", collect(stdout));
    child.stderr.on("data", collect(stderr));
    // A program may end without reading its input.
    child.stdin.on("error", () => undefined);
    child.stdin.end(request.input ?? "");
    const patience = request.patience ?? PATIENCE;
    const timer = setTimeout(() => {
      hung = true;
      // The command ends its machine on this signal; a second one, or being killed, would leave less to read.
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 8000).unref();
    }, patience);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (hung) {
        const tail = (pieces: Buffer[]): string => Buffer.concat(pieces).toString("latin1").slice(-3000);
        const told = `standard output ends with:\n${tail(stdout)}\nstandard error ends with:\n${tail(stderr)}`;
        reject(new Error(`${program} ${args.join(" ")} did not end within ${patience / 1000} s; ${told}`));
        return;
      }
      const status = signal === null ? (code ?? 0) : 128 + constants.signals[signal];
      resolve({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), status });
    });
  });
}
