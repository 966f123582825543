// The fuzzer of system calls in a machine of its own: tests/guests/call_fuzzer.c says what it does.

import { guest } from "./guest.ts";
import { MODE } from "./mode.ts";
import { runOnUnary } from "./unary.ts";

/** Seconds beyond those asked for until the machine is taken for hung: the guest itself tells of a call that takes a minute. */
const GRACE = 120;
/** The guest's threads: more than processors, so that they take them from each other in the middle of a call. */
const THREADS = 5;
/** Enough for what a world's worth of calls may keep, and little enough that now and then there is none left. */
const MEMORY = "256m";

/** Status of the command when the kernel panics. */
const OUR_FAILURE = 125;
/** What the fuzzer says when a call does not return, before it has the kernel print all stacks. */
const HUNG = /^thread \d+ does not return from its call$/m;
/** Bytes of what the kernel said, from the end: the stacks of all threads are among it. */
const KERNEL_REPORT = 20_000;

export interface CallFuzzing {
  seconds: number;
  cpus: number;
  seed: number;
}

export interface FuzzedCalls {
  /** The kernel neither panicked nor hung, and the fuzzer came to its end. */
  passed: boolean;
  /** The fuzzer's own calls have ended it before its time; the kernel did what it was told. */
  endedItself: boolean;
  /** What the guest counted. */
  calls: number;
  kinds: number;
  /** What it and the kernel said, and the command that does the same again. */
  report: string;
}

export async function fuzzCalls({ seconds, cpus, seed }: CallFuzzing): Promise<FuzzedCalls> {
  const again = `UNARY_TEST_MODES=${MODE} npm run fuzz-calls -- ${seconds} ${cpus} ${seed}`;
  try {
    const args = [String(seconds), String(THREADS), String(seed)];
    const machine = { cpus, memory: MEMORY };
    const outcome = await runOnUnary(guest("call_fuzzer.c", "glibc-static-pie"), args, {
      machine,
      patience: (seconds + GRACE) * 1000,
    });
    const text = outcome.stdout.toString("latin1");
    const [, calls, kinds] = /^(\d+) calls, \d+ worked, of (\d+) kinds/m.exec(text) ?? [];
    const report = `${text}${outcome.stderr.toString("latin1").slice(-KERNEL_REPORT)}\nstatus ${outcome.status}; again: ${again}`;
    const passed = outcome.status === 0 && calls !== undefined;
    const endedItself = !passed && outcome.status !== OUR_FAILURE && !HUNG.test(text);
    return { passed, endedItself, calls: Number(calls ?? 0), kinds: Number(kinds ?? 0), report };
  } catch (error) {
    return {
      passed: false,
      endedItself: false,
      calls: 0,
      kinds: 0,
      report: `${error instanceof Error ? error.message : error}\nagain: ${again}`,
    };
  }
}
