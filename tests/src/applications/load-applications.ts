// Servers under the load generators that go with them: redis-benchmark and redis-cli, memcaslap, wrk.

import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "../outcome.ts";
import { APPLICATIONS } from "../repository.ts";
import { type Application, PORT, type Scene } from "./application.ts";
import { CURL, curl, pattern, visitHttp } from "./http-visit.ts";
import { debian } from "./needs.ts";

const WRK = debian("wrk");
const REDIS = [debian("redis-server"), debian("redis-benchmark", "redis-tools"), debian("redis-cli", "redis-tools")];
const LARGE = 500_000;
const CLIENTS = 64;

async function output(program: string, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await runProcess(program, words);
  assert.equal(status, 0, `${program} ${words.join(" ")}: ${stderr}`);
  return stdout.toString();
}

/** Every command that the benchmark knows, then some with large values in pipelines. */
async function visitRedis({ address }: Scene): Promise<void> {
  const server = ["-h", address, "-p", String(PORT)];
  const pipelined = ["-n", "20000", "-P", "16", "-d", "1000", "-t", "ping,set,get,incr,lpush,rpop,sadd,hset,mset"];
  for (const options of [["-n", "2000"], pipelined]) {
    const said = await output("redis-benchmark", ...server, "-c", String(CLIENTS), "-q", "-r", "1000", ...options);
    assert.doesNotMatch(said, /error/i);
  }
  assert.equal(await output("redis-cli", ...server, "set", "fruit", "pear"), "OK\n");
  assert.equal(await output("redis-cli", ...server, "get", "fruit"), "pear\n");
}

/** Sets, and gets whose values are compared, in the protocol of text and the binary one, one key and ten at a time. */
async function visitMemcached({ address }: Scene): Promise<void> {
  const server = ["-s", `${address}:${PORT}`, "-T", "2", "-c", String(CLIENTS), "-x", "20000", "-v", "0.5"];
  for (const options of [[], ["-B"], ["-d", "10"], ["-X", "16000", "-x", "2000"]]) {
    const said = await output("memcaslap", ...server, ...options);
    for (const count of ["get_misses", "verify_misses", "verify_failed"])
      assert.match(said, new RegExp(`^${count}: 0$`, "m"), said);
    assert.match(said, /^cmd_get: [1-9]/m, said);
  }
}

/** @throws when any request was not answered well */
async function wrk(...words: string[]): Promise<void> {
  const said = await output("wrk", "--threads", "2", "--connections", String(CLIENTS), "--duration", "2s", ...words);
  assert.doesNotMatch(said, /Non-2xx|Socket errors/, said);
  assert.match(said, /^ *[1-9]\d* requests in/m, said);
}

async function visitNginx({ address }: Scene): Promise<void> {
  const url = `http://${address}:${PORT}`;
  assert.ok((await curl(`${url}/large`)).equals(pattern(LARGE)));
  await wrk(`${url}/hello`);
  await wrk(`${url}/large`);
  await wrk("--header", "Connection: close", `${url}/hello`);
}

async function visitNode(scene: Scene): Promise<void> {
  await visitHttp(scene);
  await wrk(`http://${scene.address}:${PORT}/hello`);
  await wrk(`http://${scene.address}:${PORT}/bytes?count=20000`);
}

export const LOAD_APPLICATIONS: readonly Application[] = [
  {
    name: "redis",
    kind: "server",
    needs: REDIS,
    words: () => [
      ...["redis-server", "--port", String(PORT), "--bind", "0.0.0.0", "--protected-mode", "no"],
      ...["--save", "", "--dir", "/tmp"],
    ],
    ready: "Ready to accept",
    visit: visitRedis,
  },
  {
    name: "memcached",
    kind: "server",
    needs: [debian("memcached"), debian("memcaslap", "libmemcached-tools")],
    words: () => ["memcached", "-v", "-u", "root", "-p", String(PORT), "-l", "0.0.0.0", "-m", "256"],
    visit: visitMemcached,
  },
  {
    name: "nginx",
    kind: "server",
    needs: [debian("nginx", "nginx-light"), WRK, CURL],
    prepare: async (folder) => {
      copyFileSync(join(APPLICATIONS, "nginx.conf"), join(folder, "nginx.conf"));
      writeFileSync(join(folder, "hello"), "hello");
      writeFileSync(join(folder, "large"), pattern(LARGE));
    },
    words: () => ["nginx", "-c", "/data/nginx.conf"],
    ready: "event method",
    visit: visitNginx,
  },
  {
    name: "node",
    kind: "server",
    needs: [WRK, CURL],
    words: () => ["node", join(APPLICATIONS, "plain.mjs")],
    ready: "ready",
    visit: visitNode,
  },
];
