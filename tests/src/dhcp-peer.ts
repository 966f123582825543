// The other end of a network that is a tap device: dhcp-peer DEVICE. A server of DHCP (RFC 2131), and a counterpart of tests/runtimes/leased.mjs.
// It runs in the network namespace of the device. When all has been seen it prints a line of JSON: what the guest said, what it answered
// on its addresses, and which messages of DHCP came.

import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { setTimeout } from "node:timers/promises";
import { DhcpServer, GIVEN } from "./dhcp-server.ts";
import { SPACE_ADDRESS } from "./network-space.ts";

/** Seconds; half of it goes by before the first renewal. */
const LEASE = 8;
const PATIENCE = 60_000;

/** What is found out. */
export interface Peering {
  guest: { interfaces: Record<string, NetworkInterfaceInfo[]>; resolver: string; nameServers: string[] };
  answers: string[];
  /** By type, in their order; a renewal is a request with an address. */
  messages: string[];
}

const server = new DhcpServer({ lease: LEASE, mtu: 1400 });

/** Answers what comes, from now on. @returns what ends with the answer to the first renewal */
async function serveAddresses(): Promise<Promise<void>[]> {
  await server.begin();
  return [
    new Promise<void>((resolve) => {
      server.noted = () => {
        if (server.count("renew") > 0) resolve();
      };
    }),
  ];
}

/** All that is said on a connection. */
async function hear(host: string, port: number): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      return await new Promise((resolve, reject) => {
        let text = "";
        const socket = connect(port, host);
        socket.on("data", (piece) => {
          text += piece.toString();
        });
        socket.on("end", () => resolve(text));
        socket.on("error", reject);
      });
    } catch (error) {
      if (tries === 100) throw error;
      await setTimeout(100);
    }
  }
}

async function main(device: string): Promise<void> {
  const [renewed] = await serveAddresses();
  const control = await new Promise<Socket>((resolve) => createServer(resolve).listen(9000, SPACE_ADDRESS));
  const said = await new Promise<string>((resolve) => control.once("data", (piece) => resolve(piece.toString())));
  const guest = JSON.parse(said) as Peering["guest"];
  const own = guest.interfaces["eth0"]?.find(({ family, address }) => family === "IPv6" && address.startsWith("fe80:"));
  assert.ok(own, said);
  const answers = [await hear(GIVEN, 8000), await hear(`${own.address}%${device}`, 8000)];
  await renewed;
  // The address is still the guest's after the first lease would have ended.
  await setTimeout(LEASE * 600);
  answers.push(await hear(GIVEN, 8000));
  control.end();
  console.log(JSON.stringify({ guest, answers, messages: server.messages } satisfies Peering));
  process.exit(0);
}

const [device] = process.argv.slice(2);
if (device !== undefined && process.argv[1] === import.meta.filename) {
  globalThis.setTimeout(() => {
    console.error(`not all has happened; messages of DHCP: ${server.messages.join(" ")}`);
    process.exit(1);
  }, PATIENCE);
  await main(device);
}
