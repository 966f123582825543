// The signals of a thread and of the process as /proc/self/status shows them.

import type { Writer } from "prelude/writer.ts";
import { writeHexadecimal } from "../fs/digits.ts";
import type { Thread } from "../sched/thread.ts";
import { Resource, softLimit, UNLIMITED } from "./limits.ts";
import { signalAction } from "./signal_actions.ts";
import { HANDLER_DEFAULT, HANDLER_IGNORE } from "./signal_layout.ts";
import { SIGNAL_COUNT } from "./signal_numbers.ts";
import { processPendingSignals } from "./signal_queue.ts";

/** Writes the lines from SigQ to SigCgt. */
export function writeSignalSets(writer: Writer, thread: Thread): void {
  let ignored: u64 = 0;
  let caught: u64 = 0;
  for (let signal: u32 = 1; signal <= SIGNAL_COUNT; signal++) {
    const handler = signalAction(signal).handler;
    if (handler === HANDLER_IGNORE) ignored |= u64(1) << (signal - 1);
    else if (handler !== HANDLER_DEFAULT) caught |= u64(1) << (signal - 1);
  }
  const limit = softLimit(Resource.PendingSignals);
  writer.message(`SigQ:\t0/${limit === UNLIMITED ? 0 : limit}\n`);
  line(writer, "SigPnd", thread.pendingSignals.load());
  line(writer, "ShdPnd", processPendingSignals());
  line(writer, "SigBlk", thread.signalMask);
  line(writer, "SigIgn", ignored);
  line(writer, "SigCgt", caught);
}

function line(writer: Writer, name: string, set: u64): void {
  writer.message(`${name}:\t`);
  writeHexadecimal(writer, set, 16, true);
  writer.text("\n");
}
