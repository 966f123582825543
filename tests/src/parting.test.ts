// A machine that ends, on a tap device in a namespace of the test's own: what its program has sent arrives all the same, and then the end of
// its connections, as it would from a process of Linux.

import assert from "node:assert/strict";
import { test } from "node:test";
import { guest } from "./guest.ts";
import { NetworkSpace, SPACE_ADDRESS, TAP } from "./network-space.ts";
import { COMMAND } from "./repository.ts";
import { unaryArguments } from "./unary.ts";

const space = NetworkSpace.withTap("part");

/** Takes one connection and reads from it late; then says how much came and how it ended, and which datagrams came. */
const LISTENER = `
const datagrams = [];
const socket = require("node:dgram").createSocket("udp4", (bytes) => datagrams.push(String(bytes)));
const server = require("node:net").createServer({ pauseOnConnect: true }, (stream) => {
  let length = 0;
  const say = (end) => { console.log(JSON.stringify({ length, end, datagrams })); process.exit(0); };
  stream.on("data", (bytes) => { length += bytes.length; });
  stream.on("end", () => setTimeout(say, 200, "end"));
  stream.on("error", ({ code }) => say(code));
  setTimeout(() => stream.resume(), 1000);
});
socket.bind(9000, () => server.listen(9000, () => console.log("listening")));
setTimeout(() => process.exit(3), 60000).unref();
`;

test("what a program has sent before it ended arrives, and the end of its connections", {
  skip: typeof space === "string" ? space : false,
}, async () => {
  assert.ok(typeof space !== "string");
  const dhcp = await space.giveAddresses();
  const listener = space.start(process.execPath, "-e", LISTENER);
  assert.equal(await listener.line(), "listening", listener.stderr);
  const program = guest("parting.c", "glibc-static");
  const words = unaryArguments(program, [SPACE_ADDRESS], { machine: { options: ["--network", `tap=${TAP}`] } });
  const run = await space.start(process.execPath, COMMAND, ...words).ended;
  assert.equal(run.status, 0, run.stderr);
  const seen = JSON.parse((await listener.line()) ?? "null") as unknown;
  await listener.end();
  await dhcp.end();
  assert.deepEqual(seen, { length: Number(run.stdout), end: "end", datagrams: ["last"] });
});
