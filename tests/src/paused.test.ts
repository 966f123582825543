// A machine that its hypervisor stops for a while, as when a laptop is closed or a snapshot taken, goes on afterwards.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { guest } from "./guest.ts";
import { BUILD, COMMAND } from "./repository.ts";
import { unaryArguments } from "./unary.ts";

const PAUSES = 3;
const PATIENCE = 60_000;

/** Sends one of QEMU's commands and waits for its answer. */
function command(monitor: Socket, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    const listener = (piece: Buffer): void => {
      text += piece.toString();
      if (!/"(return|error)"/.test(text)) return;
      monitor.off("data", listener);
      if (text.includes('"error"')) reject(new Error(text));
      else resolve();
    };
    monitor.on("data", listener);
    monitor.write(`${JSON.stringify({ execute: name })}\n`);
  });
}

async function runWithPauses(cpus: number): Promise<void> {
  const folder = mkdtempSync(join(BUILD, "paused-"));
  const path = join(folder, "monitor");
  const options = ["--qemu-arg=-qmp", `--qemu-arg=unix:${path},server=on,wait=off`];
  const machine = spawn(process.execPath, [COMMAND, ...unaryArguments(guest("paused.c"), [], { machine: { cpus, options } })], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: PATIENCE,
  });
  const ended = new Promise<number | null>((resolve) => machine.once("close", resolve));
  let output = "";
  try {
    await new Promise<void>((resolve, reject) => {
      machine.stdout.on("data", (piece: Buffer) => {
        output += piece.toString();
        if (output.includes("ready")) resolve();
      });
      void ended.then(() => reject(new Error(`the machine ended early: ${output}`)));
    });
    const monitor = createConnection(path);
    await command(monitor, "qmp_capabilities");
    for (let pause = 0; pause < PAUSES; pause++) {
      await sleep(150);
      await command(monitor, "stop");
      await sleep(400);
      await command(monitor, "cont");
    }
    monitor.end();
    assert.equal(await ended, 0, output);
    assert.match(output, /0 failed/);
  } finally {
    machine.kill("SIGTERM");
    rmSync(folder, { recursive: true });
  }
}

describe("a machine that is stopped three times goes on", () => {
  for (const cpus of [1, 2]) test(`${cpus} processors`, () => runWithPauses(cpus));
});
