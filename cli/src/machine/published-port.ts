// Ports of the machine that the host offers, in Docker's words: -p [IP:][HOST:]GUEST[/tcp|udp], where HOST and GUEST may be ranges.

import { createSocket } from "node:dgram";
import { createServer, isIPv4 } from "node:net";
import { Failure, Status } from "../failure.ts";

export interface PublishedPort {
  protocol: "tcp" | "udp";
  /** IPv4 address of the host; 0.0.0.0 for all that it has. */
  hostAddress: string;
  /** 0: any that is free. */
  hostPort: number;
  guestPort: number;
}

const ALL_ADDRESSES = "0.0.0.0";

/** @throws Failure with status 2 for anything that is not of Docker's form */
export function parsePublishedPorts(text: string): PublishedPort[] {
  const refuse = (what: string): Failure =>
    new Failure(
      Status.usage,
      `-p ${text}: ${what}`,
      "Expected [IP:][HOST:]GUEST[/tcp|udp], such as 8080:80 or 127.0.0.1:5353:53/udp.",
    );
  const [numbers = "", protocol = "tcp", ...rest] = text.split("/");
  if (rest.length > 0 || (protocol !== "tcp" && protocol !== "udp")) throw refuse("the protocol is tcp or udp");
  const parts = numbers.split(":");
  if (parts.length > 3) throw refuse("too many colons; IPv6 addresses of the host cannot be published on");
  const guest = parts.at(-1) ?? "";
  const host = parts.at(-2) ?? "";
  const address = parts.at(-3) ?? "";
  if (address !== "" && !isIPv4(address)) throw refuse(`${address} is not an IPv4 address`);
  const guestPorts = parseRange(guest);
  if (guestPorts === undefined) throw refuse(`${guest === "" ? "there is no port of the machine" : `${guest} is not a port`}`);
  const hostPorts = host === "" ? undefined : parseRange(host, 0);
  if (host !== "" && hostPorts === undefined) throw refuse(`${host} is not a port`);
  if (hostPorts !== undefined && hostPorts.count !== guestPorts.count) {
    throw refuse(`${hostPorts.count} ports of the host cannot lead to ${guestPorts.count} of the machine`);
  }
  return Array.from({ length: guestPorts.count }, (_, index) => ({
    protocol,
    hostAddress: address === "" ? ALL_ADDRESSES : address,
    hostPort: hostPorts === undefined ? 0 : hostPorts.first + index,
    guestPort: guestPorts.first + index,
  }));
}

/** `80` or `8000-8010`. */
function parseRange(text: string, lowest = 1): { first: number; count: number } | undefined {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return first >= lowest && last <= 65535 && last >= first ? { first, count: last - first + 1 } : undefined;
}

/**
 * Looks whether the host's ports are free, and chooses one where any will do. Another program may still be quicker than QEMU.
 * @throws Failure when one is taken, or may not be used
 */
export async function claimPorts(ports: readonly PublishedPort[]): Promise<PublishedPort[]> {
  const claimed: PublishedPort[] = [];
  for (const port of ports) {
    try {
      claimed.push({ ...port, hostPort: await tryPort(port) });
    } catch (error) {
      throw unavailable(port, error as NodeJS.ErrnoException);
    }
  }
  const names = claimed.map(({ protocol, hostPort }) => `${hostPort}/${protocol}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Failure(Status.usage, `-p publishes the host's port ${twice} twice`);
  return claimed;
}

/** @returns the number of a port that was free just now */
function tryPort({ protocol, hostAddress, hostPort }: PublishedPort): Promise<number> {
  return new Promise((resolve, reject) => {
    if (protocol === "tcp") {
      const server = createServer();
      server.once("error", reject);
      server.listen({ port: hostPort, host: hostAddress, exclusive: true }, () => {
        const address = server.address();
        server.close(() => resolve(typeof address === "object" && address !== null ? address.port : hostPort));
      });
      return;
    }
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.bind({ port: hostPort, address: hostAddress, exclusive: true }, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

function unavailable(port: PublishedPort, error: NodeJS.ErrnoException): Failure {
  const name = `${port.hostAddress === ALL_ADDRESSES ? "" : `${port.hostAddress}:`}${port.hostPort}/${port.protocol}`;
  switch (error.code) {
    case "EADDRINUSE":
      return new Failure(
        Status.unary,
        `port ${name} of the host is in use by another program`,
        `Which one: ss -${port.protocol === "tcp" ? "t" : "u"}lnp. Or let a free one be chosen: -p ${port.guestPort}`,
      );
    case "EACCES":
      return new Failure(Status.unary, `port ${name} of the host is reserved for root`, "Take one from 1024 on.");
    case "EADDRNOTAVAIL":
      return new Failure(Status.unary, `the host does not have the address of ${name}`);
    default:
      return new Failure(Status.unary, `port ${name} of the host cannot be used: ${error.message}`);
  }
}
