// `unary debug`: a machine that waits before its first instruction, and gdb on it with the kernel's symbols.

import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Failure, Status } from "../failure.ts";
import { findExecutable } from "../host/executable.ts";
import { makeInitialImage } from "../image/initial-image.ts";
import { PROJECT_FOLDER } from "../kernel-image.ts";
import { INHERITED_CHANNELS, INHERITED_IMAGE, runMachine } from "../machine/machine.ts";
import { makeOutputPipes } from "../machine/output-pipe.ts";
import { imageProgress } from "../report.ts";
import { prepare } from "./prepare.ts";
import { exitStatus } from "./run.ts";
import type { RunOptions } from "./run-options.ts";

/** The symbol of kernel/boot/main.ts's `kernelMain`: the first TypeScript that runs. */
const FIRST_FUNCTION = "kernel_main";

/** @returns gdb's status */
export async function debug(app: string, args: readonly string[], options: RunOptions & { gdbArg?: string[] }): Promise<number> {
  const gdb = findExecutable("gdb");
  if (gdb === undefined) throw new Failure(Status.unary, "gdb is not installed", "apt-get install gdb");
  const preparation = await prepare(app, args, options);
  const pipes = makeOutputPipes();
  const image = makeInitialImage(preparation.settings, preparation.root, preparation.layOut, imageProgress());

  // A folder that only this user can enter: whoever reaches the socket controls the machine.
  const folder = mkdtempSync(join(tmpdir(), "unary-debug-"));
  const socket = join(folder, "gdb");
  try {
    const stub = ["-chardev", `socket,id=gdb,path=${socket},server=on,wait=off`, "-gdb", "chardev:gdb", "-S"];
    const stop = new AbortController();
    const machine = runMachine({
      qemu: preparation.qemu,
      arguments: preparation.commandLine({ path: INHERITED_IMAGE, memory: image.memory }, INHERITED_CHANNELS, { extra: stub }),
      image: image.file,
      pipes: await pipes,
      showMonitor: true,
      awaitShutdown: true,
      attached: false,
      stop: stop.signal,
    });
    closeSync(image.file);
    const early = await Promise.race([machine, appearance(socket)]);
    // It ended before there was anything to debug.
    if (early !== undefined) return exitStatus(early);
    const status = await runGdb(gdb, preparation.kernel, socket, options.gdbArg ?? []);
    stop.abort();
    await machine;
    return status;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits until QEMU listens. */
async function appearance(path: string): Promise<undefined> {
  while (!existsSync(path)) await setTimeout(10, undefined, { ref: false });
}

function runGdb(gdb: string, kernel: string, socket: string, extra: readonly string[]): Promise<number> {
  const commands = [
    "set confirm off",
    "set pagination off",
    `directory ${PROJECT_FOLDER}`,
    `target remote ${socket}`,
    // A breakpoint of the processor: the kernel is not in memory yet.
    `thbreak ${FIRST_FUNCTION}`,
    "continue",
  ];
  const args = ["-q", kernel, ...commands.flatMap((command) => ["-ex", command]), ...extra];
  return new Promise((resolve, reject) => {
    // Ctrl-C is gdb's: it interrupts the machine.
    process.on("SIGINT", () => undefined);
    const child = spawn(gdb, args, { stdio: "inherit" });
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? Status.unary));
  });
}
