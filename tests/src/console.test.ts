// What the application prints and reads, in bulk and in pieces: nothing is lost, everything is in order, whatever the machine.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { guest } from "./guest.ts";
import { MODE } from "./mode.ts";
import { runProcess } from "./outcome.ts";
import { BUILD, COMMAND } from "./repository.ts";
import { assertSame } from "./same.ts";
import { type Machine, runOnUnary, unaryArguments } from "./unary.ts";

const program = guest("console.c");
/** On q35 the firmware's tens of millions of instructions are ring 0's: under a KVM that emulates those, one such machine is enough. */
const MACHINES: readonly Machine[] = [
  { type: "microvm", cpus: 1 },
  { type: "microvm", cpus: 4 },
  ...(MODE === "kvm" ? [] : [{ type: "q35", cpus: 1 } as const]),
  { type: "q35", cpus: 4 },
];
const describeMachine = ({ type, cpus }: Machine): string => `${type}, ${cpus} processors`;
/** Bytes that repeat nowhere. */
const INPUT = Buffer.from(Uint32Array.from({ length: 1_500_000 }, (_, index) => Math.imul(index, 2654435761)).buffer);

for (const machine of MODE === "kvm" ? MACHINES.slice(0, 2) : MACHINES) {
  describe(describeMachine(machine), () => {
    test("much output in large writes", () => assertSame(program, ["bulk", "20000000", "100000"], { machine }));
    test("very many small writes", () => assertSame(program, ["bulk", "200000", "8"], { machine }));
    test("a standard output that does not wait", () => assertSame(program, ["unwaiting", "5000000", "20000"], { machine }));
    test("both streams in turn", () => assertSame(program, ["alternate", "4000"], { machine }));
    test("much input", () => assertSame(program, ["count", "20000"], { machine, input: INPUT }));
    test("input of a few bytes", () => assertSame(program, ["count", "7"], { machine, input: "a few bytes" }));
    test("no input at all", () => assertSame(program, ["count", "10"], { machine }));
    test("input by poll", () => assertSame(program, ["poll"], { machine, input: INPUT.subarray(0, 300_000) }));
  });
}

describe("the last words before the end", () => {
  const ends = { exit: 21, _exit: 22, thread: 23, abort: 134, null: 139, kill: 137 };
  for (const [how, status] of Object.entries(ends)) {
    for (const cpus of [1, 4]) {
      test(`${how}, ${cpus} processors`, () =>
        assertSame(program, ["end", how], { status, crashes: status > 128, machine: { cpus } }));
    }
  }

  test("an end while another thread writes", async () => {
    for (const cpus of [1, 4]) {
      const { status, stdout } = await runOnUnary(program, ["end", "busy"], { machine: { cpus } });
      assert.equal(status, 24);
      const [words = "", rest = ""] = stdout.toString().split("the very last\n");
      assert.equal(words.split("\n").length, 2001);
      assert.match(rest, /^(all the time\n)*(all the time\n?|[al tehim]*)$/);
    }
  });
});

/** Runs the program with both of its streams in one file, as QEMU writes them. @returns the file */
async function interleaved(args: readonly string[], machine: Machine): Promise<string> {
  mkdirSync(BUILD, { recursive: true });
  const folder = mkdtempSync(join(BUILD, "console-"));
  try {
    const options = ["--dry-run", "--json"];
    const told = await runProcess(process.execPath, [
      COMMAND,
      ...unaryArguments(program, args, { machine: { ...machine, options } }),
    ]);
    assert.equal(told.status, 0, told.stderr.toString());
    const { command } = JSON.parse(told.stdout.toString()) as { command: string[] };
    const [qemu = "", ...words] = command.map((word) => {
      const channel = /^file,id=(out|err|control),/.exec(word)?.[1];
      if (channel === undefined) return word;
      const file = join(folder, channel === "control" ? "control" : "both");
      return `file,id=${channel},path=${file},append=on${word.endsWith(",mux=on") ? ",mux=on" : ""}`;
    });
    await runProcess(qemu, words);
    return readFileSync(join(folder, "both"), "latin1");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const machine of MACHINES) {
  test(`both streams leave the machine in the order of the writes, ${describeMachine(machine)}`, async () => {
    const lines = (await interleaved(["alternate", "3000"], machine)).split("\n").filter((line) => /^(output|error) /.test(line));
    assert.equal(lines.length, 3000);
    lines.forEach((line, index) => {
      assert.equal(line.split(" ", 2).join(" "), `${index % 2 === 1 ? "error" : "output"} ${index}`);
    });
  });
}

test("the kernel's own lines come between the application's", async () => {
  const { stderr } = await runOnUnary(program, ["log", "499"]);
  const text = stderr.toString();
  assert.match(text, /^(unary: .*\n)*(before the kernel's line\n){50}unary: .*499.*\n(after the kernel's line\n){50}$/);
});

test("a reader that is slow gets everything", async () => {
  const child = spawn(process.execPath, [COMMAND, ...unaryArguments(program, ["bulk", "3000000", "50000"])]);
  await setTimeout(3000);
  let length = 0;
  for await (const piece of child.stdout) {
    length += (piece as Buffer).length;
    if (length < 1_000_000) await setTimeout(20);
  }
  assert.equal(length, 3_000_000);
});

test("a reader that goes away ends the machine as it would end the program", async () => {
  const child = spawn(process.execPath, [COMMAND, ...unaryArguments(program, ["bulk", "1000000000", "50000"])]);
  await once(child.stdout, "data");
  child.stdout.destroy();
  assert.deepEqual(await once(child, "exit"), [141, null]);
});

test("a signal does not wait behind input that nobody reads", async () => {
  const child = spawn(process.execPath, [COMMAND, ...unaryArguments(program, ["peek"])]);
  child.stdin.on("error", () => undefined);
  child.stdin.write(INPUT);
  let output = "";
  child.stdout.on("data", (piece) => {
    output += piece;
  });
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "close"), [25, null]);
  assert.equal(output, "one\nterminated\n");
});

test("input that the application never looks at is left for others", async () => {
  mkdirSync(BUILD, { recursive: true });
  const path = join(BUILD, `unread-${process.pid}`);
  writeFileSync(path, "still here");
  const input = openSync(path, "r");
  const child = spawn(process.execPath, [COMMAND, ...unaryArguments("/bin/echo", ["hello"])], {
    stdio: [input, "pipe", "inherit"],
  });
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.equal(readFileSync(input, "utf8"), "still here");
  closeSync(input);
  rmSync(path);
});

test("bulk output and input in four MiB of memory", async () => {
  const machine: Machine = { memory: "4m" };
  const small = guest("console.c", "musl-static");
  await assertSame(small, ["bulk", "3000000", "30000"], { machine });
  await assertSame(small, ["count", "9000"], { machine, input: INPUT.subarray(0, 1_000_000) });
});
