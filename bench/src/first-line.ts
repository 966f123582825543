// How long a program's first line takes under KVM, from three beginnings.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import type { Duplex } from "node:stream";
import { guestCommand } from "./guest.ts";
import { COMMAND, KERNEL_OPTIONS } from "./repository.ts";

/** Milliseconds. */
const PATIENCE = 20_000;
/** KiB. */
const MEMORY = 256 * 1024;
/** The descriptor under which QEMU finds our end of its monitor. */
const MONITOR = 3;

/**
 * Milliseconds from QEMU's entry into the guest to the guest's first output. QEMU makes the whole machine and waits (-S); its monitor is
 * told to go on, and the clock starts when that is written. So the firmware counts, and so do the monitor's own microseconds.
 */
export async function timeFromEntry(program: string): Promise<number> {
  const request = { machine: "microvm", memory: MEMORY, program, accelerator: "kvm", output: "stdio,signal=off" } as const;
  const [qemu = "", ...args] = guestCommand("unary", request);
  const monitor = ["-chardev", `socket,id=monitor,fd=${MONITOR}`, "-mon", "chardev=monitor,mode=control", "-S"];
  const child = spawn(qemu, [...args, ...monitor], { stdio: ["ignore", "pipe", "inherit", "pipe"] });
  return endingAtOutput(child, async () => {
    const channel = child.stdio[MONITOR] as Duplex;
    let said = "";
    channel.on("data", (piece: Buffer) => {
      said += piece.toString("utf8");
    });
    const hears = async (text: string): Promise<void> => {
      while (!said.includes(text)) await new Promise((resolve) => channel.once("data", resolve));
    };
    // QEMU Machine Protocol: a greeting, the negotiation of capabilities, then commands (docs/interop/qmp-spec of QEMU).
    await hears('"QMP"');
    channel.write('{"execute":"qmp_capabilities"}\n');
    await hears('"return"');
    const start = performance.now();
    channel.write('{"execute":"cont"}\n');
    return start;
  });
}

/** Milliseconds from the start of the process to its first output. */
export function timeOfProcess(program: string): Promise<number> {
  const start = performance.now();
  return endingAtOutput(spawn(program, [], { stdio: ["ignore", "pipe", "inherit"] }), () => Promise.resolve(start));
}

/** Milliseconds from the start of `unary run`, after Node's own, to the first output: the command says them itself. */
export function timeFromCommand(program: string): number {
  const options = ["--accel", "kvm", "--json", "-w", "/", ...KERNEL_OPTIONS];
  const { stderr } = spawnSync(process.execPath, [COMMAND, "run", ...options, program], { encoding: "utf8", timeout: PATIENCE });
  const end = stderr.split("\n").find((line) => line.startsWith('{"event":"end"'));
  const time =
    end === undefined ? undefined : (JSON.parse(end) as { milliseconds: { firstOutput?: number } }).milliseconds.firstOutput;
  if (time === undefined) throw new Error(`unary run ${program} has no first output: ${stderr.slice(-2000)}`);
  return time;
}

/** @param begin gives the time that counts as the start @returns milliseconds from there to the first output; the child is ended */
async function endingAtOutput(child: ChildProcess, begin: () => Promise<number>): Promise<number> {
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  const output = new Promise<number>((resolve, reject) => {
    child.stdout?.once("data", () => resolve(performance.now()));
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${child.spawnfile} printed nothing`)));
  });
  try {
    const [start, end] = await Promise.all([begin(), output]);
    return end - start;
  } finally {
    clearTimeout(timer);
    if (child.exitCode === null && child.signalCode === null) {
      const closed = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGKILL");
      await closed;
    }
  }
}
