// Linux's side of interoperation.test.ts: `interoperation-peer PROGRAM ADDRESS LOSS SIZE CONNECTIONS`, in a network namespace with tap0.
// Starts the program, sends and receives as many streams as are asked for, and checks every byte that comes.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

const SERVER_PORT = 81;
const [program = "", address = "", loss = "0", sizeText = "0", connectionsText = "0"] = process.argv.slice(2);
const size = Number(sizeText);
const connections = Number(connectionsText);

/** The byte at a place of every stream, as kernel/net/simulation/stream_program.ts has it. Exact below 2^21. */
function streamByte(place: number): number {
  return (Math.floor((place * 0x9e3779b9) / 8192) & 0xff) ^ (place & 0xff);
}

const stream = Buffer.from(Uint8Array.from({ length: size }, (_, place) => streamByte(place)));

/** Sends one stream, takes the other. Rejects at the first wrong byte, and when something is missing at the end. */
async function exchange(socket: Socket): Promise<void> {
  let received = 0;
  socket.on("data", (part: Buffer) => {
    if (!part.equals(stream.subarray(received, received + part.length))) {
      socket.destroy(new Error(`wrong bytes after ${received}`));
    }
    received += part.length;
  });
  socket.end(stream);
  await once(socket, "end");
  if (received !== size) throw new Error(`${received} of ${size} bytes came`);
}

const isServer = address === "";
const exchanges: Promise<void>[] = [];
const server = createServer({ allowHalfOpen: true }, (socket) => exchanges.push(exchange(socket)));
if (isServer) {
  server.listen(SERVER_PORT, "192.0.2.1");
  await once(server, "listening");
}
const args = ["tap0", "7", loss, sizeText, sizeText, connectionsText, isServer ? "1" : "0"];
const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
const ended = once(child, "exit");
child.stdout.pipe(process.stdout);
await once(child.stdout, "data");
if (!isServer) {
  for (let i = 0; i < connections; i++) {
    exchanges.push(exchange(connect({ host: address, port: 80, allowHalfOpen: true })));
  }
}
const [status] = await ended;
await Promise.all(exchanges);
server.close();
process.exitCode = status === 0 && exchanges.length === connections ? 0 : 1;
