// `scene NAME`: one application of the table on Unary, and its clients or servers, in the network namespace that this process runs in
// (network-space.ts). The machine asks for its address by DHCP. Ends with 0 when all went well; else it says what did not.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { DhcpServer, GIVEN } from "../dhcp-server.ts";
import { MODE_OPTIONS } from "../mode.ts";
import { TAP } from "../network-space.ts";
import { BUILD, COMMAND } from "../repository.ts";
import { KERNEL_OPTIONS } from "../unary.ts";
import { type Application, type Client, PORT, type Scene, type Server } from "./application.ts";
import { makeCertificate } from "./certificate.ts";
import { TABLE } from "./table.ts";

const CPUS = "2";
/** Seconds: longer than any scene. */
const LEASE = 3600;
/** Milliseconds for a server to end when it is told to. */
const END_PATIENCE = 20_000;
/** `unary run` has this status when it failed itself. */
const UNARY_FAILED = 125;
/** How much of what the machine said is shown when something went wrong. */
const SHOWN = 6000;

class Machine {
  output = "";
  errors = "";
  private readonly process: ChildProcess;
  readonly ended: Promise<number>;

  constructor(folder: string, words: readonly string[]) {
    const network = ["--network", `tap=${TAP}`, "--cpus", CPUS, "-v", `${folder}:/data`, "-w", "/data"];
    const args = [COMMAND, "run", ...MODE_OPTIONS, ...KERNEL_OPTIONS, ...network, ...words];
    this.process = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout?.on("data", (piece: Buffer) => {
      this.output += piece.toString();
    });
    this.process.stderr?.on("data", (piece: Buffer) => {
      this.errors += piece.toString();
    });
    this.ended = new Promise((resolve) =>
      this.process.once("close", (status, signal) => resolve(status ?? Number(signal !== null))),
    );
  }

  get isRunning(): boolean {
    return this.process.exitCode === null;
  }

  /** Waits for a word, in its output or its errors. @throws when it ends without */
  async says(word: string): Promise<void> {
    while (!this.output.includes(word) && !this.errors.includes(word)) {
      assert.ok(this.isRunning, `it has ended before it said "${word}"`);
      await setTimeout(20);
    }
  }

  /** Ends it as a user does. @throws when it does not end, or not by itself */
  async end(): Promise<void> {
    this.process.kill("SIGTERM");
    const status = await Promise.race([this.ended, setTimeout(END_PATIENCE, undefined, { ref: false })]);
    assert.notEqual(status, undefined, "it does not end by SIGTERM");
    assert.notEqual(status, UNARY_FAILED, "the machine failed");
  }

  /** For when something went wrong. */
  kill(): void {
    this.process.kill("SIGTERM");
  }
}

/** Whether a connection is made. */
function accepts(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(PORT, GIVEN, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function waitUntilItListens(machine: Machine): Promise<void> {
  while (!(await accepts())) {
    assert.ok(machine.isRunning, "it has ended before it listened");
    await setTimeout(50);
  }
}

async function runServer(server: Server, machine: Machine, scene: Scene): Promise<void> {
  // Who listens on all addresses need not wait for one; who connects does.
  await machine.says(`the address ${GIVEN}`);
  if (server.ready === undefined) await waitUntilItListens(machine);
  else await machine.says(server.ready);
  const early = machine.ended.then((status) => assert.fail(`it has ended with ${status}, and is still being asked`));
  await Promise.race([server.visit(scene), early]);
  early.catch(() => undefined);
  await machine.end();
}

async function runClient(client: Client, machine: Machine): Promise<void> {
  const status = await machine.ended;
  assert.equal(status, 0, `its status is ${status}`);
  client.judge(machine.output);
}

async function play(application: Application, folder: string): Promise<void> {
  const scene = { folder, address: GIVEN };
  await makeCertificate(folder);
  await application.prepare?.(folder);
  // Who starts scenes has limited patience.
  let stop: () => void = () => process.exit(1);
  process.once("SIGTERM", () => stop());
  const leave = application.kind === "client" ? await application.attend(scene) : () => undefined;
  const machine = new Machine(folder, application.words(folder));
  stop = () => machine.kill();
  try {
    await (application.kind === "client" ? runClient(application, machine) : runServer(application, machine, scene));
  } catch (error) {
    const tail = (text: string): string => text.slice(-SHOWN);
    console.error(`standard output:\n${tail(machine.output)}\nstandard error:\n${tail(machine.errors)}`);
    throw error;
  } finally {
    leave();
    machine.kill();
    await machine.ended;
  }
}

const [name] = process.argv.slice(2);
const application = TABLE.find((candidate) => candidate.name === name);
assert.ok(application, `there is no application ${name}`);
mkdirSync(BUILD, { recursive: true });
const folder = mkdtempSync(join(BUILD, "scene-"));
try {
  await new DhcpServer({ lease: LEASE }).begin();
  await play(application, folder);
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);
