// How often a machine of KVM's comes back to QEMU, counted by the host's kernel (tracepoint kvm_userspace_exit), where perf is installed
// and allowed. What the host's kernel settles by itself, such as telling QEMU of a queue by an eventfd, is not in it.

import { spawn, spawnSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";

const EVENT = "kvm:kvm_userspace_exit";
/** Milliseconds until perf counts. */
const ATTACHING = 200;

const isPossible = spawnSync("perf", ["stat", "-e", EVENT, "true"], { stdio: "ignore" }).status === 0;

/** Counts for a process from when the promise is kept on. @returns what ends it and gives the count; undefined where that is not possible */
export async function countExits(pid: number): Promise<() => Promise<number | undefined>> {
  if (!isPossible) return async () => undefined;
  const perf = spawn("perf", ["stat", "-x,", "-e", EVENT, "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  perf.stderr.on("data", (piece: Buffer) => {
    text += piece.toString();
  });
  const closed = new Promise((resolve) => perf.once("close", resolve));
  await setTimeout(ATTACHING);
  return async () => {
    perf.kill("SIGINT");
    await closed;
    const count = /^(\d+),/m.exec(text)?.[1];
    return count === undefined ? undefined : Number(count);
  };
}
