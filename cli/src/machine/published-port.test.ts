import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { Failure } from "../failure.ts";
import { chooseNetwork } from "./network.ts";
import { claimPorts, parsePublishedPorts } from "./published-port.ts";

const tcp = (hostAddress: string, hostPort: number, guestPort: number) =>
  ({ protocol: "tcp", hostAddress, hostPort, guestPort }) as const;

function statusOf(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error.status;
    throw error;
  }
  return 0;
}

test("Docker's forms are read", () => {
  assert.deepEqual(parsePublishedPorts("8080:80"), [tcp("0.0.0.0", 8080, 80)]);
  assert.deepEqual(parsePublishedPorts("80"), [tcp("0.0.0.0", 0, 80)]);
  assert.deepEqual(parsePublishedPorts("127.0.0.1:8080:80/tcp"), [tcp("127.0.0.1", 8080, 80)]);
  assert.deepEqual(parsePublishedPorts("127.0.0.1::80"), [tcp("127.0.0.1", 0, 80)]);
  assert.deepEqual(parsePublishedPorts("53:53/udp"), [{ ...tcp("0.0.0.0", 53, 53), protocol: "udp" }]);
  assert.deepEqual(parsePublishedPorts("7000-7001:80-81"), [tcp("0.0.0.0", 7000, 80), tcp("0.0.0.0", 7001, 81)]);
});

test("anything else is wrong usage", () => {
  const wrong = [
    "",
    ":",
    "80:",
    "x",
    "80:0",
    "65536",
    "1:65536",
    "-1:80",
    "1.2.3:80:80",
    "localhost:80:80",
    "80/sctp",
    "80/tcp/udp",
  ];
  for (const text of [...wrong, "::1:80:80", "[::1]:80:80", "1-2:3", "2-1:1-2", "80.5"])
    assert.equal(
      statusOf(() => parsePublishedPorts(text)),
      2,
      text,
    );
});

test("a port that is in use is said, and which; any that is free is chosen", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await assert.rejects(claimPorts([tcp("127.0.0.1", port, 80)]), (error: Failure) => {
    assert.equal(error.status, 125);
    assert.match(error.message, new RegExp(`${port}/tcp of the host is in use`));
    return true;
  });
  server.close();
  const [free] = await claimPorts([tcp("127.0.0.1", 0, 80)]);
  assert.ok(free !== undefined && free.hostPort > 0);
  await assert.rejects(claimPorts([free, { ...free, guestPort: 81 }]), /twice/);
});

test("networks that contradict themselves are refused", () => {
  assert.equal(
    statusOf(() => chooseNetwork({ network: "none", publish: ["80"] })),
    2,
  );
  assert.equal(
    statusOf(() => chooseNetwork({ network: "none", pcap: "x" })),
    2,
  );
  assert.equal(
    statusOf(() => chooseNetwork({ network: "bridge" })),
    2,
  );
  assert.equal(
    statusOf(() => chooseNetwork({ network: "tap=no-such-tap0" })),
    125,
  );
  assert.equal(
    statusOf(() => chooseNetwork({ network: "tap=lo" })),
    125,
  );
  assert.deepEqual(chooseNetwork({ network: "none" }), { kind: "none" });
});
