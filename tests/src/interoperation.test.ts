// Our TCP against Linux's: the stack as a Linux program on a tap device in a network namespace of the test's own, streams both ways,
// every byte checked on both sides, with and without losses (kernel/net/simulation/tap_host.ts).

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { REPOSITORY } from "./repository.ts";

const PROGRAM = join(REPOSITORY, "build/tap_host");
const PEER = join(REPOSITORY, "tests/dist/interoperation-peer.js");
const TIMEOUT = 100_000;

/** Command and arguments that run something in a network namespace with a tap device; nothing when that is not allowed here. */
function namespaceCommand(): string[] | undefined {
  const setUp = [
    "ip tuntap add tap0 mode tap",
    "ip addr add 192.0.2.1/24 dev tap0",
    "ip -6 addr add 2001:db8::1/64 dev tap0 nodad",
    "ip link set tap0 up",
    "ip link set lo up",
  ];
  const script = `${setUp.join(" && ")} && exec "$@"`;
  for (const unshare of [["-n"], ["-rn"]]) {
    const command = ["unshare", ...unshare, "sh", "-c", script, "sh"];
    if (spawnSync("unshare", [...command.slice(1), "true"]).status === 0) return command;
  }
  return undefined;
}

describe("TCP against Linux's", () => {
  const command = namespaceCommand();
  const skip = command === undefined ? "no network namespace with a tap device can be made here" : false;
  before(() => {
    const compiler = join(REPOSITORY, "compiler/dist/main.js");
    const entry = join(REPOSITORY, "kernel/net/simulation/tap_host.ts");
    const options = ["build", "--target", "linux", "--sanitize", "--entry", entry, "--out", PROGRAM];
    const built = spawnSync(process.execPath, [compiler, ...options], { encoding: "utf8", cwd: REPOSITORY });
    assert.equal(built.status, 0, built.stdout + built.stderr);
  });

  /** Runs one case; `address` is where Linux's clients connect to, or nothing when Linux is the server. */
  function exchange(address: string, loss: number, size: number, connections: number): void {
    const args = [PROGRAM, address, loss, size, connections].map(String);
    const [file = "", ...rest] = [...(command ?? []), process.execPath, PEER, ...args];
    const { status, stdout, stderr } = spawnSync(file, rest, { encoding: "utf8", timeout: TIMEOUT });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`${connections} of ${connections} connections`));
  }

  test("Linux connects", { skip }, () => exchange("192.0.2.2", 0, 1_000_000, 4));
  test("Linux connects by IPv6", { skip }, () => exchange("2001:db8::2", 0, 200_000, 4));
  test("we connect", { skip }, () => exchange("", 0, 1_000_000, 4));
  test("Linux connects, and much is lost", { skip }, () => exchange("192.0.2.2", 30, 200_000, 4));
  test("we connect, and much is lost", { skip }, () => exchange("", 30, 200_000, 4));
});
