// The other end of a network that is a tap device: dhcp-peer DEVICE. A server of DHCP (RFC 2131), and a counterpart of tests/runtimes/leased.mjs.
// It runs in the network namespace of the device. When all has been seen it prints a line of JSON: what the guest said, what it answered
// on its addresses, and which messages of DHCP came.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { connect, createServer, type Socket } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { setTimeout } from "node:timers/promises";

/** RFC 5737's network for examples, in a namespace of its own. */
const SERVER = "192.0.2.1";
export const GIVEN = "192.0.2.77";
/** Seconds; half of it goes by before the first renewal. */
const LEASE = 8;
const COOKIE = 0x63825363;
const PATIENCE = 60_000;

/** What is found out. */
export interface Peering {
  guest: { interfaces: Record<string, NetworkInterfaceInfo[]>; resolver: string };
  answers: string[];
  /** By type, in their order; a renewal is a request with an address. */
  messages: string[];
}

const messages: string[] = [];

function addressBytes(address: string): number[] {
  return address.split(".").map(Number);
}

function option(kind: number, ...value: number[]): number[] {
  return [kind, value.length, ...value];
}

/** The type of a message: option 53 (RFC 2132, 9.6). */
function typeOf(message: Buffer): number {
  for (let at = 240; at + 1 < message.length && message[at] !== 255; at += message[at] === 0 ? 1 : 2 + (message[at + 1] ?? 0)) {
    if (message[at] === 53) return message[at + 2] ?? 0;
  }
  return 0;
}

function reply(message: Buffer, type: number): Buffer {
  const answer = Buffer.alloc(400);
  message.copy(answer, 0, 0, 44);
  answer[0] = 2;
  answer.set(addressBytes(GIVEN), 16);
  answer.set(addressBytes(SERVER), 20);
  answer.writeUInt32BE(COOKIE, 236);
  const options = [
    ...option(53, type),
    ...option(54, ...addressBytes(SERVER)),
    ...option(51, 0, 0, 0, LEASE),
    ...option(1, 255, 255, 255, 0),
    ...option(3, ...addressBytes(SERVER)),
    ...option(6, ...addressBytes(SERVER), 192, 0, 2, 53),
    ...option(15, ...Buffer.from("unary.test")),
    ...option(26, 1400 >> 8, 1400 & 255),
    255,
  ];
  answer.set(options, 240);
  return answer;
}

/** Answers what comes, from now on. @returns what ends with the answer to the first renewal */
async function serveAddresses(): Promise<Promise<void>[]> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  let noteRenewal: () => void = () => undefined;
  const renewed = new Promise<void>((resolve) => {
    noteRenewal = resolve;
  });
  socket.on("message", (message) => {
    const type = typeOf(message);
    const client = [...message.subarray(12, 16)].join(".");
    const isRenewal = type === 3 && client !== "0.0.0.0";
    messages.push(isRenewal ? "renew" : type === 1 ? "discover" : type === 3 ? "request" : String(type));
    if (type !== 1 && type !== 3) return;
    socket.send(reply(message, type === 1 ? 2 : 5), 68, isRenewal ? client : "255.255.255.255");
    if (isRenewal) noteRenewal();
  });
  await new Promise<void>((resolve) => socket.bind(67, resolve));
  socket.setBroadcast(true);
  return [renewed];
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
  const control = await new Promise<Socket>((resolve) => createServer(resolve).listen(9000, SERVER));
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
  console.log(JSON.stringify({ guest, answers, messages } satisfies Peering));
  process.exit(0);
}

const [device] = process.argv.slice(2);
if (device !== undefined && process.argv[1] === import.meta.filename) {
  globalThis.setTimeout(() => {
    console.error(`not all has happened; messages of DHCP: ${messages.join(" ")}`);
    process.exit(1);
  }, PATIENCE);
  await main(device);
}
