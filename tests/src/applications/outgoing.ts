// Clients on Unary: names by UDP and by TCP, and HTTPS, of servers on the host.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { SPACE_ADDRESS } from "../network-space.ts";
import { APPLICATIONS } from "../repository.ts";
import type { Application, Client, Scene } from "./application.ts";
import { CERTIFICATE, OPENSSL } from "./certificate.ts";
import { CURL } from "./http-visit.ts";
import { compileJava, JAVA_OPTIONS } from "./java-applications.ts";
import { MANY, type Question, serveNames } from "./name-server.ts";
import { IPERF, transferred } from "./native-applications.ts";
import { debian, JAVA } from "./needs.ts";

const SERVER_PORT = 8443;
/** What each of the posts of tests/applications/outgoing* is answered with. */
const LENGTHS = [0, 1, 100_000, 3_000_000];
const TRUSTED = `/data/${CERTIFICATE}`;

/** Starts a server of the host, and waits for its first word. @returns what stops it; it ends with this process at the latest */
async function startServer(program: string, ...words: string[]): Promise<() => void> {
  const server = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
  const stop = (): void => void server.kill();
  process.once("exit", stop);
  await once(server.stdout, "data");
  return stop;
}

/** The name server, and tests/applications/secure.mjs as the server of HTTPS. */
function attend(asked: Question[]): Client["attend"] {
  return async ({ folder }: Scene) => {
    await serveNames(asked);
    return startServer(process.execPath, join(APPLICATIONS, "secure.mjs"), folder, String(SERVER_PORT));
  };
}

function iperfClient(name: string, ...options: string[]): Client {
  return {
    name,
    kind: "client",
    needs: [IPERF],
    attend: () => startServer("iperf3", "--server", "--forceflush", "--one-off", "--bind", SPACE_ADDRESS),
    words: () => ["iperf3", "--client", SPACE_ADDRESS, "--json", "--time", "2", ...options],
    judge: (output) => assert.ok((transferred(output).sum_received?.bytes ?? 0) > 0),
  };
}

/** A name with many addresses does not fit into a datagram. */
function assertBothTransports(asked: readonly Question[]): void {
  const transports = new Set(asked.filter(({ name }) => name === "many.unary.test").map(({ transport }) => transport));
  assert.deepEqual(transports, new Set(["UDP", "TCP"]));
}

function client(details: Omit<Client, "kind" | "attend" | "judge"> & { expected: string }): Client {
  const { expected, ...common } = details;
  const asked: Question[] = [];
  return {
    ...common,
    kind: "client",
    attend: attend(asked),
    judge: (output) => {
      assert.equal(output, expected);
      assertBothTransports(asked);
    },
  };
}

const NODE_ANSWER = {
  own: [SPACE_ADDRESS],
  many: MANY,
  found: [{ address: SPACE_ADDRESS, family: 4 }],
  missing: "ENOTFOUND",
};

export const OUTGOING: readonly Application[] = [
  client({
    name: "getent",
    tested: "everywhere",
    needs: [debian("getent", "libc-bin"), OPENSSL],
    words: () => ["getent", "ahostsv4", "many.unary.test"],
    expected: Array.from({ length: MANY }, (_, index) => {
      const address = `198.51.100.${index + 1}`.padEnd(15);
      return `${address} STREAM ${index === 0 ? "many.unary.test" : ""}\n${address} DGRAM  \n${address} RAW    \n`;
    }).join(""),
  }),
  client({
    name: "node-client",
    tested: "KVM alone",
    needs: [OPENSSL],
    words: () => ["-e", `NODE_EXTRA_CA_CERTS=${TRUSTED}`, "node", join(APPLICATIONS, "outgoing.mjs")],
    expected: `${JSON.stringify(NODE_ANSWER)}\n${LENGTHS.map((length) => `200 ${length}\n`).join("")}8\n`,
  }),
  client({
    name: "python-client",
    needs: [OPENSSL, debian("python3")],
    words: () => ["python3", join(APPLICATIONS, "outgoing.py")],
    expected: `['${SPACE_ADDRESS}']\n${MANY}\nserver.unary.test\nTrue\n${LENGTHS.map((length) => `200 ${length}\n`).join("")}True\n`,
  }),
  client({
    name: "java-client",
    needs: [OPENSSL, ...JAVA],
    prepare: (folder) => compileJava(folder, "Outgoing"),
    words: () => ["java", ...JAVA_OPTIONS, "-cp", "/data", "Outgoing"],
    expected: [
      `[server.unary.test/${SPACE_ADDRESS}]\n${MANY}\nserver.unary.test\nunknown\n`,
      ...["HTTP_1_1", "HTTP_2"].flatMap((version) => [...LENGTHS.map((length) => `${version} 200 ${length}\n`), "8\n"]),
    ].join(""),
  }),
  {
    name: "curl-client",
    kind: "client",
    needs: [OPENSSL, CURL],
    attend: attend([]),
    words: () => {
      const told = ["--silent", "--show-error", "--write-out", " %{http_version} %{http_code} %{size_download}\\n"];
      const url = `https://server.unary.test:${SERVER_PORT}`;
      return ["curl", ...told, "--cacert", TRUSTED, "-o", "-", `${url}/hello`, "-o", "/dev/null", `${url}/bytes?count=5000000`];
    },
    judge: (output) => assert.equal(output, "hello 2 200 5\n 2 200 5000000\n"),
  },
  iperfClient("iperf3-client"),
  iperfClient("iperf3-client-reverse", "--reverse"),
  iperfClient("iperf3-client-both", "--bidir"),
];
