// Standard input: what the host has for the application, by the virtio console.
//
// Nothing is set up, and the host reads nothing of its own standard input, before the application looks at this end; then the
// device comes up, and the control line `reading` says so. The device fills pages; readers copy out of them straight to
// the application, and give an empty page back. When all pages are full the host keeps the rest.
// The end is a frame on the serial port, which says how many bytes there were in all: it overtakes them, and counts when they are
// there.
//
// The device is asked for an interrupt only when somebody finds nothing to read.
//
// Locks: `readLock` (sleeping, one reader at a time) → `input.lock` (spin).

import { ConsolePort } from "../abi/console_port.ts";
import { CONTROL_PORT } from "../abi/ports.ts";
import { type PhysicalAddress, physicalToVirtual } from "../arch/x86_64/paging.ts";
import { writePortBytes } from "../arch/x86_64/processor.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { ConsoleQueue, setInputHandler, startPort } from "../drivers/virtio_console.ts";
import { Completion } from "../drivers/virtio_queue.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { allocateFrame, memoryIsPlenty } from "../mm/frames.ts";
import { Mutex } from "../sched/mutex.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { PAGE_SIZE, PollEvent } from "./abi.ts";
import { consoleQueue } from "./console_queue.ts";
import type { IoBuffer } from "./io_buffer.ts";

const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
/** Pages that the device fills, and those of a small machine. */
const PAGES = 64;
const FEW_PAGES = 8;
/** The end is not known yet. */
const NO_END = 0xffff_ffff_ffff_ffff;

const enum State {
  Untouched = 0,
  Started,
  /** There is no device: the input is at its end. */
  Absent,
}

/** A page with input in it. */
class Filled {
  page: u32 = 0;
  length: u32 = 0;
}

class Input {
  readonly lock = new SpinLock(LockOrder.ConsoleInput);
  readonly queue = new ConsoleQueue();
  state: State = State.Untouched;
  /** Physical addresses. */
  readonly pages!: FixedArray<u64, 64>;
  /** Pages to be read, oldest first; the numbers run freely. */
  readonly filled!: FixedArray<Filled, 64>;
  first: u32 = 0;
  next: u32 = 0;
  /** Bytes of the oldest that were read. */
  offset: u32 = 0;
  /** Bytes that have come, and that were read, from the start. */
  received: u64 = 0;
  taken: u64 = 0;
  /** Bytes that there are in all. */
  length: u64 = NO_END;
}

const input = new Input();
const readLock = new Mutex(LockOrder.ConsoleRead);

/** Reads. The application's context. @param mayWait false: AGAIN when there is nothing */
export function readConsole(buffer: IoBuffer, mayWait: boolean): i64 {
  startInput();
  if (buffer.remaining === 0) return 0;
  while (true) {
    const result = readWhatIsThere(buffer);
    if (result !== 0 || isAtEnd()) {
      // One interrupt wakes one reader; what it leaves is another's.
      if (!consoleQueue.isEmpty() && isReadable()) consoleQueue.wakeOne(READABLE);
      return result;
    }
    if (!mayWait) return errorCode(Errno.AGAIN);
    const reason = consoleQueue.wait(() => isReadable(), 0, true, true);
    if (reason !== WakeReason.Woken) return errorCode(Errno.RESTARTSYS);
  }
}

/** Whether a read would give bytes or the end. A thread's context. */
export function isReadable(): boolean {
  startInput();
  return bytesReadable() > 0 || isAtEnd();
}

/** Whether all that there ever will be was read. */
export function isAtEnd(): boolean {
  return input.taken === input.length;
}

/** Bytes that can be read now. A thread's context. */
export function bytesReadable(): u64 {
  startInput();
  using _ = input.lock.acquire();
  collect();
  return input.received - input.taken;
}

/** The input has this many bytes in all. Any context. */
export function endInput(length: u64): void {
  {
    using _ = input.lock.acquire();
    // A length that cannot be is not trusted to come true: what is here is all.
    input.length = maximum(length, input.received);
  }
  consoleQueue.wakeAll(READABLE | PollEvent.HangUp);
}

/** At the application's first look. */
function startInput(): void {
  if (input.state !== State.Untouched) return;
  using _ = readLock.acquire();
  if (input.state !== State.Untouched) return;
  setInputHandler(handleInterrupt);
  if (!startPort(ConsolePort.Input, input.queue) || !givePages()) {
    input.length = 0;
    input.state = State.Absent;
    return;
  }
  input.state = State.Started;
  writePortBytes(CONTROL_PORT, bytes("reading\n"));
}

/** As many pages as there is memory for. False: none. */
function givePages(): boolean {
  const queue = input.queue.queue;
  if (queue === null) return false;
  const count: u32 = memoryIsPlenty() ? PAGES : FEW_PAGES;
  for (let page: u32 = 0; page < count; page++) {
    const frame = allocateFrame();
    if (u64(frame) === 0) break;
    input.pages[page] = u64(frame);
    queue.add(u64(frame), PAGE_SIZE, true, u64(page));
  }
  if (queue.publish()) input.queue.notify();
  return queue.outstanding > 0;
}

/** Copies as much as there is and fits. 0: there is nothing. */
function readWhatIsThere(buffer: IoBuffer): i64 {
  using _ = readLock.acquire();
  let done: u64 = 0;
  while (buffer.remaining > 0) {
    if (!findOldest()) break;
    // Only a reader changes these, and the page is not the device's while it is filled.
    const oldest = input.filled[input.first % PAGES];
    const count = minimum(buffer.remaining, u64(oldest.length - input.offset));
    const address = physicalToVirtual(input.pages[oldest.page] as PhysicalAddress) + u64(input.offset);
    const copied = buffer.give(address, count);
    done += copied;
    advance(u32(copied), oldest);
    if (copied < count) return done > 0 ? i64(done) : errorCode(Errno.FAULT);
  }
  return i64(done);
}

/** Whether there is a page to be read. */
function findOldest(): boolean {
  using _ = input.lock.acquire();
  if (input.first === input.next) collect();
  return input.first !== input.next;
}

/** Takes bytes off the oldest page, and gives it back to the device when it is empty. */
function advance(count: u32, oldest: Filled): void {
  using _ = input.lock.acquire();
  input.offset += count;
  input.taken += u64(count);
  if (input.offset < oldest.length) return;
  input.offset = 0;
  const page = oldest.page;
  input.first++;
  giveBack(page);
}

function giveBack(page: u32): void {
  const queue = input.queue.queue;
  if (queue === null || queue.broken) return;
  queue.add(input.pages[page], PAGE_SIZE, true, u64(page));
  if (queue.publish()) input.queue.notify();
}

/** Takes over the pages that the device has filled; when there are none, has it interrupt at the next. The lock is held. */
function collect(): void {
  const queue = input.queue.queue;
  if (queue === null) return;
  do {
    const completion = new Completion();
    while (queue.take(completion)) {
      const page = u32(completion.token);
      if (completion.length === 0) {
        giveBack(page);
        continue;
      }
      const filled = input.filled[input.next % PAGES];
      filled.page = page;
      filled.length = completion.length;
      input.next++;
      input.received += u64(completion.length);
    }
    // Its word is worth nothing any more: what is here is all.
    if (queue.broken) input.length = input.received;
  } while (input.first === input.next && !queue.broken && queue.requestInterrupt(1));
}

function handleInterrupt(): void {
  consoleQueue.wakeOne(READABLE);
}
