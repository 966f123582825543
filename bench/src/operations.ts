// What single operations cost: the program operations.c, run in both guests with one instruction a tick.

import { program } from "./compile.ts";
import type { Figure } from "./figure.ts";
import { GUESTS, type GuestName } from "./guest.ts";
import { outputUpTo } from "./measure.ts";

/** The program's names for what it measures, and ours. */
const NAMES: Readonly<Record<string, string>> = {
  getpid: "`getpid` by libc's `syscall` function",
  getpid_inline: "`getpid` by `mov $39, %eax; syscall` in place",
  clock_gettime: "`clock_gettime` through libc",
  pipe_one_thread: "pipe: write and read 1 byte, one thread",
  pipe_two_threads: "pipe ping-pong of two threads, round trip",
  futex_two_threads: "futex ping-pong of two threads, round trip",
  condition_two_threads: "condition-variable ping-pong of two threads, round trip",
  eventfd_one_thread: "eventfd: write and read, one thread",
  epoll_one_thread: "epoll: an eventfd becomes ready, `epoll_wait`, read",
  page_fault: "anonymous page fault",
  map_4k: "`mmap`, touch, `munmap` of 4 KiB",
  map_2m: "`mmap`, touch all, `munmap` of 2 MiB",
  thread_create_join: "`pthread_create` and `pthread_join`",
  sched_yield: "`sched_yield`",
};

/** A loop of two instructions: proof that a tick is an instruction. */
const CALIBRATION = { name: "calibration", instructions: 2, tolerance: 0.01 };

export async function operationFigures(): Promise<Figure[]> {
  const values = { unary: await run("unary"), linux: await run("linux") };
  for (const guest of GUESTS) checkCalibration(guest, values[guest].get(CALIBRATION.name) ?? []);
  return Object.entries(NAMES).map(([name, description]) => ({
    name: description,
    unit: "instructions",
    unary: values.unary.get(name) ?? [],
    linux: values.linux.get(name) ?? [],
  }));
}

async function run(guest: GuestName): Promise<Map<string, number[]>> {
  const request = { machine: "microvm", memory: 256 * 1024, program: program("operations") } as const;
  const output = await outputUpTo(guest, request, /^end$|^failed: .*$/m);
  const failure = /^failed: .*$/m.exec(output)?.[0];
  if (failure !== undefined) throw new Error(`${guest}: operations ${failure}`);
  const values = new Map<string, number[]>();
  for (const [, name = "", ticks] of output.matchAll(/^(\w+) ([\d.]+)$/gm)) {
    values.set(name, [...(values.get(name) ?? []), Number(ticks)]);
  }
  return values;
}

function checkCalibration(guest: GuestName, ticks: readonly number[]): void {
  const { instructions, tolerance } = CALIBRATION;
  const good = ticks.length > 0 && ticks.every((value) => Math.abs(value / instructions - 1) <= tolerance);
  if (!good)
    throw new Error(`${guest}: a loop of ${instructions} instructions takes ${ticks.join(", ")} ticks: counts would be wrong`);
}
