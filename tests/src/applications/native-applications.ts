// Servers in other languages: python's asyncio, Go's net/http, OpenSSL's test server, iperf3.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "../outcome.ts";
import { APPLICATIONS } from "../repository.ts";
import { type Application, PORT, type Scene } from "./application.ts";
import { CERTIFICATE, KEY, OPENSSL } from "./certificate.ts";
import { CURL, curl, pattern, visitHttp } from "./http-visit.ts";
import { debian } from "./needs.ts";

export const IPERF = debian("iperf3");
const GO = debian("go", "golang-go");
const LARGE = 2_000_000;

/** `openssl s_server -WWW` gives out the files of its folder, to one client after the other. */
async function visitOpenssl({ folder, address }: Scene): Promise<void> {
  const trust = ["--cacert", join(folder, CERTIFICATE), "--http0.9"];
  for (const version of [["--tls-max", "1.2"], ["--tlsv1.3"]]) {
    const answers = [1, 2, 3, 4].map(() => curl(...trust, ...version, `https://${address}:${PORT}/large`));
    for (const heard of await Promise.all(answers)) assert.ok(heard.equals(pattern(LARGE)), `${heard.length} bytes`);
  }
  const words = [
    "s_client",
    "-connect",
    `${address}:${PORT}`,
    "-CAfile",
    join(folder, CERTIFICATE),
    "-verify_return_error",
    "-quiet",
  ];
  const { status, stdout, stderr } = await runProcess("openssl", [...words, "-ign_eof"], {
    input: "GET /large HTTP/1.0\r\n\r\n",
  });
  assert.equal(status, 0, stderr.toString());
  assert.ok(stdout.subarray(-LARGE).equals(pattern(LARGE)));
}

interface Transfer {
  error?: string;
  end: { sum_received?: { bytes: number }; sum?: { bytes: number; packets: number; lost_packets: number } };
}

/** What iperf3 says in JSON. @throws when it, or what it saw, went wrong */
export function transferred(output: string): Transfer["end"] {
  const { error, end } = JSON.parse(output) as Transfer;
  assert.equal(error, undefined);
  return end;
}

async function iperf(...words: string[]): Promise<Transfer["end"]> {
  const { stdout } = await runProcess("iperf3", [...words, "--json", "--time", "1"]);
  return transferred(stdout.toString());
}

/** TCP from the client, to it, both at once on several connections; datagrams both ways. */
async function visitIperf({ address }: Scene): Promise<void> {
  const server = ["--client", address, "--port", String(PORT)];
  for (const options of [[], ["--reverse"], ["--parallel", "4"], ["--bidir"]]) {
    const { sum_received: received } = await iperf(...server, ...options);
    assert.ok((received?.bytes ?? 0) > 0, options.join(" "));
  }
  for (const options of [[], ["--reverse"]]) {
    const { sum } = await iperf(...server, "--udp", "--bitrate", "5M", ...options);
    assert.ok(sum !== undefined && sum.packets > sum.lost_packets, `${options.join(" ")} ${JSON.stringify(sum)}`);
  }
}

export const NATIVE_APPLICATIONS: readonly Application[] = [
  {
    name: "asyncio",
    kind: "server",
    tested: "everywhere",
    needs: [debian("python3"), CURL],
    words: () => ["python3", join(APPLICATIONS, "asynchronous.py")],
    ready: "ready",
    visit: visitHttp,
  },
  {
    name: "go",
    kind: "server",
    needs: [GO, CURL],
    prepare: async (folder) => {
      const { status, stderr } = await runProcess("go", ["build", "-o", join(folder, "server"), join(APPLICATIONS, "server.go")]);
      assert.equal(status, 0, stderr.toString());
    },
    words: (folder) => [join(folder, "server")],
    ready: "ready",
    visit: visitHttp,
  },
  {
    name: "openssl",
    kind: "server",
    tested: "everywhere",
    needs: [OPENSSL, CURL],
    prepare: async (folder) => writeFileSync(join(folder, "large"), pattern(LARGE)),
    words: () => [
      "openssl",
      "s_server",
      "-accept",
      String(PORT),
      "-cert",
      `/data/${CERTIFICATE}`,
      "-key",
      `/data/${KEY}`,
      "-WWW",
    ],
    ready: "ACCEPT",
    visit: visitOpenssl,
  },
  {
    name: "iperf3-server",
    kind: "server",
    needs: [IPERF],
    words: () => ["iperf3", "--server", "--forceflush", "--port", String(PORT)],
    ready: "Server listening",
    visit: visitIperf,
  },
];
