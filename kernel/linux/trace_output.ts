// Where the tracer's lines go: the machine's standard error, one whole line at a time, whichever CPUs write.

import { STANDARD_ERROR_PORT } from "../abi/ports.ts";
import { writePortBytes } from "../arch/x86_64/processor.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";

const lock = new SpinLock();

/** Writes a line, which has its newline. Any context. */
export function writeTraceLine(line: Slice<u8>): void {
  using _ = lock.acquire();
  writePortBytes(STANDARD_ERROR_PORT, line);
}
