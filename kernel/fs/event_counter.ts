// An event counter: eventfd(2). Writes add to a 64-bit number, reads take it (or one of it) and wait while it is zero.

import type { Writer } from "prelude/writer.ts";
import { addressOf, objectAt } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import { PollEvent } from "./abi.ts";
import { writeHexadecimal } from "./digits.ts";
import type { File } from "./file.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";

/** The largest value; an addition that would pass it waits. */
const LARGEST = 0xffff_ffff_ffff_fffe;

class Word {
  value: u64 = 0;
}

/** The counter behind an open file, when it is one. */
export function asCounter(open: OpenFile): EventCounter | null {
  // Safe: only eventfd2 sets the address, to the EventCounter that is the open file's file.
  return open.counterAddress === 0 ? null : objectAt<EventCounter>(open.counterAddress);
}

export class EventCounter implements File {
  private readonly lock = new SpinLock(LockOrder.EventCounter);
  private value: u64;
  private readonly semaphore: boolean;
  private readonly queue = new WaitQueue();

  /** @param semaphore reads take one at a time (EFD_SEMAPHORE) */
  constructor(value: u64, semaphore: boolean) {
    this.value = value;
    this.semaphore = semaphore;
  }

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    if (buffer.remaining < 8) return errorCode(Errno.INVAL);
    const word = new Word();
    for (;;) {
      word.value = this.take();
      if (word.value !== 0) break;
      if (open.isNonBlocking() || buffer.noWait) return errorCode(Errno.AGAIN);
      const reason = this.queue.wait(() => this.value !== 0);
      if (reason !== WakeReason.Woken) return errorCode(Errno.RESTARTSYS);
    }
    this.queue.wakeAll(PollEvent.Writable | PollEvent.WriteNormal);
    return buffer.give(addressOf(word), 8) === 8 ? 8 : errorCode(Errno.FAULT);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    if (buffer.remaining < 8) return errorCode(Errno.INVAL);
    const word = new Word();
    if (buffer.take(addressOf(word), 8) !== 8) return errorCode(Errno.FAULT);
    const added = word.value;
    if (added > LARGEST) return errorCode(Errno.INVAL);
    while (!this.add(added)) {
      if (open.isNonBlocking() || buffer.noWait) return errorCode(Errno.AGAIN);
      const reason = this.queue.wait(() => LARGEST - this.value >= added);
      if (reason !== WakeReason.Woken) return errorCode(Errno.RESTARTSYS);
    }
    this.queue.wakeAll(PollEvent.Readable | PollEvent.ReadNormal);
    return 8;
  }

  /** Adds one, as the kernel does to tell of something. At the largest value nothing is added: it is told already. Any context. */
  signal(): void {
    this.add(1);
    this.queue.wakeAll(PollEvent.Readable | PollEvent.ReadNormal);
  }

  ready(open: OpenFile): u32 {
    let events: u32 = 0;
    if (this.value !== 0) events |= PollEvent.Readable | PollEvent.ReadNormal;
    if (this.value < LARGEST) events |= PollEvent.Writable | PollEvent.WriteNormal;
    return events;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return this.queue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {
    destroy(this);
  }

  /** For /proc/self/fdinfo. */
  describe(writer: Writer): void {
    writer.text("eventfd-count: ");
    writeHexadecimal(writer, this.value, 16);
    writer.text(this.semaphore ? "\neventfd-semaphore: 1\n" : "\neventfd-semaphore: 0\n");
  }

  /** Takes what a read gives; 0 when there is nothing. */
  private take(): u64 {
    using _ = this.lock.acquire();
    const value = this.value;
    if (value === 0) return 0;
    const taken: u64 = this.semaphore ? 1 : value;
    this.value = value - taken;
    return taken;
  }

  private add(added: u64): boolean {
    using _ = this.lock.acquire();
    if (LARGEST - this.value < added) return false;
    this.value += added;
    return true;
  }
}
