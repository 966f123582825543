// A server of DHCP (RFC 2131) with one address to give, for tests; it can be as bad as servers and links are.

import { createSocket, type Socket } from "node:dgram";
import { SPACE_ADDRESS } from "./network-space.ts";

/** The one address. */
export const GIVEN = "192.0.2.77";
const COOKIE = 0x63825363;
const DISCOVER = 1;
const OFFER = 2;
const REQUEST = 3;
const ACKNOWLEDGE = 5;

export interface DhcpOptions {
  /** Seconds of a lease; half of it goes by before the first renewal. */
  lease: number;
  mtu?: number;
  /** Whether a message is not answered: by its name, and how many of that name came before. */
  loses?: (message: string, before: number) => boolean;
}

/** Answers what comes to port 67. */
export class DhcpServer {
  private readonly socket: Socket = createSocket({ type: "udp4", reuseAddr: true });
  private readonly options: DhcpOptions;
  /** What came, in its order: discover, request, renew (a request with an address), or the number of the type. */
  readonly messages: string[] = [];
  /** Called after each message, answered or not. */
  noted: () => void = () => undefined;

  constructor(options: DhcpOptions) {
    this.options = options;
    this.socket.on("message", (message) => this.answer(message));
  }

  async begin(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.bind(67, resolve));
    this.socket.setBroadcast(true);
  }

  close(): void {
    this.socket.close();
  }

  count(name: string): number {
    return this.messages.filter((message) => message === name).length;
  }

  private answer(message: Buffer): void {
    const type = typeOf(message);
    const client = [...message.subarray(12, 16)].join(".");
    const isRenewal = type === REQUEST && client !== "0.0.0.0";
    const name = isRenewal ? "renew" : type === DISCOVER ? "discover" : type === REQUEST ? "request" : String(type);
    const isLost = this.options.loses?.(name, this.count(name)) ?? false;
    this.messages.push(name);
    if ((type === DISCOVER || type === REQUEST) && !isLost) {
      const answer = this.reply(message, type === DISCOVER ? OFFER : ACKNOWLEDGE);
      this.socket.send(answer, 68, isRenewal ? client : "255.255.255.255");
    }
    this.noted();
  }

  private reply(message: Buffer, type: number): Buffer {
    const { lease, mtu } = this.options;
    const answer = Buffer.alloc(400);
    message.copy(answer, 0, 0, 44);
    answer[0] = 2;
    answer.set(addressBytes(GIVEN), 16);
    answer.set(addressBytes(SPACE_ADDRESS), 20);
    answer.writeUInt32BE(COOKIE, 236);
    const seconds = Buffer.alloc(4);
    seconds.writeUInt32BE(lease);
    const options = [
      ...option(53, type),
      ...option(54, ...addressBytes(SPACE_ADDRESS)),
      ...option(51, ...seconds),
      ...option(1, 255, 255, 255, 0),
      ...option(3, ...addressBytes(SPACE_ADDRESS)),
      ...option(6, ...addressBytes(SPACE_ADDRESS), 192, 0, 2, 53),
      ...option(15, ...Buffer.from("unary.test")),
      ...(mtu === undefined ? [] : option(26, mtu >> 8, mtu & 255)),
      255,
    ];
    answer.set(options, 240);
    return answer;
  }
}

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

// dhcp-server SECONDS [LOST]: gives leases of so many seconds until it is ended; the first LOST of each kind of message are not answered.
// Prints a line when it is there, and one for each message.
if (process.argv[1] === import.meta.filename) {
  const [lease = 3600, lost = 0] = process.argv.slice(2).map(Number);
  const server = new DhcpServer({ lease, loses: (_, before) => before < lost });
  server.noted = () => console.log(server.messages.at(-1));
  await server.begin();
  console.log("giving");
}
