// The command as a whole, on stand-in kernels: what it prints and how it ends.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { chooseAccelerator } from "./machine/accelerator.ts";
import { compile, standInKernel, startUnary, temporaryFolder, unary } from "./test-support.ts";

const folder = temporaryFolder();
const cache = { XDG_CACHE_HOME: join(folder, "cache") };
const echo = standInKernel(folder, "echo");
const deaf = standInKernel(folder, "deaf", "DEAF");
const saying = (name: string, line: string): string => standInKernel(folder, name, `CONTROL_LINE="${line}"`);
const run = (kernel: string, ...args: string[]) =>
  unary(["run", "--accel", "tcg", "--kernel", kernel, ...args], { environment: cache });

test("output goes where the application sent it, and its status is the command's", () => {
  const outcome = run(saying("exit7", "exit 7\\n"), "/bin/echo");
  assert.deepEqual(outcome, { status: 7, stdout: "to standard output\n", stderr: "to standard error\n" });
});

test("a signal gives 128 and its number", () => {
  assert.equal(run(saying("signal11", "signal 11\\n"), "/bin/echo").status, 139);
});

test("what goes wrong in the machine is said in a sentence, with 125", () => {
  const cases: [string, string, RegExp][] = [
    ["panic", "panic\\n", /the kernel panicked/],
    ["silent", "", /ended without a word/],
    ["garbled", "exit 999\\n", /means nothing/],
  ];
  for (const [name, line, message] of cases) {
    const { status, stderr } = run(saying(name, line), "/bin/echo");
    assert.equal(status, 125, name);
    assert.match(stderr, message);
  }
});

test("the kernel's own refusal is passed on with its status", () => {
  const { status, stderr } = run(saying("refusal", "failed 126 /bin/x has no segments\\n"), "/bin/echo");
  assert.equal(status, 126);
  assert.match(stderr, /^unary: \/bin\/x has no segments$/m);
});

test("standard input arrives byte for byte, and its end too", () => {
  const input = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 127));
  const outcome = unary(["run", "--accel", "tcg", "--kernel", echo, "/bin/cat"], { environment: cache, input });
  assert.equal(outcome.status, 0);
  assert.equal(outcome.stdout, input.toString("latin1"));
});

test("q35 runs the same kernel", () => {
  assert.equal(run(saying("exit7", "exit 7\\n"), "--machine", "q35", "/bin/echo").status, 7);
});

/** The QEMU processes that have our nameless image open. */
function machinesOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return fields[0] !== "Z" && Number(fields[1]) === parent && readlinkSync(`/proc/${pid}/exe`).includes("qemu");
      } catch {
        return false;
      }
    });
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return false;
  }
}

/** Starts a stand-in and waits until it says that it runs. */
async function started(kernel: string) {
  const child = startUnary(["run", "--accel", "tcg", "--kernel", kernel, "/bin/cat"], cache);
  await once(child.stderr, "data");
  const machines = machinesOf(child.pid ?? 0);
  assert.equal(machines.length, 1);
  return { child, machine: machines[0] ?? 0 };
}

async function ended(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100 && isAlive(pid); attempt++) await setTimeout(20);
  return !isAlive(pid);
}

test("Ctrl-C reaches the application, and 130 is the status", async () => {
  const { child, machine } = await started(echo);
  child.kill("SIGINT");
  assert.deepEqual(await once(child, "close"), [130, null]);
  assert.ok(await ended(machine));
});

test("an application that is deaf to it ends by a second Ctrl-C", async () => {
  const { child, machine } = await started(deaf);
  child.kill("SIGINT");
  await setTimeout(200);
  assert.ok(isAlive(machine));
  child.kill("SIGINT");
  assert.deepEqual(await once(child, "close"), [130, null]);
  assert.ok(await ended(machine));
});

test("an application that is deaf to SIGTERM has five seconds", async () => {
  const { child, machine } = await started(deaf);
  const start = Date.now();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "close"), [143, null]);
  assert.ok(Date.now() - start >= 4900);
  assert.ok(await ended(machine));
});

test("no machine outlives a command that is killed", async () => {
  const { child, machine } = await started(echo);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.ok(await ended(machine));
});

test("a reader who goes away ends the machine without a word", async () => {
  const child = startUnary(["run", "--accel", "tcg", "--kernel", standInKernel(folder, "flood", "FLOOD"), "/bin/yes"], cache);
  let errors = "";
  child.stderr.on("data", (piece) => {
    errors += piece;
  });
  await once(child.stdout, "data");
  child.stdout.destroy();
  assert.deepEqual(await once(child, "exit"), [141, null]);
  assert.equal(errors, "");
});

