// What every server of HTTP in tests/applications is asked: GET /hello says hello, POST /length how much was posted, GET /bytes?count=N
// gives N bytes, of which the i-th is i modulo 251. By node's client and by curl; over TLS when there is an authority to trust.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { join } from "node:path";
import { MODE } from "../mode.ts";
import { runProcess } from "../outcome.ts";
import { PORT, type Scene } from "./application.ts";
import { CERTIFICATE } from "./certificate.ts";
import { debian } from "./needs.ts";

export const CURL = debian("curl");

/** Connections of node's client, and requests on each, roughly; fewer by emulation. */
const CONNECTIONS = 16;
const ROUNDS = MODE === "kvm" ? 8 : 2;
const LARGE = 1_000_000;
const POSTED = [0, 1, 100_000, MODE === "kvm" ? 3_000_000 : 300_000];

export function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
}

interface Ask {
  method?: "GET" | "POST";
  body?: Buffer;
}

/** Asks one thing. @throws for an answer that is no 200 */
type Asker = (path: string, ask?: Ask) => Promise<Buffer>;

function asker({ folder, address }: Scene, isSecure: boolean): { ask: Asker; end: () => void } {
  const settings = { keepAlive: true, maxSockets: CONNECTIONS };
  const agent = isSecure ? new SecureAgent({ ...settings, ca: readFileSync(join(folder, CERTIFICATE)) }) : new Agent(settings);
  const send = isSecure ? secureRequest : request;
  const ask: Asker = (path, { method = "GET", body } = {}) =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-length": body.length, "content-type": "application/octet-stream" };
      const outgoing = send({ host: address, port: PORT, path, method, agent, headers }, (response: IncomingMessage) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () => {
          const whole = Buffer.concat(pieces);
          if (response.statusCode === 200) resolve(whole);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${whole.toString().slice(0, 500)}`));
        });
      });
      outgoing.on("error", (error) => reject(new Error(`${method} ${path}: ${error.message}`)));
      outgoing.end(body);
    });
  return { ask, end: () => agent.destroy() };
}

/** Runs curl to its end. @returns what it prints */
export async function curl(...words: string[]): Promise<Buffer> {
  const { status, stdout, stderr } = await runProcess("curl", ["--silent", "--show-error", "--fail", "--noproxy", "*", ...words]);
  assert.equal(status, 0, `curl ${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** Several questions on one connection, and a large post, before which curl asks whether it may. */
async function visitByCurl(url: string, folder: string, options: readonly string[]): Promise<void> {
  const format = ["--write-out", " %{http_code} %{num_connects}\n"];
  const heard = await curl(...options, ...format, `${url}/hello`, `${url}/hello`, `${url}/hello`);
  assert.equal(heard.toString(), "hello 200 1\nhello 200 0\nhello 200 0\n");
  const file = join(folder, "posted");
  writeFileSync(file, pattern(2 * LARGE));
  const expecting = ["--header", "Expect: 100-continue", "--header", "Content-Type: application/octet-stream"];
  const length = await curl(...options, ...expecting, "--data-binary", `@${file}`, `${url}/length`);
  assert.equal(length.toString(), String(2 * LARGE));
  assert.ok((await curl(...options, `${url}/bytes?count=${LARGE}`)).equals(pattern(LARGE)));
}

async function visitByNode(ask: Asker): Promise<void> {
  assert.equal((await ask("/hello")).toString(), "hello");
  const many = Array.from({ length: CONNECTIONS * ROUNDS }, async (_, index) => {
    if (index % 2 === 0) return (await ask("/hello")).equals(Buffer.from("hello"));
    return (await ask(`/bytes?count=${index * 500}`)).equals(pattern(index * 500));
  });
  assert.deepEqual(new Set(await Promise.all(many)), new Set([true]));
  const posts = [...POSTED, ...POSTED].map((length) => ask("/length", { method: "POST", body: pattern(length) }));
  assert.deepEqual((await Promise.all(posts)).map(String), [...POSTED, ...POSTED].map(String));
  assert.ok((await ask(`/bytes?count=${LARGE}`)).equals(pattern(LARGE)));
}

export async function visitHttp(scene: Scene): Promise<void> {
  const { ask, end } = asker(scene, false);
  await visitByNode(ask);
  end();
  await visitByCurl(`http://${scene.address}:${PORT}`, scene.folder, []);
}

/** Over TLS, in the two versions that are in use; HTTP/1.1, and whatever curl and the server agree on. */
export async function visitHttps(scene: Scene): Promise<void> {
  const { ask, end } = asker(scene, true);
  await visitByNode(ask);
  end();
  const trust = ["--cacert", join(scene.folder, CERTIFICATE)];
  for (const options of [["--http1.1"], ["--tls-max", "1.2"], ["--tlsv1.3"]]) {
    await visitByCurl(`https://${scene.address}:${PORT}`, scene.folder, [...trust, ...options]);
  }
}
