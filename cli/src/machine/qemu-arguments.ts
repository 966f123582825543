// QEMU's command line for one machine. Pure: the same request gives the same words.

import { CONTROL_PORT, EXIT_PORT, STANDARD_ERROR_PORT, STANDARD_OUTPUT_PORT } from "@unary/abi/ports";
import type { Accelerator } from "./accelerator.ts";

export type MachineType = "microvm" | "q35";

/** The channels between guest and tool, by what they are for. */
export type Channel = "out" | "err" | "control" | "input";

export interface QemuRequest {
  machine: MachineType;
  accelerator: Accelerator;
  /** Bytes, a multiple of 1,024. */
  memory: number;
  cpus: number;
  /** Instead of QEMU's own for the machine. */
  firmware: string | undefined;
  kernel: string;
  initialImage: string;
  /** Options of `-chardev` after the id: what stands at the host's end of each channel. */
  channels: Record<Channel, string>;
  name: string | undefined;
  /** Passed on as they are, after ours: QEMU takes the last of what contradicts. */
  extra: readonly string[];
}

/**
 * Only what the guest uses is there; the rest would cost boot time. microvm starts with our own firmware, which needs no option
 * ROM and brings the tables that tell of the CPUs, so none of QEMU's. The kernel drives the IO-APIC, so no legacy interrupt
 * controller; the wall clock comes with the boot configuration, so no RTC.
 */
function machineOptions(machine: MachineType): string {
  switch (machine) {
    case "microvm":
      return "microvm,acpi=off,x-option-roms=off,pic=off,rtc=off,isa-serial=on,auto-kernel-cmdline=off";
    case "q35":
      return "q35,smm=off,vmport=off,sata=off,smbus=off,i8042=off,hpet=off";
  }
}

export function qemuArguments(request: QemuRequest): string[] {
  const { machine, accelerator, channels } = request;
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-M", machineOptions(machine), "-accel", accelerator.name, "-cpu", accelerator.cpu],
    ...["-smp", String(request.cpus), "-m", `${request.memory / 1024}K`],
    ...(request.name === undefined ? [] : ["-name", request.name.replaceAll(",", ",,")]),
    ...(request.firmware === undefined ? [] : ["-bios", request.firmware]),
    ...["-kernel", request.kernel, "-initrd", request.initialImage],
    ...debugConsole("out", STANDARD_OUTPUT_PORT, channels.out),
    ...debugConsole("err", STANDARD_ERROR_PORT, channels.err),
    ...debugConsole("control", CONTROL_PORT, channels.control),
    ...["-chardev", withId(channels.input, "input"), "-serial", "chardev:input"],
    ...["-device", `isa-debug-exit,iobase=0x${EXIT_PORT.toString(16)},iosize=4`],
    ...request.extra,
  ];
}

function debugConsole(id: Channel, port: number, backend: string): string[] {
  return ["-chardev", withId(backend, id), "-device", `isa-debugcon,iobase=0x${port.toString(16)},chardev=${id}`];
}

/** `socket,fd=3` → `socket,id=out,fd=3`. */
function withId(backend: string, id: string): string {
  const [kind = "", ...options] = backend.split(",");
  return [kind, `id=${id}`, ...options].join(",");
}
