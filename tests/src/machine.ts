// Boots a machine with an image of the test's own, past all that the tool would check before: what reaches the kernel is exactly this.
//
// The tool still says how QEMU is to be called (`unary run --dry-run --json`); image and channels are put in their places.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlLine } from "@unary/abi/control-line";
import { ControlLineReader } from "@unary/abi/control-line";
import { runProcess } from "./outcome.ts";
import { BUILD, COMMAND } from "./repository.ts";
import { type Machine, unaryArguments } from "./unary.ts";

export interface MachineOutcome {
  output: string;
  /** The application's standard error and the kernel's log. */
  errors: string;
  /** What it said of its end: one line, if all is well. */
  control: ControlLine[];
  /** QEMU's own. */
  status: number;
  monitor: string;
}

/** Milliseconds: a machine with a bad image has little to do. */
const PATIENCE = 30_000;

/** QEMU's command line for a machine whose channels are files in `folder`, named out, err and control. */
export async function qemuCommand(machine: Machine, image: string, folder: string): Promise<string[]> {
  const options = ["--dry-run", "--json", ...(machine.options ?? [])];
  const args = unaryArguments("/bin/true", [], { machine: { ...machine, options } });
  const told = await runProcess(process.execPath, [COMMAND, ...args]);
  if (told.status !== 0) throw new Error(`unary run --dry-run gave ${told.status}: ${told.stderr}`);
  const { command } = JSON.parse(told.stdout.toString()) as { command: string[] };
  return command.map((word, index) => {
    if (command[index - 1] === "-initrd") return image;
    const channel = /^file,id=(out|err|control),/.exec(word)?.[1];
    if (channel === undefined) return word;
    // Two devices of the guest write into one channel.
    return `file,id=${channel},path=${join(folder, channel)}${word.endsWith(",mux=on") ? ",mux=on" : ""}`;
  });
}

/** Runs a machine with this initial image to its end. */
export async function runImage(image: Buffer, machine: Machine = {}): Promise<MachineOutcome> {
  mkdirSync(BUILD, { recursive: true });
  const folder = mkdtempSync(join(BUILD, "machine-"));
  try {
    const path = join(folder, "image");
    writeFileSync(path, image);
    const [qemu = "", ...args] = await qemuCommand(machine, path, folder);
    const end = await runProcess(qemu, args, { patience: PATIENCE });
    const read = (channel: string): Buffer => readFileSync(join(folder, channel));
    return {
      output: read("out").toString("latin1"),
      errors: read("err").toString("latin1"),
      control: new ControlLineReader().push(read("control")).filter(({ kind }) => kind !== "reading"),
      status: end.status,
      monitor: end.stderr.toString("latin1"),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
