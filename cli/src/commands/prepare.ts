// From options to everything that a machine needs: kernel, image, QEMU's command line.

import { availableParallelism, totalmem } from "node:os";
import { resolve } from "node:path";
import { BootFlag } from "@unary/abi/boot-configuration";
import { findProgram, type Program } from "../application/program.ts";
import { Failure, Status } from "../failure.ts";
import { currentFirmware } from "../firmware-image.ts";
import { findExecutable } from "../host/executable.ts";
import { collectRoot } from "../image/application-root.ts";
import { copiedSize, type LayOut, type Settings } from "../image/initial-image.ts";
import type { RootFolder } from "../image/root-folder.ts";
import { parseVolume } from "../image/volume.ts";
import { currentKernel, kernelEnd } from "../kernel-image.ts";
import { type Accelerator, chooseAccelerator, describeMode } from "../machine/accelerator.ts";
import { LAYER_ALIGNMENT, layOutMemory, type MemoryLayout } from "../machine/memory-layout.ts";
import { chooseNetwork, type Network, USER_NETWORK } from "../machine/network.ts";
import { claimPorts } from "../machine/published-port.ts";
import { type Channel, qemuArguments } from "../machine/qemu-arguments.ts";
import { detail, say } from "../report.ts";
import { commandFor } from "../runtime/launch.ts";
import { findRuntime } from "../runtime/runtime.ts";
import { formatMemory } from "../units.ts";
import type { RunOptions } from "./run-options.ts";

const QEMU = "qemu-system-x86_64";
/** Page tables, stacks and tables of frames: what the kernel takes beside its own image. */
const KERNEL_WORKING_MEMORY = 512 * 1024;
const DEFAULT_MEMORY = 512 * 1024 ** 2;
/** Runtimes have threads of their own (compilers, collectors) and take memory by the gigabyte; what is not used costs nothing. */
const RUNTIME_MEMORY = 4 * 1024 ** 3;
const RUNTIME_CPU_LIMIT = 8;

export interface Preparation {
  qemu: string;
  root: RootFolder;
  settings: Settings;
  layOut: LayOut;
  kernel: string;
  accelerator: Accelerator;
  /** QEMU's words, once it is known where the image is and where the channels end. */
  commandLine(
    image: { path: string; memory: MemoryLayout },
    channels: Record<Channel, string>,
    choices?: CommandLineChoices,
  ): string[];
}

interface CommandLineChoices {
  /** Instead of the preparation's own. */
  accelerator?: Accelerator;
  /** Arguments for QEMU, before the user's. */
  extra?: readonly string[];
}

export async function prepare(app: string, args: readonly string[], options: RunOptions): Promise<Preparation> {
  const network = await claimNetwork(options);
  const volumes = (options.volume ?? []).map(parseVolume);
  for (const { source, target, readOnly } of volumes) {
    if (!readOnly) say(`what is written below ${target} stays in the machine: ${source} is not changed (add :ro to say so)`);
  }
  const hostName = options.name ?? "unary";
  const environment = guestEnvironment(options.env ?? [], hostName);
  const workingDirectory = resolve(options.workdir ?? ".");
  const program = findEntry(app, args, options.entrypoint);
  for (const note of program.notes) if (!options.json) say(note);
  const runtime = findRuntime(program, environment, resolve("."));
  const root = collectRoot({
    program,
    runtime,
    arguments: program.arguments.slice(1),
    environment,
    workingDirectory,
    volumes,
    hostName,
    nameServer: bootNetwork(network)?.nameServer,
  });
  const report = { json: options.json ?? false, verbose: options.verbose ?? false };
  for (const skipped of root.skipped) detail(report, `left out ${skipped}`);

  const qemu = findExecutable(QEMU);
  if (qemu === undefined) {
    throw new Failure(Status.unary, `${QEMU} is not installed, and machines run in it`, "apt-get install qemu-system-x86");
  }
  const accelerator = chooseAccelerator(options.accel);
  if (accelerator.note !== undefined && !report.json) say(accelerator.note);
  const kernel = currentKernel(options.kernel, say);
  detail(report, `${accelerator.name === "kvm" ? "KVM, " : ""}${describeMode(accelerator.mode)}`);
  const { machine, name } = options;
  const cpus = options.cpus ?? (runtime === undefined ? 1 : Math.min(availableParallelism(), RUNTIME_CPU_LIMIT));
  const memory = options.memory ?? (runtime === undefined ? DEFAULT_MEMORY : runtimeMemory());
  const firmware = machine === "microvm" ? currentFirmware() : undefined;
  checkMemory(memory, kernelEnd(kernel), root);
  return {
    qemu,
    root,
    kernel,
    accelerator,
    settings: bootSettings(options, program, environment, { hostName, workingDirectory, network: bootNetwork(network) }),
    layOut: (layers) => layOutMemory(machine, memory, layers),
    commandLine: (image, channels, choices = {}) =>
      qemuArguments({
        ...{ machine, memory: image.memory.parts, cpus, firmware, kernel, initialImage: image.path, channels, name, network },
        accelerator: choices.accelerator ?? accelerator,
        extra: [...(choices.extra ?? []), ...(options.qemuArg ?? [])],
      }),
  };
}

