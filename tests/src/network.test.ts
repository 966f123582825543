// Servers on Unary that answer clients of the host, through a published port.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { MODE_OPTIONS } from "./mode.ts";
import { COMMAND } from "./repository.ts";

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
}).listen(8000);
`,
);
writeFileSync(
  join(folder, "echo.mjs"),
  `import { createSocket } from "node:dgram";
const socket = createSocket("udp4");
socket.on("message", (message, from) => socket.send(message, from.port, from.address));
socket.bind(8000);
`,
);

/** Starts a server whose port 8000 is published. @returns the host's port, and the machine */
async function serve(protocol: string, ...words: string[]): Promise<{ port: number; machine: ChildProcess }> {
  const args = ["run", ...MODE_OPTIONS, "-p", `127.0.0.1::8000/${protocol}`, "-v", `${folder}:/data`, "-w", "/data", ...words];
  const machine = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  machine.stderr?.on("data", (piece: Buffer) => {
    said += piece.toString();
  });
  for (;;) {
    const port = /port (\d+)\/\w+ of the host/.exec(said)?.[1];
    if (port !== undefined) return { port: Number(port), machine };
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

async function end(machine: ChildProcess): Promise<void> {
  machine.kill("SIGTERM");
  await new Promise((resolve) => machine.once("close", resolve));
}

test("python's http.server gives out a file, byte for byte", async () => {
  const { port, machine } = await serve("tcp", "python3", "-m", "http.server", "8000");
  assert.ok((await answer(`http://127.0.0.1:${port}/large`)).equals(large));
  await end(machine);
});

test("node's http server answers several at once, and takes what is posted", async () => {
  const { port, machine } = await serve("tcp", "node", join(folder, "server.mjs"));
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
  const { port, machine } = await serve("udp", "node", join(folder, "echo.mjs"));
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