test("the cache has nothing but whole images afterwards, and no temporary files", () => {
  const names = readdirSync(join(folder, "cache", "unary"));
  assert.deepEqual(names, ["images"]);
  for (const name of readdirSync(join(folder, "cache", "unary", "images"))) assert.match(name, /^[0-9a-f]{32}-\d+$/);
});

test("--dry-run prints a command that a shell can run", () => {
  const { status, stdout } = run(
    saying("exit7", "exit 7\\n"),
    "--dry-run",
    "--qemu-arg",
    "-name",
    "--qemu-arg",
    "a b",
    "/bin/echo",
    "x",
  );
  assert.equal(status, 0);
  assert.match(stdout, /^\S*qemu-system-x86_64 .* -name 'a b'\n$/);
  const image = /-initrd (\S+)/.exec(stdout)?.[1] ?? "";
  assert.ok(existsSync(image));
});

test("everything after APP is the application's", () => {
  const { stdout } = run(echo, "--dry-run", "--json", "/bin/echo", "--help", "-m", "1", "--no-such-option");
  const { image } = JSON.parse(stdout) as { image: { path: string } };
  assert.ok(readFileSync(image.path).subarray(0, 4096).includes("\0/bin/echo\0--help\0-m\x001\0--no-such-option\0"));
});

test("--privilege user sets its flag in the boot configuration, and nothing else does", () => {
  const flags = (...options: string[]): number => {
    const { stdout } = run(echo, "--dry-run", "--json", ...options, "/bin/echo");
    const { image } = JSON.parse(stdout) as { image: { path: string } };
    return readFileSync(image.path).readUInt32LE(12);
  };
  assert.equal(flags(), 0);
  assert.equal(flags("--privilege", "auto"), 0);
  assert.equal(flags("--privilege", "user"), 64);
});

test("wrong usage is 2, and suggests what was meant", () => {
  const cases: [string[], RegExp][] = [
    [["run", "--memry", "1g", "/bin/echo"], /unknown option '--memry'.*--memory/s],
    [["rn"], /unknown command 'rn'.*run/s],
    [["run"], /missing required argument 'APP'/],
    [["run", "-m", "lots", "/bin/echo"], /such as 512m/],
    [["run", "--cpus", "1.5", "/bin/echo"], /whole number/],
    [["run", "--privilege", "ring0", "/bin/echo"], /auto, user/],
    [["run", "--machine", "pc", "/bin/echo"], /microvm, q35/],
    [["run", "-v", "nonsense", "/bin/echo"], /SRC:DST/],
    [["run", "-e", "=x", "/bin/echo"], /no name/],
  ];
  for (const [args, message] of cases) {
    const { status, stderr } = unary(args, { environment: cache });
    assert.equal(status, 2, args.join(" "));
    assert.match(stderr, message);
    assert.match(stderr, /^unary: /);
  }
});

test("memory that cannot hold kernel and image is refused before the start", () => {
  const { status, stderr } = run(echo, "-m", "2m", "/bin/echo");
  assert.equal(status, 125);
  assert.match(stderr, /too little.*at least -m \d+m/s);
});

test("a program that lacks a library or its loader is told so, with 127", () => {
  const library = compile("int f(void) { return 1; }", join(folder, "libgone.so"), "-shared", "-fPIC", "-Wl,-soname,libgone.so");
  const program = compile("int f(void); int main(void) { return f(); }", join(folder, "needy"), library);
  const lacking = run(echo, program);
  assert.equal(lacking.status, 127);
  assert.match(lacking.stderr, /library libgone\.so is missing, needed by .*needy; looked in .*\/usr\/lib/);
  const found = run(saying("exit7", "exit 7\\n"), "-e", `LD_LIBRARY_PATH=${folder}`, program);
  assert.equal(found.status, 7);
  const loaderless = compile(
    "int main(void) { return 0; }",
    join(folder, "loaderless"),
    "-Wl,--dynamic-linker,/opt/absent/ld.so",
  );
  const { status, stderr } = run(echo, loaderless);
  assert.equal(status, 127);
  assert.match(stderr, /dynamic loader \/opt\/absent\/ld\.so/);
});

