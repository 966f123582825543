// A machine on a tap device, whose address comes by DHCP and the link: both ends are in a network namespace of the test's own.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { GIVEN, type Peering } from "./dhcp-peer.ts";
import { MODE_OPTIONS } from "./mode.ts";
import { COMMAND, RUNTIMES } from "./repository.ts";
import { KERNEL_OPTIONS } from "./unary.ts";

const SPACE = `unary-test-${process.pid}`;
const DEVICE = "tap0";
const PEER = fileURLToPath(import.meta.resolve("./dhcp-peer.js"));

function ip(...words: string[]): string | undefined {
  const { status, stderr, error } = spawnSync("ip", words, { encoding: "utf8" });
  if (status !== 0) return `ip ${words.join(" ")}: ${error?.message ?? stderr.trim()}`;
  return undefined;
}

/** Makes the namespace with the device. @returns why that is not possible on this host, if it is not */
function makeSpace(): string | undefined {
  const within = (...words: string[]): string | undefined => ip("-n", SPACE, ...words);
  return (
    ip("netns", "add", SPACE) ??
    within("link", "set", "lo", "up") ??
    within("tuntap", "add", "dev", DEVICE, "mode", "tap") ??
    within("address", "add", "192.0.2.1/24", "dev", DEVICE) ??
    within("link", "set", DEVICE, "up") ??
    // For answers to everybody.
    within("route", "add", "default", "dev", DEVICE)
  );
}

const impossible = makeSpace();
after(() => ip("netns", "delete", SPACE));

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function start(words: readonly string[]): { process: ChildProcess; ended: Promise<Ended> } {
  const child = spawn("ip", ["netns", "exec", SPACE, process.execPath, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (piece: Buffer) => {
    texts.stdout += piece.toString();
  });
  child.stderr.on("data", (piece: Buffer) => {
    texts.stderr += piece.toString();
  });
  const ended = new Promise<Ended>((resolve) => child.once("close", (status) => resolve({ status, ...texts })));
  return { process: child, ended };
}

test("a machine on a tap gets its address by DHCP, keeps it by renewing, and one of IPv6 by the link", {
  skip: impossible ?? false,
}, async () => {
  const peer = start([PEER, DEVICE]);
  const guest = join(RUNTIMES, "leased.mjs");
  const machine = start([COMMAND, "run", ...MODE_OPTIONS, ...KERNEL_OPTIONS, "--network", `tap=${DEVICE}`, "node", guest]);
  const seen = await peer.ended;
  if (seen.status !== 0) machine.process.kill("SIGTERM");
  const run = await machine.ended;
  assert.equal(seen.status, 0, seen.stderr + run.stderr);
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, new RegExp(`the network gives the machine the address ${GIVEN}`));
  const { guest: said, answers, messages } = JSON.parse(seen.stdout) as Peering;
  const [four] = (said.interfaces["eth0"] ?? []).filter(({ family }) => family === "IPv4");
  assert.equal(four?.cidr, `${GIVEN}/24`);
  assert.equal(said.resolver, "#PROTO: DHCP\ndomain unary.test\nnameserver 192.0.2.1\nnameserver 192.0.2.53\n");
  assert.equal(answers[0], "hello, ::ffff:192.0.2.1");
  assert.match(answers[1] ?? "", /^hello, fe80:/);
  assert.equal(answers[2], answers[0]);
  assert.deepEqual(messages.slice(0, 2), ["discover", "request"]);
  assert.ok(messages.includes("renew"), messages.join(" "));
});
