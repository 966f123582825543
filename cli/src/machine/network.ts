// The machine's network: QEMU's user-mode network unless another is asked for. It needs no rights on the host, and gives the machine
// addresses that are known beforehand, so nothing has to be asked for when the machine starts.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { BootNetwork } from "@unary/abi/boot-configuration";
import { Failure, Status } from "../failure.ts";
import { type PublishedPort, parsePublishedPorts } from "./published-port.ts";

export type { PublishedPort };

export type Network =
  | { kind: "none" }
  | { kind: "user"; hardwareAddress: string; ports: readonly PublishedPort[]; capture: string | undefined }
  /** A network device of the host, which its owner has made. */
  | { kind: "tap"; hardwareAddress: string; device: string; hasQueues: boolean; capture: string | undefined };

/** What the user-mode network gives its only machine (QEMU's defaults). */
export const USER_NETWORK: BootNetwork = {
  address: "10.0.2.15",
  prefix: 24,
  gateway: "10.0.2.2",
  nameServer: "10.0.2.3",
};
/** Locally administered; QEMU's own prefix and its first address. */
const USER_HARDWARE_ADDRESS = "52:54:00:12:34:56";

export interface NetworkOptions {
  /** `user`, `none` or `tap=NAME`. */
  network?: string;
  publish?: readonly string[];
  pcap?: string;
}

/** @throws Failure for options that contradict, and for a tap device that is not there */
export function chooseNetwork({ network = "user", publish = [], pcap }: NetworkOptions): Network {
  const ports = publish.flatMap(parsePublishedPorts);
  if (network === "none") {
    if (ports.length > 0)
      throw new Failure(Status.usage, "-p publishes ports, and --network none leaves the machine without a network");
    if (pcap !== undefined) throw new Failure(Status.usage, "--pcap has nothing to write with --network none");
    return { kind: "none" };
  }
  if (network === "user") return { kind: "user", hardwareAddress: USER_HARDWARE_ADDRESS, ports, capture: pcap };
  const device = /^tap=(.+)$/.exec(network)?.[1];
  if (device === undefined) {
    throw new Failure(Status.usage, `--network ${network} is unknown`, "Expected user, tap=NAME or none.");
  }
  if (ports.length > 0) {
    throw new Failure(Status.usage, `-p is for QEMU's own network: on ${device} the machine has an address, and all its ports`);
  }
  const hasQueues = (tapFlags(device) & MULTI_QUEUE) !== 0;
  if (hasQueues && pcap !== undefined)
    throw new Failure(Status.usage, `--pcap cannot see the packets of ${device}, a tap of several queues`);
  return { kind: "tap", hardwareAddress: hardwareAddressOf(device), device, hasQueues, capture: pcap };
}

/** Of a tap that takes several queues (linux/if_tun.h). */
const MULTI_QUEUE = 0x100;

/** The device's flags. @throws Failure when it is none */
function tapFlags(device: string): number {
  // What `ip` accepts as a name: at most 15 characters, none of them a slash or a space.
  if (!/^[^\s/]{1,15}$/.test(device)) throw new Failure(Status.usage, `${device} cannot be the name of a network device`);
  if (!existsSync(`/sys/class/net/${device}`)) {
    throw new Failure(
      Status.unary,
      `there is no network device ${device}`,
      `ip tuntap add dev ${device} mode tap user "$USER" && ip link set ${device} up`,
    );
  }
  const flags = `/sys/class/net/${device}/tun_flags`;
  if (!existsSync(flags)) throw new Failure(Status.unary, `${device} is a network device, but not a tap`);
  return Number(readFileSync(flags, "utf8"));
}

/** Machines on several taps may meet on one bridge, and a DHCP server knows one again by its address: it depends on the name alone. */
function hardwareAddressOf(device: string): string {
  const [a = 0, b = 0, c = 0] = createHash("sha256").update(device).digest();
  return ["52:54:00", ...[a, b, c].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}
