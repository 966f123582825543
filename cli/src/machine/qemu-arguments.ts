// QEMU's command line for one machine. Pure: the same request gives the same words.

import { ConsolePort } from "@unary/abi/console-port";
import { CONTROL_PORT, EXIT_PORT, STANDARD_ERROR_PORT, STANDARD_OUTPUT_PORT } from "@unary/abi/ports";
import type { Accelerator } from "./accelerator.ts";
import type { MachineType } from "./machine-type.ts";
import type { MemoryPart } from "./memory-layout.ts";
import type { Network, PublishedPort } from "./network.ts";

/** The channels between guest and tool, by what they are for. */
export type Channel = "out" | "err" | "control" | "frames" | "input";

export interface QemuRequest {
  machine: MachineType;
  accelerator: Accelerator;
  /** Sizes are multiples of 1,024 bytes. */
  memory: readonly MemoryPart[];
  cpus: number;
  /** Instead of QEMU's own for the machine. */
  firmware: string | undefined;
  kernel: string;
  initialImage: string;
  /**
   * Options of `-chardev` after the id: what stands at the host's end of each channel. Output comes by a debug console and by the
   * virtio console, one after the other, into the same channel (mux=on).
   */
  channels: Record<Channel, string>;
  name: string | undefined;
  network: Network;
  /** Passed on as they are, after ours: QEMU takes the last of what contradicts. */
  extra: readonly string[];
}

/** microvm's places for virtio devices: one after the other, as are their lines of the IO-APIC where there is no ACPI. */
const VIRTIO_SLOTS = { address: 0xfeb00000, length: 512, line: 5 };
const CONSOLE_SLOT = 0;
const NETWORK_SLOT = 1;
const ENTROPY_SLOT = 2;

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

/**
 * The virtio devices: the console, which brings what is too much for the ports, the network, and random numbers where the processor
 * has none. On microvm the kernel's command line says where they are; on q35 they are PCI devices, which the kernel finds.
 */
function virtioDevices({ machine, accelerator, network, cpus }: QemuRequest): string[] {
  const { needsEntropy } = accelerator;
  const queues = cardQueues(network, cpus);
  // A vector for each queue on PCI: two of each pair, one for the control queue, one for the configuration.
  const several = queues === 1 ? "" : `,mq=on${machine === "q35" ? `,vectors=${2 * queues + 2}` : ""}`;
  const card = network.kind === "none" ? undefined : `netdev=network,mac=${network.hardwareAddress}${several}`;
  const ports = `max_ports=${Math.max(...Object.values(ConsolePort)) + 1}`;
  if (machine === "q35") {
    return [
      ...["-device", `virtio-serial-pci,id=console,disable-legacy=on,${ports}`],
      ...(card !== undefined ? ["-device", `virtio-net-pci,disable-legacy=on,romfile=,${card}`] : []),
      ...(needsEntropy ? ["-device", "virtio-rng-pci,disable-legacy=on"] : []),
    ];
  }
  const slots = [CONSOLE_SLOT, ...(card !== undefined ? [NETWORK_SLOT] : []), ...(needsEntropy ? [ENTROPY_SLOT] : [])];
  return [
    ...["-append", slots.map(slotParameter).join(" ")],
    ...["-global", "virtio-mmio.force-legacy=false"],
    ...["-device", `virtio-serial-device,id=console,bus=virtio-mmio-bus.${CONSOLE_SLOT},${ports}`],
    ...(card !== undefined ? ["-device", `virtio-net-device,bus=virtio-mmio-bus.${NETWORK_SLOT},${card}`] : []),
    ...(needsEntropy ? ["-device", `virtio-rng-device,bus=virtio-mmio-bus.${ENTROPY_SLOT}`] : []),
  ];
}

function slotParameter(slot: number): string {
  const { address, length, line } = VIRTIO_SLOTS;
  return `virtio_mmio.device=${length}@0x${(address + slot * length).toString(16)}:${line + slot}`;
}

/**
 * Memory of several parts is several NUMA nodes for QEMU, one behind the other. A file's part is private: the guest writes into pages
 * of its own.
 */
