// `unary doctor`: what this host offers, what is missing, and the command that mends it.

import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { findExecutable } from "../host/executable.ts";
import { cacheFolder } from "../image/cache.ts";
import { DEFAULT_KERNEL } from "../kernel-image.ts";
import {
  type Accelerator,
  describeMode,
  type ExecutionMode,
  howToMend,
  kvm,
  probeVirtualization,
  whyNoKvm,
} from "../machine/accelerator.ts";
import { explainKvmFailure } from "../machine/kvm-failure.ts";
import { formatMemory, parseMemory } from "../units.ts";

interface Finding {
  subject: string;
  /** missing: nothing runs without it. */
  verdict: "good" | "limited" | "missing";
  text: string;
  /** The Debian package that mends it. */
  package?: string;
}

const QEMU = "qemu-system-x86_64";
/** Milliseconds for QEMU to make a machine and end it. */
const PATIENCE = 10_000;
const SMALLEST_FREE_MEMORY = 256 * 1024 ** 2;

/** @returns 0 when machines can run here, 1 when something is missing */
export function doctor(options: { json?: boolean }): number {
  const { mode, finding } = acceleration();
  const findings = [qemu(), finding, tool("gcc", "gcc", "builds the kernel"), tool("ld", "binutils", "links the kernel")];
  findings.push(deathSignal(), memory(), cache(), kernel());
  const packages = [...new Set(findings.flatMap((finding) => finding.package ?? []))];
  const mend =
    packages.length === 0 ? undefined : `${process.getuid?.() === 0 ? "" : "sudo "}apt-get install -y ${packages.join(" ")}`;
  const isReady = findings.every(({ verdict }) => verdict !== "missing");
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ready: isReady, mode, findings, mend })}\n`);
    return isReady ? 0 : 1;
  }
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  for (const { subject, verdict, text } of findings) {
    const mark = { good: "ok     ", limited: "limited", missing: "MISSING" }[verdict];
    process.stdout.write(`${mark}  ${subject.padEnd(width)}  ${text}\n`);
  }
  if (mend !== undefined) process.stdout.write(`\nTo mend it: ${mend}\n`);
  return isReady ? 0 : 1;
}

function qemu(): Finding {
  const path = findExecutable(QEMU);
  if (path === undefined) return { subject: "QEMU", verdict: "missing", text: "machines run in it", package: "qemu-system-x86" };
  const version = /version (\S+)/.exec(firstLine(path, "--version"))?.[1];
  if (version === undefined)
    return { subject: "QEMU", verdict: "missing", text: `${path} does not start`, package: "qemu-system-x86" };
  return { subject: "QEMU", verdict: "good", text: `${version}, ${path}` };
}

/** The mode that a machine gets here, which is what `unary run` would choose, and why. */
function acceleration(): { mode: ExecutionMode; finding: Finding } {
  const subject = "KVM";
  const host = probeVirtualization();
  const emulated = (why: string, mend = ""): { mode: ExecutionMode; finding: Finding } => ({
    mode: "emulation",
    finding: { subject, verdict: "limited", text: `machines run by emulation: ${why}${mend}` },
  });
  const why = whyNoKvm(host);
  if (why !== undefined) return emulated(why, host.device === "forbidden" ? `. ${howToMend(host)}` : "");
  const accelerator = kvm(host);
  const failure = tryMachine(accelerator);
  if (failure !== undefined) return emulated(failure);
  return { mode: accelerator.mode, finding: { subject, verdict: "good", text: describeMode(accelerator.mode) } };
}

/** Lets QEMU make a machine with KVM, and end it before its first instruction. @returns why that does not work */
function tryMachine({ cpu }: Accelerator): string | undefined {
  const path = findExecutable(QEMU);
  if (path === undefined) return undefined;
  const machine = ["-M", "microvm", "-accel", "kvm", "-cpu", cpu, "-S", "-m", "4M", "-monitor", "stdio"];
  const options = ["-nodefaults", "-no-user-config", "-display", "none", ...machine];
  const { status, stderr } = spawnSync(path, options, { input: "quit\n", encoding: "utf8", timeout: PATIENCE });
  if (status === 0) return undefined;
  return explainKvmFailure(stderr) ?? `QEMU makes no machine with KVM (${stderr.trim().split("\n").at(-1) || "without a word"})`;
}

function tool(name: string, fromPackage: string, purpose: string): Finding {
  const path = findExecutable(name);
  if (path === undefined) return { subject: name, verdict: "missing", text: purpose, package: fromPackage };
  return { subject: name, verdict: "good", text: firstLine(path, "--version") };
}

function deathSignal(): Finding {
  const path = findExecutable("setpriv");
  if (path !== undefined)
    return { subject: "setpriv", verdict: "good", text: "machines end with the command, even when it is killed" };
  const text = "without it a machine may outlive a command that is killed with SIGKILL";
  return { subject: "setpriv", verdict: "limited", text, package: "util-linux" };
}

function memory(): Finding {
  const text = readFileSync("/proc/meminfo", "latin1");
  const available = parseMemory(`${/^MemAvailable:\s*(\d+)/m.exec(text)?.[1] ?? "0"}k`) ?? 0;
  const verdict = available >= SMALLEST_FREE_MEMORY ? "good" : "limited";
  return { subject: "memory", verdict, text: `${formatMemory(available)} available` };
}

function cache(): Finding {
  let folder = cacheFolder();
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return { subject: "cache", verdict: "good", text: cacheFolder() };
  } catch {
    return {
      subject: "cache",
      verdict: "missing",
      text: `${folder} may not be written to; set XDG_CACHE_HOME to a folder that may`,
    };
  }
}

function kernel(): Finding {
  if (existsSync(DEFAULT_KERNEL)) return { subject: "kernel", verdict: "good", text: DEFAULT_KERNEL };
  return { subject: "kernel", verdict: "limited", text: "not built yet; the first run builds it" };
}

function firstLine(path: string, ...args: string[]): string {
  try {
    return execFileSync(path, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n")[0] ?? "";
  } catch {
    return "";
  }
}
