// Where the tracer's lines go: the machine's standard error, one whole line at a time, whichever CPUs write.

import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { writeKernelText } from "../fs/console_output.ts";
import { LockOrder } from "../lib/lock_order.ts";

const lock = new SpinLock(LockOrder.Trace);

/** Writes a line, which has its newline. Any context. */
export function writeTraceLine(line: Slice<u8>): void {
  using _ = lock.acquire();
  writeKernelText(line);
}
