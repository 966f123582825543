// The options that `run` and `debug` share, from words to values.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { AcceleratorOption } from "../machine/accelerator.ts";
import type { MachineType } from "../machine/machine-type.ts";
import { parseMemory } from "../units.ts";

export interface RunOptions {
  accel: AcceleratorOption;
  privilege: "auto" | "user";
  machine: MachineType;
  /** Bytes, beside what is mapped from the cache. */
  memory?: number;
  cpus?: number;
  env?: string[];
  volume?: string[];
  workdir?: string;
  publish?: string[];
  network?: string;
  pcap?: string;
  name?: string;
  entrypoint?: string;
  strace?: boolean;
  qemuArg?: string[];
  kernel?: string;
  verbose?: boolean;
  json?: boolean;
  panic?: boolean;
  /** Of `run` alone. */
  dryRun?: boolean;
}

/** Below this not even the kernel's own tables fit; above, QEMU's addresses end. */
const SMALLEST_MEMORY = 1024 ** 2;

export function addRunOptions(command: Command): Command {
  return command
    .addOption(new Option("--accel <name>", "how instructions are run").choices(["auto", "kvm", "tcg"]).default("auto"))
    .addOption(
      new Option("--privilege <mode>", "the kernel's processor mode; user forces ring 3, which auto takes where ring 0 is slow")
        .choices(["auto", "user"])
        .default("auto"),
    )
    .addOption(new Option("--machine <type>", "QEMU's machine").choices(["microvm", "q35"]).default("microvm"))
    .addOption(memoryOption())
    .addOption(
      new Option("--cpus <number>", "processors of the machine (default: 1; for a language runtime as many as here)").argParser(
        parseCpus,
      ),
    )
    .option("-e, --env <K=V>", "set an environment variable; K alone takes the host's value (repeatable)", collect)
    .option("-v, --volume <SRC:DST[:ro]>", "bring a host file or folder along at another path (repeatable)", collect)
    .option("-p, --publish <ports>", "offer a port of the machine on the host: [IP:][HOST:]GUEST[/udp] (repeatable)", collect)
    .option("--network <kind>", "user (QEMU's own, needs no rights), tap=NAME, or none (default: user)")
    .option("--pcap <file>", "write every packet to a file that Wireshark opens")
    .option("-w, --workdir <path>", "working directory in the machine (default: the same as here)")
    .option("--name <name>", "name of the machine, and its host name")
    .option("--entrypoint <program>", "start this program instead of APP, with the same arguments")
    .option("--strace", "print the application's system calls on standard error")
    .option("--qemu-arg <arg>", "pass an argument to QEMU as it is, after ours (repeatable)", collect)
    .option("--kernel <file>", "start another kernel (default: build/kernel/kernel.elf)")
    .option("--verbose", "say what is done, and show the kernel's own log")
    .option("--json", "write our own messages as JSON, one object a line")
    .addOption(new Option("--panic", "make the kernel panic on purpose, to see its report").hideHelp());
}

function memoryOption(): Option {
  return new Option(
    "-m, --memory <size>",
    "memory of the machine: b, k, m or g, as Docker has it (default: 512m; for a language runtime up to 4g)",
  ).argParser(parseMemoryOption);
}

function parseMemoryOption(text: string): number {
  const bytes = parseMemory(text);
  if (bytes === undefined) throw new InvalidArgumentError("Expected a number with b, k, m or g, such as 512m.");
  if (bytes < SMALLEST_MEMORY) throw new InvalidArgumentError("A machine needs at least 1m.");
  return Math.ceil(bytes / 4096) * 4096;
}

function parseCpus(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("Expected a whole number of processors, at least 1.");
  return Number(text);
}

function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
