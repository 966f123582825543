// What a program hears by netlink of an address that DHCP gives: that it goes when nobody prolongs it, and comes when somebody gives it again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { GIVEN } from "./dhcp-server.ts";
import { guest } from "./guest.ts";
import { NetworkSpace, TAP } from "./network-space.ts";
import { COMMAND } from "./repository.ts";
import { unaryArguments } from "./unary.ts";

/** Seconds of the lease. */
const LEASE = 4;
const space = NetworkSpace.withTap("news");

/** Milliseconds until a machine has its address. */
const PATIENCE = 20_000;

test("netlink tells of an address whose lease ends, and that is given again", {
  skip: typeof space === "string" ? space : false,
}, async () => {
  assert.ok(typeof space !== "string");
  const first = await space.giveAddresses(LEASE);
  const words = unaryArguments(guest("network_news.c", "glibc-static"), [GIVEN], {
    machine: { options: ["--network", `tap=${TAP}`] },
  });
  const program = space.start(process.execPath, COMMAND, ...words);
  assert.equal(await program.line(), "listening", program.stderr);
  const end = Date.now() + PATIENCE;
  while (!program.stderr.includes(`the address ${GIVEN}`) && Date.now() < end) await setTimeout(50);
  await first.end();
  const heard: (string | undefined)[] = [];
  do heard.push(await program.line());
  while (heard.at(-1)?.startsWith("gained") === true);
  const second = await space.giveAddresses(LEASE);
  const run = await program.ended;
  await second.end();
  assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
  assert.equal(heard.at(-1), `lost ${GIVEN}/24 eth0`);
  assert.equal(run.stdout.trim().split("\n").at(-1), `gained ${GIVEN}/24 eth0`);
});
