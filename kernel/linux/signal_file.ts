// A file from which pending signals are read: signalfd(2). Each read takes signals of the file's set that are pending for the
// thread that reads, as sigwait would; the program keeps them blocked, so that no handler takes them first.

import { addressOf } from "unsafe";
import { PollEvent } from "../fs/abi.ts";
import type { File } from "../fs/file.ts";
import type { IoBuffer } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { currentThread } from "../sched/thread.ts";
import { type WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import { arrivals, processPendingSignals, SentSignal, takePending } from "./signal_queue.ts";

/** struct signalfd_siginfo. @size 128 */
class SignalRecord {
  number: u32 = 0;
  error: i32 = 0;
  code: i32 = 0;
  process: u32 = 0;
  user: u32 = 0;
  descriptor: i32 = 0;
  /** @offset 24 */
  timer: u32 = 0;
  band: u32 = 0;
  overrun: u32 = 0;
  trapNumber: u32 = 0;
  status: i32 = 0;
  /** @offset 44 */
  integer: i32 = 0;
  pointer: u64 = 0;
  userTime: u64 = 0;
  systemTime: u64 = 0;
  address: u64 = 0;
  readonly padding!: FixedArray<u64, 6>;
}

/** SignalCode.Timer. */
const FROM_TIMER = -2;

export class SignalFile implements File {
  /** The signals that it gives. A plain word, written whole by signalfd4. */
  set: u64;

  constructor(set: u64) {
    this.set = set;
  }

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    const size = sizeOf<SignalRecord>();
    if (buffer.remaining < size) return errorCode(Errno.INVAL);
    const sent = new SentSignal();
    let done: i64 = 0;
    while (buffer.remaining >= size) {
      if (!takePending(currentThread(), this.set, sent)) {
        if (done !== 0) return done;
        if (open.isNonBlocking() || buffer.noWait) return errorCode(Errno.AGAIN);
        const reason = arrivals().wait(() => this.hasPending());
        if (reason !== WakeReason.Woken) return errorCode(Errno.RESTARTSYS);
        continue;
      }
      const record = new SignalRecord();
      fillRecord(record, sent);
      if (buffer.give(addressOf(record), size) !== size) return done !== 0 ? done : errorCode(Errno.FAULT);
      done += i64(size);
    }
    return done;
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.INVAL);
  }

  ready(open: OpenFile): u32 {
    return this.hasPending() ? PollEvent.Readable | PollEvent.ReadNormal : 0;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return arrivals();
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {
    destroy(this);
  }

  private hasPending(): boolean {
    return ((currentThread().pendingSignals.load() | processPendingSignals()) & this.set) !== 0;
  }
}

function fillRecord(record: SignalRecord, sent: SentSignal): void {
  record.number = sent.signal;
  record.code = sent.code;
  record.integer = i32(sent.value);
  record.pointer = sent.value;
  if (sent.trapNumber !== 0) {
    record.address = sent.origin;
  } else if (sent.code === FROM_TIMER) {
    record.timer = u32(sent.origin);
    record.overrun = u32(sent.origin >> 32);
  } else {
    record.process = u32(sent.origin);
    record.user = u32(sent.origin >> 32);
  }
}
