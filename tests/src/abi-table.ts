// The programs of the ABI suite: every C file of tests/abi, and how those run that ask for more than one processor and glibc.

import { readdirSync } from "node:fs";
import type { Form } from "./guest.ts";
import { ABI_SUITE } from "./repository.ts";
import type { Machine } from "./unary.ts";

export interface AbiCase {
  source: string;
  forms: readonly Form[];
  machine?: Machine;
}

const BOTH: readonly Form[] = ["glibc", "musl-static"];

/** By source. A static program of musl is worth it where the C library does much of the work. */
const SPECIAL: Readonly<Record<string, Partial<Omit<AbiCase, "source">>>> = {
  "getdents.c": { forms: BOTH },
  "io_uring_polled.c": { machine: { cpus: 2 } },
  "lock_threads.c": { machine: { cpus: 4 } },
  "poll.c": { forms: BOTH },
  "readv.c": { forms: BOTH },
  "telldir.c": { forms: BOTH },
  "watch_threads.c": { machine: { cpus: 4 } },
};

export function abiCases(): AbiCase[] {
  const sources = readdirSync(ABI_SUITE).filter((name) => name.endsWith(".c"));
  const unknown = Object.keys(SPECIAL).filter((source) => !sources.includes(source));
  if (unknown.length > 0) throw new Error(`no such program in tests/abi: ${unknown.join(", ")}`);
  return sources.sort().map((source) => ({ source, forms: ["glibc"], ...SPECIAL[source] }));
}
