// Large streams over a tap device, both ways at once, byte for byte. On the way segments are joined and cut by the host, and checksums are left
// to it; with one pair of queues, and with a pair for each processor.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { GIVEN } from "./dhcp-server.ts";
import { MODE_OPTIONS } from "./mode.ts";
import { NetworkSpace, TAP } from "./network-space.ts";
import { COMMAND, RUNTIMES } from "./repository.ts";
import { KERNEL_OPTIONS } from "./unary.ts";

const PORT = 8000;
const STREAMS = 4;
const LENGTH = 3_000_000;

/** Sends streams to the machine's echo, reads them back, and says how many came back as they went. */
const CLIENT = `
const { connect } = require("node:net");
const streams = Array.from({ length: ${STREAMS} }, (_, number) => new Promise((resolve, reject) => {
  const bytes = Buffer.from(Array.from({ length: ${LENGTH} }, (_, at) => (at * (at + number)) % 251));
  const pieces = [];
  const socket = connect(${PORT}, "${GIVEN}", () => socket.end(bytes));
  socket.on("data", (piece) => pieces.push(piece));
  socket.on("end", () => resolve(Buffer.concat(pieces).equals(bytes)));
  socket.on("error", reject);
}));
Promise.all(streams).then((good) => console.log(good.filter(Boolean).length));
`;

async function echo(space: NetworkSpace | string, ...options: string[]): Promise<void> {
  assert.ok(typeof space !== "string");
  const dhcp = await space.giveAddresses();
  const words = [...MODE_OPTIONS, ...KERNEL_OPTIONS, ...options, "--network", `tap=${TAP}`, "node", join(RUNTIMES, "echo.mjs")];
  const machine = space.start(process.execPath, COMMAND, "run", ...words, String(PORT));
  assert.equal(await machine.line(), "ready", machine.stderr);
  assert.equal(space.run(process.execPath, "-e", CLIENT), `${STREAMS}\n`);
  await machine.end();
  await dhcp.end();
  space.remove();
}

const single = NetworkSpace.withTap("stream");
test("large streams go and come back, by one pair of queues", { skip: typeof single === "string" ? single : false }, () =>
  echo(single, "--cpus", "1"),
);

const several = NetworkSpace.withTap("streams", "multi_queue");
test(
  "large streams go and come back, by a pair of queues for each processor",
  {
    skip: typeof several === "string" ? several : false,
  },
  () => echo(several, "--cpus", "2", "--machine", "q35"),
);
