// The two guests that are compared, as QEMU command lines: the same machine, memory, processor and files, another kernel.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { program as compile } from "./compile.ts";
import { initramfsOf } from "./initramfs.ts";
import { linuxKernel, linuxModule } from "./linux-kernel.ts";
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
  /** A language runtime, or a server: Linux needs what is mounted at /proc, /sys and /dev. */
  isRuntime?: boolean;
  /** Default: the tool's own. */
  cpus?: number;
  /** A folder that is brought along under its own name, to be read. */
  folder?: string;
  /** A tap device. Default: Unary has what the tool gives it, Linux has none. */
  network?: GuestNetwork;
  /** Default: emulation, with a processor whose instructions can be counted. */
  accelerator?: "tcg" | "kvm";
  /** `-chardev` backend that the guest's standard output goes to, such as `file,path=/x`. */
  output: string;
}

export interface GuestNetwork {
  device: string;
  /** Linux's own; Unary asks for one. */
  address: string;
  /** Makes a command run where the device is. */
  within: (command: readonly string[]) => string[];
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

/** Where Linux finds a virtio device's registers on microvm is a matter of ACPI: Debian's kernel takes none from its options. */
const LINUX_MICROVM_WITH_DEVICES = "microvm,acpi=on,x-option-roms=off,isa-serial=on,auto-kernel-cmdline=off";

/** What Linux has as modules, in the order of their needs. */
const LINUX_DRIVERS: Record<MachineType, readonly string[]> = {
  microvm: ["virtio_ring", "virtio", "virtio_mmio", "failover", "net_failover", "virtio_net"],
  q35: [
    ...["virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci"],
    ...["failover", "net_failover", "virtio_net"],
  ],
};
const LINUX_CARDS: Record<MachineType, string> = {
  microvm: "virtio-net-device",
  q35: "virtio-net-pci,disable-legacy=on,romfile=",
};
/** Locally administered; Unary's machine has another. */
const LINUX_HARDWARE_ADDRESS = "52:54:00:00:00:02";

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

function dryRun(request: GuestRequest): DryRun {
  const { machine, memory, program, arguments: args = [], accelerator = "tcg", cpus, folder, network } = request;
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
    ...(cpus === undefined ? [] : ["--cpus", String(cpus)]),
    ...(folder === undefined ? [] : ["-v", `${folder}:${folder}:ro`]),
    ...(network === undefined ? [] : ["--network", `tap=${network.device}`]),
    ...KERNEL_OPTIONS,
  ];
  const command = [process.execPath, COMMAND, "run", ...options, program, ...args];
  const [first = "", ...words] = network === undefined ? command : network.within(command);
  return JSON.parse(
    execFileSync(first, words, {
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
  const whole = request.accelerator === "kvm" ? redirected : [...redirected, "-cpu", PROCESSOR];
  return request.network === undefined ? whole : request.network.within(whole);
}

function linuxCommand(request: GuestRequest): string[] {
  const { machine, memory, program, arguments: args = [], output, isRuntime = false, network } = request;
  // The files do not depend on the memory, and little memory would be refused.
  const { image } = dryRun({ ...request, memory: Math.max(memory, 512 * 1024) });
  const hasInit = isRuntime || network !== undefined;
  const drivers = network === undefined ? [] : LINUX_DRIVERS[machine].map((name) => `${name}.ko`);
  const added = {
    ...(hasInit ? { [INIT]: compile("linux_init") } : {}),
    ...Object.fromEntries(drivers.map((name) => [`modules/${name}`, linuxModule(name)])),
  };
  mkdirSync(BUILD, { recursive: true });
  const initramfs = join(BUILD, `${basename(program)}.cpio`);
  const layers = image.memory?.parts.flatMap(({ path }) => path ?? []) ?? [];
  const first = hasInit ? [`rdinit=/${INIT}`, `program=${program}`] : [`rdinit=${program}`];
  if (network !== undefined) first.push(`modules=${drivers.join(":")}`, `address=${network.address}`);
  writeFileSync(initramfs, initramfsOf(image.path, layers, added));
  const commandLine = [LINUX_OPTIONS, ...first, ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
  const command = [
    ...["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...[
      "-M",
      network !== undefined && machine === "microvm" ? LINUX_MICROVM_WITH_DEVICES : LINUX_MACHINES[machine],
      "-accel",
      "tcg",
      "-cpu",
      PROCESSOR,
      "-smp",
      "1",
      "-m",
      `${memory}K`,
    ],
    ...["-kernel", linuxKernel().path, "-initrd", initramfs, "-append", commandLine],
    ...["-chardev", withId("out", output), "-serial", "chardev:out"],
    ...(network === undefined ? [] : linuxCard(machine, network)),
  ];
  return network === undefined ? command : network.within(command);
}

function linuxCard(machine: MachineType, { device }: GuestNetwork): string[] {
  const card = `${LINUX_CARDS[machine]},netdev=network,mac=${LINUX_HARDWARE_ADDRESS}`;
  return [
    ...["-netdev", `tap,id=network,ifname=${device},script=no,downscript=no`],
    ...(machine === "microvm" ? ["-global", "virtio-mmio.force-legacy=false"] : []),
    ...["-device", card],
  ];
}

function withId(id: string, backend: string): string {
  const [kind = "", ...options] = backend.split(",");
  return [kind, `id=${id}`, ...options].join(",");
}
