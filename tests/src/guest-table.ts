// The guest programs of tests/guests and how each is run. What they check stands in their own first lines.

import { C_FORMS, CPP_FORMS, type Form } from "./guest.ts";

export interface GuestCase {
  source: string;
  args?: readonly string[];
  input?: string;
  variables?: Readonly<Record<string, string>>;
  /** Starts threads, so that it is worth running on several processors. */
  threads?: boolean;
  /** Its status on Linux, when not 0. */
  status?: number;
}

const LINES = Array.from({ length: 3000 }, (_, line) => `line ${line} of the input\n`).join("");

export const GUEST_CASES: readonly GuestCase[] = [
  { source: "hello.c" },
  {
    source: "arguments.c",
    args: ["one", "", "two words", "-x", "--long=1", "ünïcode", "a\nb", "x".repeat(5000)],
    variables: { TEST_ONE: "1", TEST_EMPTY: "", TEST_LONG: "y".repeat(3000), TEST_EQUALS: "a=b=c" },
  },
  { source: "copy.c", input: LINES },
  { source: "output.c", threads: true },
  { source: "thread_local_storage.c", threads: true },
  { source: "threads.c", threads: true },
  { source: "synchronization.c", threads: true },
  { source: "cancellation.c", threads: true },
  { source: "futex.c", threads: true },
  { source: "scheduling.c", threads: true },
  { source: "allocation.c", threads: true },
  { source: "mapping.c" },
  { source: "memory_errors.c" },
  { source: "memory_threads.c", threads: true },
  { source: "program_break.c" },
  { source: "pointers.c" },
  { source: "pipe.c", threads: true },
  { source: "files.c" },
  { source: "folders.c" },
  { source: "paths.c" },
  { source: "transfers.c", threads: true },
  { source: "file_threads.c", threads: true },
  { source: "readiness.c", threads: true },
  { source: "descriptors.c" },
  { source: "devices.c" },
  { source: "process_files.c" },
  { source: "clocks.c", threads: true },
  { source: "signals.c", threads: true },
  { source: "signal_contexts.c", threads: true },
  { source: "signal_threads.c", threads: true },
  { source: "timers.c", threads: true },
  { source: "faults.c", threads: true },
  { source: "system.c" },
  { source: "floating_point.c", threads: true },
  { source: "red_zone.c", threads: true },
  { source: "registers.c", threads: true },
  { source: "single_step.c" },
  { source: "rewriting.c", threads: true },
  { source: "rewriting_sums.c" },
  { source: "rewriting_threads.c", threads: true },
  { source: "stack.c" },
  { source: "exceptions.cpp", threads: true },
  { source: "streams.cpp", input: "some lines\nof input\n" },
  { source: "concurrency.cpp", threads: true },
];

export function forms(source: string): readonly Form[] {
  return source.endsWith(".cpp") ? CPP_FORMS : C_FORMS;
}
