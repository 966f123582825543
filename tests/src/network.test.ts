// Servers on Unary that answer clients of the host, through a published port.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { MODE_OPTIONS } from "./mode.ts";
import { runProcess } from "./outcome.ts";
import { APPLICATIONS, COMMAND, RUNTIMES } from "./repository.ts";
import { KERNEL_OPTIONS } from "./unary.ts";

const folder = mkdtempSync(join(tmpdir(), "unary-network-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const large = Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => (index * index) % 251));
writeFileSync(join(folder, "large"), large);
writeFileSync(
  join(folder, "server.mjs"),
  `import { createServer } from "node:http";
createServer((request, response) => {
  let length = 0;
  request.on("data", (piece) => { length += piece.length; });
  request.on("end", () => response.end(\`\${request.method} \${request.url} \${length}\`));
}).listen(8000, () => console.log("ready"));
`,
);
writeFileSync(
  join(folder, "echo.mjs"),
  `import { createSocket } from "node:dgram";
const socket = createSocket("udp4");
socket.on("message", (message, from) => socket.send(message, from.port, from.address));
socket.bind(8000, () => console.log("ready"));
`,
);

copyFileSync(join(APPLICATIONS, "nginx.conf"), join(folder, "nginx.conf"));

/**
 * Starts a server whose port 8000 is published, and waits until it says that it is ready: who comes earlier may have to try again
 * after seconds, since QEMU takes connections before there is anybody to give them to.
 * @returns the host's port, and the machine
 */
async function serve(protocol: string, ready: string, ...words: string[]): Promise<{ port: number; machine: ChildProcess }> {
  const args = [
    "run",
    ...MODE_OPTIONS,
    ...KERNEL_OPTIONS,
    "-p",
    `127.0.0.1::8000/${protocol}`,
    "-v",
    `${folder}:/data`,
    "-w",
    "/data",
    ...words,
  ];
  const machine = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [machine.stdout, machine.stderr]) {
    stream.on("data", (piece: Buffer) => {
      said += piece.toString();
    });
  }
  for (;;) {
    const port = /port (\d+)\/\w+ of the host/.exec(said)?.[1];
    if (port !== undefined && said.includes(ready)) return { port: Number(port), machine };
    assert.equal(machine.exitCode, null, said);
    await setTimeout(20);
  }
}

/** Asks until somebody answers: QEMU takes connections before the server does. */
async function answer(url: string, request: RequestInit = {}): Promise<Buffer> {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(url, request);
      return Buffer.from(await response.arrayBuffer());
    } catch (error) {
      if (tries === 600) throw error;
      await setTimeout(100);
    }
  }
}

/** Says something on a connection, and hears until the answer ends so; again when QEMU had nobody to give the connection to. */
async function converse(port: number, words: string, last: string): Promise<string> {
  for (let tries = 0; ; tries++) {
    const heard = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(words));
      socket.on("data", (piece) => {
        text += piece.toString();
        if (text.endsWith(last)) socket.end();
      });
      socket.on("error", () => socket.destroy());
      socket.on("close", () => resolve(text));
    });
    if (heard.endsWith(last)) return heard;
    assert.ok(tries < 600, heard);
    await setTimeout(100);
  }
}

async function end(machine: ChildProcess): Promise<void> {
  machine.kill("SIGTERM");
  await new Promise((resolve) => machine.once("close", resolve));
}

test("python's http.server gives out a file, byte for byte", async () => {
  const { port, machine } = await serve("tcp", "Serving HTTP", "python3", "-u", "-m", "http.server", "8000");
  assert.ok((await answer(`http://127.0.0.1:${port}/large`)).equals(large));
  await end(machine);
});

