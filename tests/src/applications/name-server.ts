// A name server (RFC 1035) for the tests' own zone, by UDP and TCP: what does not fit into 512 bytes is asked for again by TCP (4.2.1).

import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { SPACE_ADDRESS } from "../network-space.ts";

const DOMAIN = "unary.test";
const PORT = 53;
const HEADER_LENGTH = 12;
/** RFC 1035, 2.3.4. */
const DATAGRAM_LIMIT = 512;
const SECONDS_TO_LIVE = 60;
/** Bits of the header's second word (4.1.1). */
const RESPONSE = 0x8000;
const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const NO_SUCH_NAME = 3;
/** A name that is the question's: a pointer to it (4.1.4). */
const NAME_OF_QUESTION = 0xc000 | HEADER_LENGTH;
const INTERNET = 1;
const TYPES = { A: 1, PTR: 12 } as const;

/** More than one datagram holds. */
export const MANY = 200;

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  [`server.${DOMAIN}`]: [SPACE_ADDRESS],
  [`many.${DOMAIN}`]: Array.from({ length: MANY }, (_, index) => `198.51.100.${index + 1}`),
};
const POINTERS: Readonly<Record<string, string>> = {
  [`${SPACE_ADDRESS.split(".").reverse().join(".")}.in-addr.arpa`]: `server.${DOMAIN}`,
};

export interface Question {
  name: string;
  type: number;
  transport: "UDP" | "TCP";
}

function readName(message: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_LENGTH;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

function encodeName(name: string): Buffer {
  return Buffer.concat([
    ...name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.alloc(1),
  ]);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value, 2 * index);
  });
  return bytes;
}

/** The data of all records that answer; nothing when there is no such name. */
function find(name: string, type: number): Buffer[] | undefined {
  const addresses = ADDRESSES[name];
  const pointer = POINTERS[name];
  if (addresses === undefined && pointer === undefined) return undefined;
  if (type === TYPES.A) return (addresses ?? []).map((address) => Buffer.from(address.split(".").map(Number)));
  if (type === TYPES.PTR && pointer !== undefined) return [encodeName(pointer)];
  return [];
}

function answer(message: Buffer, transport: Question["transport"], asked: Question[]): Buffer {
  const { name, end } = readName(message);
  const type = message.readUInt16BE(end);
  asked.push({ name, type, transport });
  const question = message.subarray(HEADER_LENGTH, end + 4);
  const found = find(name, type);
  const flags =
    RESPONSE | AUTHORITATIVE | (message.readUInt16BE(2) & RECURSION_DESIRED) | (found === undefined ? NO_SUCH_NAME : 0);
  const records = (found ?? []).map((data) =>
    Buffer.concat([words(NAME_OF_QUESTION, type, INTERNET, 0, SECONDS_TO_LIVE, data.length), data]),
  );
  const whole = Buffer.concat([words(message.readUInt16BE(0), flags, 1, records.length, 0, 0), question, ...records]);
  if (transport === "TCP" || whole.length <= DATAGRAM_LIMIT) return whole;
  return Buffer.concat([words(message.readUInt16BE(0), flags | TRUNCATED, 1, 0, 0, 0), question]);
}

/** Answers until the process ends. @param asked gets what is asked, in order */
export async function serveNames(asked: Question[]): Promise<void> {
  const datagrams = createSocket("udp4");
  datagrams.on("message", (message, from) => datagrams.send(answer(message, "UDP", asked), from.port, from.address));
  await new Promise<void>((resolve) => datagrams.bind(PORT, SPACE_ADDRESS, resolve));
  const streams = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("data", (piece) => {
      received = Buffer.concat([received, piece]);
      // A length before each message (4.2.2).
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const said = answer(received.subarray(2, end), "TCP", asked);
        socket.write(Buffer.concat([words(said.length), said]));
        received = received.subarray(end);
      }
    });
  });
  await new Promise<void>((resolve) => streams.listen(PORT, SPACE_ADDRESS, resolve));
}
