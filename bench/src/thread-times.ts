// What the host did while something was measured: how each thread of a process spent the time (/proc/PID/task/N/schedstat), and the
// host's processors (/proc/stat). A server that seems slow may wait for a processor, or the host's own hypervisor may have taken that away.

import { readdirSync, readFileSync } from "node:fs";

interface Times {
  /** Of each thread: nanoseconds on a processor, nanoseconds in which it waited for one, how often it came onto one. */
  threads: Map<string, readonly number[]>;
  /** Ticks of all processors: user, nice, system, idle, waiting for devices, interrupts, soft interrupts, taken away. */
  processors: readonly number[];
  time: bigint;
}

const IDLE = 3;
const STOLEN = 7;

/** Notes the times of a process. @returns what says how they went on since: a line for each thread that did anything, one for the processors */
export function watchThreads(pid: number): () => string[] {
  const before = timesOf(pid);
  return () => {
    const after = timesOf(pid);
    const nanoseconds = Number(after.time - before.time);
    const percent = (part: number, whole: number): string => `${Math.round((part / whole) * 100)} %`;
    const lines = [...after.threads].flatMap(([thread, now]) => {
      const [running = 0, waiting = 0, turns = 0] = now.map((value, index) => value - (before.threads.get(thread)?.[index] ?? 0));
      if (running + waiting < nanoseconds / 100) return [];
      const rate = Math.round((turns / nanoseconds) * 1e9);
      return [
        `thread ${thread}: ${percent(running, nanoseconds)} running, ${percent(waiting, nanoseconds)} waiting for a processor, ${rate} turns/s`,
      ];
    });
    const ticks = after.processors.map((value, index) => value - (before.processors[index] ?? 0));
    const all = ticks.reduce((sum, value) => sum + value, 0);
    return [...lines, `processors: ${percent(ticks[IDLE] ?? 0, all)} idle, ${percent(ticks[STOLEN] ?? 0, all)} taken away`];
  };
}

function timesOf(pid: number): Times {
  const threads = new Map<string, readonly number[]>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      threads.set(thread, numbers(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8")));
    } catch {
      // It has ended.
    }
  }
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  return { threads, processors: numbers(line.replace("cpu", "")).slice(0, STOLEN + 1), time: process.hrtime.bigint() };
}

function numbers(text: string): number[] {
  return text.trim().split(/\s+/).map(Number);
}