test("node's http server answers several at once, and takes what is posted", async () => {
  const { port, machine } = await serve("tcp", "ready", "node", join(folder, "server.mjs"));
  const url = `http://127.0.0.1:${port}`;
  assert.equal((await answer(`${url}/first`)).toString(), "GET /first 0");
  const paths = Array.from({ length: 8 }, (_, index) => `/${index}`);
  const answers = await Promise.all(paths.map((path) => answer(url + path)));
  assert.deepEqual(
    answers.map(String),
    paths.map((path) => `GET ${path} 0`),
  );
  assert.equal((await answer(`${url}/post`, { method: "POST", body: large })).toString(), `POST /post ${large.length}`);
  await end(machine);
});

test("datagrams come and go", async () => {
  const { port, machine } = await serve("udp", "ready", "node", join(folder, "echo.mjs"));
  const socket = createSocket("udp4");
  let heard = "";
  socket.on("message", (message) => {
    heard = message.toString();
  });
  for (let tries = 0; heard !== "hello" && tries < 600; tries++) {
    socket.send("hello", port, "127.0.0.1");
    await setTimeout(100);
  }
  socket.close();
  await end(machine);
  assert.equal(heard, "hello");
});

test("nginx gives out a file, a part of it, and says what is not there", async () => {
  const { port, machine } = await serve("tcp", "event method", "nginx", "-c", "/data/nginx.conf");
  const url = `http://127.0.0.1:${port}`;
  assert.ok((await answer(`${url}/large`)).equals(large));
  const part = await answer(`${url}/large`, { headers: { range: "bytes=1000-1999" } });
  assert.ok(part.equals(large.subarray(1000, 2000)));
  assert.equal((await fetch(`${url}/missing`)).status, 404);
  await end(machine);
});

test("redis-server keeps what it is told, for several clients", async () => {
  const options = ["--port", "8000", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--dir", "/tmp"];
  const { port, machine } = await serve("tcp", "Ready to accept", "redis-server", ...options);
  assert.equal(await converse(port, "SET fruit pear\r\nGET fruit\r\n", "pear\r\n"), "+OK\r\n$4\r\npear\r\n");
  const clients = Array.from({ length: 4 }, () => converse(port, "INCR count\r\nPING\r\n", "+PONG\r\n"));
  const counts = (await Promise.all(clients)).map((text) => text.split("\r\n")[0]);
  assert.deepEqual(counts.sort(), [":1", ":2", ":3", ":4"]);
  await end(machine);
});

test("memcached keeps what it is told, a large value too", async () => {
  const options = ["-vv", "-u", "root", "-p", "8000", "-l", "0.0.0.0", "-m", "16", "-t", "2"];
  const { port, machine } = await serve("tcp", "server listening", "memcached", ...options);
  const value = "abcdefgh".repeat(50_000);
  assert.equal(await converse(port, `set key 0 0 ${value.length}\r\n${value}\r\n`, "STORED\r\n"), "STORED\r\n");
  assert.equal(await converse(port, "get key\r\n", "END\r\n"), `VALUE key 0 ${value.length}\r\n${value}\r\nEND\r\n`);
  await end(machine);
});

test("java's HttpServer answers several at once, and knows the network's interfaces", async () => {
  const compiled = await runProcess("javac", ["-d", folder, join(RUNTIMES, "Server.java")]);
  assert.equal(compiled.status, 0, compiled.stderr.toString());
  const options = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", "/data"];
  const { port, machine } = await serve("tcp", "ready", "java", ...options, "Server");
  const url = `http://127.0.0.1:${port}`;
  assert.equal((await answer(`${url}/first`)).toString(), "GET /first 0");
  const answers = await Promise.all([1, 2, 3, 4].map((index) => answer(`${url}/${index}`, { method: "POST", body: large })));
  assert.deepEqual(
    answers.map(String),
    [1, 2, 3, 4].map((index) => `POST /${index} ${large.length}`),
  );
  const interfaces = (await answer(`${url}/interfaces`)).toString().split("\n").slice(0, -1);
  assert.deepEqual(interfaces.sort(), ["eth0 up", "lo loopback up"]);
  await end(machine);
});
