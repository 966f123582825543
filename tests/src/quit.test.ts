// SIGQUIT to `unary run`: a program that handles it goes on; of one that does not, the stacks of all threads are left, and status 131.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { buildCheckedKernel } from "./checked-kernel.ts";
import { guest } from "./guest.ts";
import { CHECKED_KERNEL, COMMAND } from "./repository.ts";
import { unaryArguments } from "./unary.ts";

interface Ended {
  status: number | null;
  output: string;
  errors: string;
}

/** Runs tests/guests/quit.c, and sends SIGQUIT each time it says that it is ready. */
function quit(how: string, options: readonly string[] = []): Promise<Ended> {
  const child = spawn(process.execPath, [COMMAND, ...unaryArguments(guest("quit.c"), [how], { machine: { cpus: 2, options } })]);
  let output = "";
  let errors = "";
  let asked = 0;
  const limit = setTimeout(() => child.kill("SIGKILL"), 60_000);
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
    for (; asked < output.split("ready\n").length - 1; asked++) child.kill("SIGQUIT");
  });
  child.stderr.on("data", (data: Buffer) => {
    errors += data.toString();
  });
  return new Promise((resolve) => {
    child.once("close", (status) => {
      clearTimeout(limit);
      resolve({ status, output, errors });
    });
  });
}

test("a program that handles SIGQUIT does so each time, and goes on", async () => {
  const { status, output, errors } = await quit("handle");
  assert.equal(status, 0, `${output}${errors}`);
  assert.equal(output, "ready\nasked 1\nready\nasked 2\n");
});

test("so it does on the kernel that checks the order of locks", async () => {
  buildCheckedKernel();
  const { status, output, errors } = await quit("handle", ["--kernel", CHECKED_KERNEL]);
  assert.equal(status, 0, `${output}${errors}`);
});

test("a program that does not handle it leaves where all threads were", async () => {
  const { status, errors } = await quit("default");
  assert.equal(status, 131, errors);
  assert.match(errors, /ended by SIGQUIT/);
  assert.match(errors, /CPU 0/);
  assert.match(errors, /CPU 1/);
  assert.match(errors, /thread \d+ reader waits\n.* kernel\//);
  assert.match(errors, /0x[0-9a-f]{16} \w+(\.\w+)? kernel\/fs\/pipe\.ts:\d+/);
});