/** The network as it is asked for, with ports that are free; those that were chosen here are said. */
async function claimNetwork(options: RunOptions): Promise<Network> {
  const network = chooseNetwork(options);
  if (network.kind !== "user" || network.ports.length === 0 || options.dryRun) return network;
  const ports = await claimPorts(network.ports);
  for (const [index, { protocol, hostPort, guestPort }] of ports.entries()) {
    if (network.ports[index]?.hostPort === 0)
      say(`port ${hostPort}/${protocol} of the host leads to ${guestPort} of the machine`);
  }
  return { ...network, ports };
}

/** On QEMU's own network the machine's address is known; elsewhere it asks for one. */
function bootNetwork(network: Network): Settings["network"] {
  return network.kind === "user" ? USER_NETWORK : undefined;
}

/** Enough for what runtimes set aside by the size of the machine (the JVM's heap is a quarter), and never most of the host. */
function runtimeMemory(): number {
  const half = Math.floor(totalmem() / 2 / LAYER_ALIGNMENT) * LAYER_ALIGNMENT;
  return Math.max(Math.min(half, RUNTIME_MEMORY), DEFAULT_MEMORY);
}

/** With --entrypoint, APP still brings its files: it is what the entry point works on. */
function findEntry(app: string, args: readonly string[], entrypoint: string | undefined): Program {
  if (entrypoint === undefined) {
    const [name = app, ...all] = commandFor(app, args);
    return findProgram(name, all);
  }
  const program = findProgram(entrypoint, args);
  const application = findProgram(app, []);
  return {
    ...program,
    scripts: [...program.scripts, ...application.scripts],
    companions: [...program.companions, application.executable, ...application.companions],
  };
}

function guestEnvironment(settings: readonly string[], hostName: string): Map<string, string> {
  const environment = new Map([
    ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    ["HOSTNAME", hostName],
    ["HOME", "/root"],
  ]);
  const terminal = process.env["TERM"];
  if (terminal !== undefined && process.stdout.isTTY) environment.set("TERM", terminal);
  for (const setting of settings) {
    const equals = setting.indexOf("=");
    const name = equals < 0 ? setting : setting.slice(0, equals);
    if (name === "") throw new Failure(Status.usage, `-e ${setting}: the variable has no name`);
    const value = equals < 0 ? process.env[name] : setting.slice(equals + 1);
    // As Docker does: a variable that the host does not have is not set.
    if (value !== undefined) environment.set(name, value);
  }
  return environment;
}

function bootSettings(
  options: RunOptions,
  program: Program,
  environment: ReadonlyMap<string, string>,
  place: Pick<Settings, "hostName" | "workingDirectory" | "network">,
): Settings {
  const flags: [number, boolean | undefined][] = [
    [BootFlag.traceSystemCalls, options.strace],
    [BootFlag.stdinIsTerminal, process.stdin.isTTY],
    [BootFlag.stdoutIsTerminal, process.stdout.isTTY],
    [BootFlag.stderrIsTerminal, process.stderr.isTTY],
    [BootFlag.verbose, options.verbose],
    [BootFlag.panicOnPurpose, options.panic],
    [BootFlag.userMode, options.privilege === "user"],
  ];
  return {
    ...place,
    flags: flags.reduce((all, [flag, isSet]) => (isSet ? all | flag : all), 0),
    executable: program.executable,
    arguments: program.arguments,
    environment: [...environment].map(([name, value]) => `${name}=${value}`),
    wallClock: BigInt(Date.now()) * 1_000_000n,
    terminalColumns: process.stdout.columns ?? 0,
    terminalRows: process.stdout.rows ?? 0,
  };
}

/** Before anything is copied: a machine that cannot even hold kernel and image is refused. */
function checkMemory(memory: number, kernel: number, root: RootFolder): void {
  const copied = copiedSize(root);
  const needed = kernel + copied + KERNEL_WORKING_MEMORY;
  if (memory >= needed) return;
  const enough = Math.ceil(needed / 1024 ** 2);
  const largest = root.largest === undefined ? "" : ` (${root.largest.what} alone ${formatMemory(root.largest.size)})`;
  throw new Failure(
    Status.unary,
    `${formatMemory(memory)} of memory are too little: the kernel takes ${formatMemory(kernel)}, the files of the image ${formatMemory(copied)}${largest}`,
    `Give it at least -m ${enough}m, and what the application itself needs.`,
  );
}
