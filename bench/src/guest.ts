// The two guests that are compared, as QEMU command lines: the same machine, memory, processor and files, another kernel.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { program as compile } from "./compile.ts";
import { initramfsOf } from "./initramfs.ts";
import { linuxKernel } from "./linux-kernel.ts";
import { BUILD, COMMAND, KERNEL_OPTIONS } from "./repository.ts";

export type GuestName = "unary" | "linux";
export type MachineType = "microvm" | "q35";
export const GUESTS: readonly GuestName[] = ["unary", "linux"];
export const MACHINES: readonly MachineType[] = ["microvm", "q35"];

export interface GuestRequest {
  machine: MachineType;
  /** KiB. */
  memory: number;
  /** Path of the program on the host, and in the guest. */
  program: string;
  arguments?: readonly string[];
  /** A language runtime: Linux needs what is mounted at /proc, /sys and /dev. */
  isRuntime?: boolean;
  /** Default: emulation, with a processor whose instructions can be counted. */
  accelerator?: "tcg" | "kvm";
  /** `-chardev` backend that the guest's standard output goes to, such as `file,path=/x`. */
  output: string;
}

/** A repeated string instruction counts once for each repetition under -icount: neither kernel is to choose them. */
const PROCESSOR = "max,-erms,-fsrm";

/**
 * microvm without what Unary leaves out, except for the interrupt controller, without which Linux finds no timer there.
 * q35 exactly as Unary's.
 */
const LINUX_MACHINES: Record<MachineType, string> = {
  microvm: "microvm,acpi=off,x-option-roms=off,isa-serial=on,auto-kernel-cmdline=off",
  q35: "q35,smm=off,vmport=off,sata=off,smbus=off,i8042=off,hpet=off",
};

/** Linux's first program before a runtime, in the initramfs. */
const INIT = "mount-and-run";

/** To Linux's advantage: it prints nothing, does not test its ciphers at start, and ends with its first program. */
const LINUX_OPTIONS = "console=ttyS0 quiet cryptomgr.notests panic=-1 reboot=t";

/** @returns QEMU and its arguments */
export function guestCommand(guest: GuestName, request: GuestRequest): string[] {
  return guest === "unary" ? unaryCommand(request) : linuxCommand(request);
}

interface DryRun {
  command: string[];
  image: { path: string; memory?: { parts: { path?: string }[] } };
}

function dryRun({ machine, memory, program, arguments: args = [], accelerator = "tcg" }: GuestRequest): DryRun {
  const options = [
    "--dry-run",
    "--json",
    "--accel",
    accelerator,
    "--machine",
    machine,
    "-m",
    `${memory}k`,
    "-w",
    "/",
    ...KERNEL_OPTIONS,
  ];
  return JSON.parse(
    execFileSync(process.execPath, [COMMAND, "run", ...options, program, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      // Nothing of the folder that the bench is started in comes along.
      cwd: "/",
    }),
  ) as DryRun;
}

function unaryCommand(request: GuestRequest): string[] {
  const { command } = dryRun(request);
  const channels: Record<string, string> = {
    out: withId("out", request.output),
    err: `file,id=err,path=${join(BUILD, "unary-errors")}`,
    control: `file,id=control,path=${join(BUILD, "unary-control")}`,
  };
  const redirected = command.map((word) => {
    const channel = channels[/^file,id=(\w+),/.exec(word)?.[1] ?? ""];
    // Two devices of the guest write into one channel.
    return channel === undefined ? word : `${channel}${word.endsWith(",mux=on") ? ",mux=on" : ""}`;
  });
  return request.accelerator === "kvm" ? redirected : [...redirected, "-cpu", PROCESSOR];
}

function linuxCommand(request: GuestRequest): string[] {
  const { machine, memory, program, arguments: args = [], output, isRuntime = false } = request;
  // The files do not depend on the memory, and little memory would be refused.
  const { image } = dryRun({ ...request, memory: Math.max(memory, 512 * 1024) });
  mkdirSync(BUILD, { recursive: true });
  const initramfs = join(BUILD, `${basename(program)}.cpio`);
  const layers = image.memory?.parts.flatMap(({ path }) => path ?? []) ?? [];
  const first = isRuntime ? [`rdinit=/${INIT}`, `program=${program}`] : [`rdinit=${program}`];
  writeFileSync(initramfs, initramfsOf(image.path, layers, isRuntime ? { [INIT]: compile("linux_init") } : {}));
  const commandLine = [LINUX_OPTIONS, ...first, ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
  return [
    ...["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-M", LINUX_MACHINES[machine], "-accel", "tcg", "-cpu", PROCESSOR, "-smp", "1", "-m", `${memory}K`],
    ...["-kernel", linuxKernel().path, "-initrd", initramfs, "-append", commandLine],
    ...["-chardev", withId("out", output), "-serial", "chardev:out"],
  ];
}

function withId(id: string, backend: string): string {
  const [kind = "", ...options] = backend.split(",");
  return [kind, `id=${id}`, ...options].join(",");
}