function memoryOptions(parts: readonly MemoryPart[]): string[] {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const size = ["-m", `${total / 1024}K`];
  if (parts.length === 1) return size;
  const backends = parts.flatMap((part, index) => {
    const common = `id=memory${index},size=${part.size / 1024}K`;
    const backend =
      part.path === undefined
        ? `memory-backend-ram,${common}`
        : `memory-backend-file,${common},share=off,mem-path=${escaped(part.path)}`;
    return ["-object", backend, "-numa", `node,memdev=memory${index}`];
  });
  return [...size, ...backends];
}

export function qemuArguments(request: QemuRequest): string[] {
  const { machine, accelerator, channels } = request;
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-M", machineOptions(machine), "-accel", accelerator.name, "-cpu", accelerator.cpu],
    ...["-smp", String(request.cpus), ...memoryOptions(request.memory)],
    ...(request.name === undefined ? [] : ["-name", escaped(request.name)]),
    ...(request.firmware === undefined ? [] : ["-bios", request.firmware]),
    ...["-kernel", request.kernel, "-initrd", request.initialImage],
    ...["-chardev", `${withId(channels.out, "out")},mux=on`, ...debugConsole("out", STANDARD_OUTPUT_PORT)],
    ...["-chardev", `${withId(channels.err, "err")},mux=on`, ...debugConsole("err", STANDARD_ERROR_PORT)],
    ...["-chardev", withId(channels.control, "control"), ...debugConsole("control", CONTROL_PORT)],
    ...["-chardev", withId(channels.frames, "frames"), "-serial", "chardev:frames"],
    ...networkBackend(request),
    ...virtioDevices(request),
    ...consolePort("out", ConsolePort.output),
    ...consolePort("err", ConsolePort.error),
    ...["-chardev", withId(channels.input, "input"), ...consolePort("input", ConsolePort.input)],
    ...["-device", `isa-debug-exit,iobase=0x${EXIT_PORT.toString(16)},iosize=4`],
    ...request.extra,
  ];
}

/** The most that the kernel uses. */
const MOST_QUEUES = 8;

/** Pairs of queues of the card: as many as CPUs on a tap that was made for several, which QEMU never opens as one with a single pair. */
function cardQueues(network: Network, cpus: number): number {
  return network.kind === "tap" && network.hasQueues ? Math.max(2, Math.min(cpus, MOST_QUEUES)) : 1;
}

/** The host's end of the network, and the file that its packets are copied to. */
function networkBackend({ network, cpus }: QemuRequest): string[] {
  if (network.kind === "none") return [];
  const queues = cardQueues(network, cpus);
  const backend =
    network.kind === "tap"
      ? `tap,id=network,ifname=${escaped(network.device)},script=no,downscript=no${queues === 1 ? "" : `,queues=${queues}`}`
      : ["user,id=network", ...network.ports.map(forwardingRule)].join(",");
  const capture = network.capture;
  const dump = capture === undefined ? [] : ["-object", `filter-dump,id=capture,netdev=network,file=${escaped(capture)}`];
  return ["-netdev", backend, ...dump];
}

function forwardingRule({ protocol, hostAddress, hostPort, guestPort }: PublishedPort): string {
  return `hostfwd=${protocol}:${hostAddress}:${hostPort}-:${guestPort}`;
}

/** A comma ends an option's value, two of them are one. */
function escaped(value: string): string {
  return value.replaceAll(",", ",,");
}

function debugConsole(channel: Channel, port: number): string[] {
  return ["-device", `isa-debugcon,iobase=0x${port.toString(16)},chardev=${channel}`];
}

/** Named, or QEMU would take the next free number. */
function consolePort(channel: Channel, number: number): string[] {
  return ["-device", `virtserialport,bus=console.0,nr=${number},chardev=${channel}`];
}

/** `socket,fd=3` → `socket,id=out,fd=3`. */
function withId(backend: string, id: string): string {
  const [kind = "", ...options] = backend.split(",");
  return [kind, `id=${id}`, ...options].join(",");
}
