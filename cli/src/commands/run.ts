// `unary run`: boots APP in a fresh machine, with its output and its exit status.

import { closeSync } from "node:fs";
import { Failure, Status } from "../failure.ts";
import { makeInitialImage, saveInitialImage } from "../image/initial-image.ts";
import { type Accelerator, emulationBecause } from "../machine/accelerator.ts";
import { explainKvmFailure } from "../machine/kvm-failure.ts";
import { INHERITED_CHANNELS, INHERITED_IMAGE, type MachineEnd, runMachine, type SilentEnd } from "../machine/machine.ts";
import { makeOutputPipes } from "../machine/output-pipe.ts";
import type { Channel } from "../machine/qemu-arguments.ts";
import { detail, imageProgress, say } from "../report.ts";
import { shellQuote } from "../shell-quote.ts";
import { formatMemory } from "../units.ts";
import { prepare } from "./prepare.ts";
import type { RunOptions } from "./run-options.ts";

/** The channels of a command line that a person pastes into a shell. */
const TERMINAL_CHANNELS: Record<Channel, string> = {
  out: "file,path=/dev/stdout",
  err: "file,path=/dev/stderr",
  control: "file,path=/dev/stderr",
  frames: "null",
  input: "null",
};

/** SIGPIPE: what the shell shows for a program whose reader has gone. */
const BROKEN_PIPE = 13;

/** When things happened, counted from the start of the command, without Node's own start. */
interface Milliseconds {
  /** QEMU was started. */
  started?: number;
  /** The first of the application's standard output was here. */
  firstOutput?: number;
  ended?: number;
}

/** @returns the exit status of the command */
export async function run(app: string, args: readonly string[], options: RunOptions): Promise<number> {
  const begun = performance.now();
  const since = (): number => Math.round((performance.now() - begun) * 100) / 100;
  const preparation = await prepare(app, args, options);
  if (options.dryRun) {
    const image = saveInitialImage(preparation.settings, preparation.root, preparation.layOut, imageProgress());
    const command = [preparation.qemu, ...preparation.commandLine(image, TERMINAL_CHANNELS)];
    const text = options.json
      ? JSON.stringify({ command, kernel: preparation.kernel, image })
      : command.map(shellQuote).join(" ");
    process.stdout.write(`${text}\n`);
    return 0;
  }

  let pipes = makeOutputPipes();
  const image = makeInitialImage(preparation.settings, preparation.root, preparation.layOut, imageProgress());
  const report = { json: options.json ?? false, verbose: options.verbose ?? false };
  detail(report, `image of ${formatMemory(image.archived)}, ${image.cached ? "found in the cache" : "made anew"}`);
  const milliseconds: Milliseconds = {};
  const start = async (accelerator: Accelerator): Promise<MachineEnd> => {
    const command = preparation.commandLine({ path: INHERITED_IMAGE, memory: image.memory }, INHERITED_CHANNELS, { accelerator });
    detail(report, `starting ${[preparation.qemu, ...command].map(shellQuote).join(" ")}`);
    const channels = await pipes;
    milliseconds.started = since();
    return runMachine({
      qemu: preparation.qemu,
      arguments: command,
      image: image.file,
      pipes: channels,
      showMonitor: options.qemuArg !== undefined || report.verbose,
      awaitShutdown: options.qemuArg !== undefined,
      attached: true,
      whenHeard: () => {
        milliseconds.firstOutput = since();
      },
    });
  };
  let end = await start(preparation.accelerator);
  const unserved = options.accel === "auto" ? unservedByKvm(preparation.accelerator, end) : undefined;
  if (unserved !== undefined) {
    const emulation = emulationBecause(unserved);
    if (!report.json) say(emulation.note ?? "");
    pipes = makeOutputPipes();
    end = await start(emulation);
  }
  closeSync(image.file);
  milliseconds.ended = since();
  detail(
    report,
    `started after ${milliseconds.started} ms, first output after ${milliseconds.firstOutput ?? "-"} ms, end after ${milliseconds.ended} ms`,
  );
  const status = exitStatus(end);
  if (options.json) process.stderr.write(`${JSON.stringify({ event: "end", status, end, milliseconds })}\n`);
  return status;
}

/** Why KVM did not even start the machine: then emulation can, and nothing is lost. */
function unservedByKvm(accelerator: Accelerator, end: MachineEnd): string | undefined {
  if (accelerator.name !== "kvm" || end.kind !== "silent" || !end.untouched) return undefined;
  return explainKvmFailure(end.qemuText);
}

/** @throws Failure when it was not the application that ended the machine */
export function exitStatus(end: MachineEnd): number {
  switch (end.kind) {
    case "exit":
      return end.status;
    case "signal":
    case "interrupted":
      return Status.signal + end.signal;
    case "unread":
      return Status.signal + BROKEN_PIPE;
    case "failed":
      throw new Failure(end.status, end.text);
    case "panic":
      throw new Failure(
        Status.unary,
        "the kernel panicked; its report is above",
        "This is a fault of Unary, not of the application.",
      );
    case "garbled":
      throw new Failure(Status.unary, `${end.text}; the machine was ended`);
    case "silent":
      throw silentEnd(end);
  }
}

function silentEnd(end: SilentEnd): Failure {
  const kvm = explainKvmFailure(end.qemuText);
  if (kvm !== undefined) {
    return new Failure(
      Status.unary,
      `QEMU could not run the machine: ${kvm}`,
      "Without KVM: --accel tcg. What this host offers: unary doctor",
    );
  }
  // QEMU gives up by SIGABRT, and says why; other signals come from outside.
  if (end.qemuSignal !== null && (end.qemuSignal !== "SIGABRT" || end.qemuText === "")) {
    return new Failure(
      Status.unary,
      `QEMU was ended from outside by ${end.qemuSignal}`,
      "The host may be short of memory: see dmesg.",
    );
  }
  if (end.qemuText !== "") return new Failure(Status.unary, `QEMU could not run the machine: ${end.qemuText}`, "unary doctor");
  return new Failure(
    Status.unary,
    `the machine ended without a word (QEMU's status is ${end.qemuStatus})`,
    "The kernel may have reset the machine: run it again with --verbose.",
  );
}
