// A machine on a tap device, whose address comes by DHCP and the link: both ends are in a network namespace of the test's own.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Peering } from "./dhcp-peer.ts";
import { GIVEN } from "./dhcp-server.ts";
import { MODE_OPTIONS } from "./mode.ts";
import { NetworkSpace, TAP } from "./network-space.ts";
import { COMMAND, RUNTIMES } from "./repository.ts";
import { KERNEL_OPTIONS } from "./unary.ts";

const PEER = fileURLToPath(import.meta.resolve("./dhcp-peer.js"));
const space = NetworkSpace.withTap("tap");

test("a machine on a tap gets its address by DHCP, keeps it by renewing, and one of IPv6 by the link", {
  skip: typeof space === "string" ? space : false,
}, async () => {
  assert.ok(typeof space !== "string");
  const peer = space.start(process.execPath, PEER, TAP);
  const guest = join(RUNTIMES, "leased.mjs");
  const options = [...MODE_OPTIONS, ...KERNEL_OPTIONS, "--network", `tap=${TAP}`];
  const machine = space.start(process.execPath, COMMAND, "run", ...options, "node", guest);
  const seen = await peer.ended;
  if (seen.status !== 0) machine.child.kill("SIGTERM");
  const run = await machine.ended;
  assert.equal(seen.status, 0, seen.stderr + run.stderr);
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, new RegExp(`the network gives the machine the address ${GIVEN}`));
  const { guest: said, answers, messages } = JSON.parse(seen.stdout) as Peering;
  const [four] = (said.interfaces["eth0"] ?? []).filter(({ family }) => family === "IPv4");
  assert.equal(four?.cidr, `${GIVEN}/24`);
  assert.equal(said.resolver, "#PROTO: DHCP\ndomain unary.test\nnameserver 192.0.2.1\nnameserver 192.0.2.53\n");
  // Node's resolver reads the file only as far as its size goes.
  assert.deepEqual(said.nameServers, ["192.0.2.1", "192.0.2.53"]);
  assert.equal(answers[0], "hello, ::ffff:192.0.2.1");
  assert.match(answers[1] ?? "", /^hello, fe80:/);
  assert.equal(answers[2], answers[0]);
  assert.deepEqual(messages.slice(0, 2), ["discover", "request"]);
  assert.ok(messages.includes("renew"), messages.join(" "));
});