test("errors of the host are told: no QEMU, a bad kernel, a bad QEMU argument, a cache that is a file", () => {
  const path = join(folder, "bin");
  mkdirSync(path);
  const withoutQemu = unary(["run", "--kernel", echo, "/bin/echo"], { environment: { ...cache, PATH: path } });
  assert.equal(withoutQemu.status, 125);
  assert.match(withoutQemu.stderr, /not installed.*apt-get install qemu-system-x86/s);
  assert.match(run(join(folder, "absent.elf"), "/bin/echo").stderr, /no such file/);
  writeFileSync(join(folder, "bad.elf"), "not a kernel");
  const bad = run(join(folder, "bad.elf"), "/bin/echo");
  assert.equal(bad.status, 125);
  assert.match(bad.stderr, /QEMU/);
  const argument = run(echo, "--qemu-arg", "-no-such-thing", "/bin/echo");
  assert.equal(argument.status, 125);
  assert.match(argument.stderr, /no-such-thing/);
  writeFileSync(join(folder, "file"), "");
  const blocked = unary(["run", "--kernel", echo, "/bin/echo"], { environment: { XDG_CACHE_HOME: join(folder, "file") } });
  assert.equal(blocked.status, 125);
  assert.match(blocked.stderr, /XDG_CACHE_HOME/);
});

/** A QEMU that says this and fails whenever it is to use KVM, and is itself otherwise. @returns a PATH with it */
function withoutKvm(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  const own = process.env["PATH"] ?? "";
  const script = `#!/bin/sh\nPATH='${own}'\ncase " $* " in *" -accel kvm "*) echo '${text}' >&2; exit 1 ;; esac\nexec qemu-system-x86_64 "$@"\n`;
  writeFileSync(join(path, "qemu-system-x86_64"), script, { mode: 0o755 });
  return `${path}:${own}`;
}

const noKvm = chooseAccelerator("auto").name === "kvm" ? false : "this host offers no KVM";

test("a KVM that makes no machine is told, and emulation takes over with input and all", { skip: noKvm }, () => {
  const environment = { ...cache, PATH: withoutKvm("busy", "ioctl(KVM_CREATE_VM) failed: 16 Device or resource busy") };
  const outcome = unary(["run", "--kernel", echo, "/bin/cat"], { environment, input: "all of it" });
  assert.equal(outcome.status, 0, outcome.stderr);
  assert.equal(outcome.stdout, "all of it");
  assert.match(outcome.stderr, /^unary: running by emulation: KVM makes no machines here \(Device or resource busy\)/m);
  const asked = unary(["run", "--accel", "kvm", "--kernel", echo, "/bin/cat"], { environment });
  assert.equal(asked.status, 125);
  assert.match(asked.stderr, /could not run the machine: KVM makes no machines here.*--accel tcg/s);
  const { mode } = JSON.parse(unary(["doctor", "--json"], { environment }).stdout) as { mode: string };
  assert.equal(mode, "emulation");
});

test("a fault of QEMU's that has nothing to do with KVM is no reason for emulation", { skip: noKvm }, () => {
  const environment = { ...cache, PATH: withoutKvm("short", "cannot set up guest memory: Cannot allocate memory") };
  const { status, stderr } = unary(["run", "--kernel", echo, "/bin/cat"], { environment });
  assert.equal(status, 125);
  assert.match(stderr, /could not run the machine: cannot set up guest memory/);
});

test("--json tells failures and ends as objects", () => {
  const end = run(saying("exit7", "exit 7\\n"), "--json", "/bin/echo");
  const { milliseconds, ...event } = JSON.parse(end.stderr.split("\n").at(-2) ?? "") as Record<string, object>;
  assert.deepEqual(event, { event: "end", status: 7, end: { kind: "exit", status: 7 } });
  const { started = 0, firstOutput = 0, ended = 0 } = milliseconds as Record<string, number>;
  assert.ok(0 < started && started < firstOutput && firstOutput < ended, JSON.stringify(milliseconds));
  const failure = JSON.parse(run(echo, "--json", "/no/such/app").stderr) as { event: string; status: number };
  assert.deepEqual([failure.event, failure.status], ["failure", 127]);
});

test("doctor and completion", () => {
  const doctor = unary(["doctor", "--json"], { environment: cache });
  const { ready, mode, findings } = JSON.parse(doctor.stdout) as {
    ready: boolean;
    mode: string;
    findings: { subject: string }[];
  };
  assert.equal(doctor.status, ready ? 0 : 1);
  assert.ok(findings.some(({ subject }) => subject === "KVM"));
  assert.equal(mode, chooseAccelerator("auto").mode);
  for (const shell of ["bash", "zsh", "fish"]) {
    const { status, stdout } = unary(["completion", shell]);
    assert.equal(status, 0);
    assert.match(stdout, /machine/);
  }
  assert.equal(unary(["completion", "tcsh"]).status, 2);
});
