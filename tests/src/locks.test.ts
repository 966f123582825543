// Guests with threads on the checked kernel, which panics at the first lock that is taken out of order, twice, or under one that
// forbids it (kernel/arch/x86_64/lock_check.ts).

import { before, describe, test } from "node:test";
import { buildCheckedKernel } from "./checked-kernel.ts";
import { guest } from "./guest.ts";
import { CHECKED_KERNEL } from "./repository.ts";
import { assertSame } from "./same.ts";

const GUESTS = [
  "file_threads.c",
  "folders.c",
  "futex.c",
  "memory_threads.c",
  "paths.c",
  "pipe.c",
  "process_files.c",
  "readiness.c",
  "scheduling.c",
  "signal_threads.c",
  "synchronization.c",
  "threads.c",
  "timers.c",
  "transfers.c",
];

describe("the order of locks", () => {
  before(buildCheckedKernel);
  for (const source of GUESTS) {
    test(source, () => assertSame(guest(source), [], { machine: { cpus: 2, options: ["--kernel", CHECKED_KERNEL] } }));
  }
});
