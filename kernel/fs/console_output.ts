// Where standard output and standard error leave the machine.
//
//   the first bytes             debug console ports: one exit a byte, and nothing to set up
//   after BRING_UP of them      the virtio console, by a ring that both streams share (output_ring.ts)
//   log and panic               the ring in its turn where it can be had, else the port: it works in any context
//
// Both ways lead into the same channel of the host, in the order in which the host gets the bytes. So a stream changes
// its way, and the ring its stream, only when all that went before is done: what was written first arrives first, on each
// stream and across them, as it did with ports alone. Programs seldom change streams within one round trip.
//
// A write is done when its bytes are in the ring. Who ends the machine calls flushConsole() before. The device gets them at once,
// unless it got some less than PACE ago and they are few: then they wait for more, or for a timer. So a prompt appears when it
// is written, and a thousand small writes are a few dozen exits. The device is asked for interrupts only when somebody waits.
//
// Locks: `writeLock` (sleeping, a whole write) → `state.lock` (spin; also taken in interrupts, and by log lines); `textLock` is the last of all.

import { addressOf, copyBytes } from "unsafe";
import { ConsolePort } from "../abi/console_port.ts";
import { STANDARD_ERROR_PORT, STANDARD_OUTPUT_PORT } from "../abi/ports.ts";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { interruptsDisabled } from "../arch/x86_64/interrupts.ts";
import { physicalToVirtual } from "../arch/x86_64/paging.ts";
import { writePortBytes } from "../arch/x86_64/processor.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { ConsoleQueue, setOutputHandler, startPort } from "../drivers/virtio_console.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { allocateFrames, memoryIsPlenty } from "../mm/frames.ts";
import { Mutex } from "../sched/mutex.ts";
import { startTimer, Timer } from "../sched/timers.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { PAGE_SIZE, PollEvent } from "./abi.ts";
import { consoleQueue } from "./console_queue.ts";
import type { IoBuffer } from "./io_buffer.ts";
import { OutputRing } from "./output_ring.ts";

/** The two streams. */
export const enum OutputStream {
  Output = 0,
  Error = 1,
}

const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal;
/** Bytes that go out by port before the device is brought up: that takes about as many exits. */
const BRING_UP: u64 = 64;
/** log2 of the ring's pages, and of a small machine's: a writer that has to sleep does so for half a ring. */
const RING_ORDER = 5;
const SMALL_RING_ORDER = 3;
/** Bytes of one step of a long write: the device begins while more are copied. */
const STEP: u64 = 16384;
/** A write of up to so many bytes is not taken apart when it may not wait (pipe(7), PIPE_BUF). */
const WHOLE: u64 = 4096;
/** Nanoseconds from one small piece for the device to the next. */
const PACE: u64 = 200_000;
/** Nanoseconds of looking before a writer sleeps: an interrupt and two switches cost as much. */
const PATIENCE: u64 = 20_000;
/** Nanoseconds that a log line waits for the ring, and a panic for each sign of progress. */
const LOG_PATIENCE: u64 = 100_000_000;
const PANIC_PATIENCE: u64 = 1_000_000_000;

const enum Way {
  Ports = 0,
  Ring,
}

class OutputState {
  readonly lock = new SpinLock(LockOrder.ConsoleOutput);
  readonly ring = new OutputRing();
  /** The queues of both streams. */
  readonly queues!: FixedArray<ConsoleQueue, 2>;
  way: Way = Way.Ports;
  /** The stream of the bytes in the ring. */
  stream: OutputStream = OutputStream.Output;
  /** A writer copies to behind the ring's tail; nobody else may. */
  filling = false;
  /** Somebody waits for room, or for the ring to be empty. */
  wanted = false;
  /** The device was asked for an interrupt. */
  asked = false;
  /** When the device got something last. */
  given: u64 = 0;
  /** The timer is started. */
  paced = false;
}

const state = new OutputState();
const writeLock = new Mutex(LockOrder.ConsoleWrite);
/** Held while a line of the kernel goes out by port: other lines come before it or after it. */
const textLock = new SpinLock(LockOrder.Log);
/** Gives the device what few bytes have waited for more. */
const paceTimer = new Timer();
/** Bytes that went out by port. */
let portBytes: u64 = 0;

function portOf(stream: OutputStream): u16 {
  return stream === OutputStream.Output ? STANDARD_OUTPUT_PORT : STANDARD_ERROR_PORT;
}

/** Writes what the buffer has. The application's context. @param mayWait false: AGAIN when there is no room */
export function writeConsole(stream: OutputStream, buffer: IoBuffer, mayWait: boolean): i64 {
  using _ = writeLock.acquire();
  const length = buffer.remaining;
  if (state.way === Way.Ports && portBytes + length > BRING_UP) bringUp();
  while (buffer.remaining > 0) {
    if (state.way === Way.Ports) return afterSome(length - buffer.remaining, writeToPort(stream, buffer));
    const needed = mayWait || length > WHOLE || buffer.remaining < length ? 1 : length;
    const room = reserve(stream, needed);
    if (room === 0) {
      const error = mayWait ? waitForRoom(stream) : Errno.AGAIN;
      if (error === Errno.NONE) continue;
      return afterSome(length - buffer.remaining, errorCode(error));
    }
    // Application memory: it may fault, so no spin lock is held. `filling` keeps the place ours.
    const count = minimum(minimum(room, buffer.remaining), STEP);
    const copied = buffer.take(state.ring.tailAddress(), count);
    commit(copied);
    if (copied < count) return afterSome(length - buffer.remaining, errorCode(Errno.FAULT));
  }
  return i64(length);
}

/** The result of a write of which `done` bytes are written, and the rest ended as `rest` says. */
function afterSome(done: u64, rest: i64): i64 {
  if (done === 0) return rest;
  return rest > 0 ? i64(done) + rest : i64(done);
}

/** Whether a write of WHOLE bytes would not wait now. */
export function isConsoleWritable(stream: OutputStream): boolean {
  if (state.way === Way.Ports) return true;
  using _ = state.lock.acquire();
  if (hasRoom(stream, WHOLE)) return true;
  state.wanted = true;
  turn(true);
  return hasRoom(stream, WHOLE);
}

/** Writes text of the kernel to the standard error. Any context. */
export function writeKernelText(text: Slice<u8>): void {
  let left = text;
  if (state.way === Way.Ring) {
    const end = monotonicNanoseconds() + LOG_PATIENCE;
    while (left.length > 0 && !state.filling && monotonicNanoseconds() < end) {
      left = left.slice(appendText(left));
      if (left.length > 0) spinHint();
    }
  }
  if (left.length > 0) writeTextToPort(left);
}

/** In one piece. With interrupts disabled not at any price: a line is rather broken in two than this one lost. */
function writeTextToPort(text: Slice<u8>): void {
  if (!interruptsDisabled()) {
    using _ = textLock.acquire();
    writePortBytes(STANDARD_ERROR_PORT, text);
    return;
  }
  const end = monotonicNanoseconds() + LOG_PATIENCE;
  let locked = textLock.tryAcquire();
  while (!locked && monotonicNanoseconds() < end) {
    spinHint();
    locked = textLock.tryAcquire();
  }
  writePortBytes(STANDARD_ERROR_PORT, text);
  if (locked) textLock.release();
}

/** Waits until all that was written has left the machine. Any context; sleeps where it may. */
export function flushConsole(): void {
  if (state.way === Way.Ports) return;
  const target = state.ring.tail;
  if (!interruptsDisabled()) {
    spinUntilDone(target);
    consoleQueue.wait(() => isDone(target, true), 0, false);
  }
  while (!isDone(target, false)) spinHint();
}

/** The same when the kernel has found itself wrong: other CPUs stand still, perhaps with the lock. It waits only while there is progress. */
export function flushConsoleForPanic(): void {
  if (state.way === Way.Ports) return;
  let end = monotonicNanoseconds() + LOG_PATIENCE;
  let locked = state.lock.tryAcquire();
  while (!locked && monotonicNanoseconds() < end) {
    spinHint();
    locked = state.lock.tryAcquire();
  }
  // Without the lock it is as good as can be had: positions are moved only when what they stand for is there.
  let done = state.ring.done;
  end = monotonicNanoseconds() + PANIC_PATIENCE;
  while (!state.ring.isEmpty() && monotonicNanoseconds() < end) {
    turn(true);
    if (state.ring.done !== done) {
      done = state.ring.done;
      end = monotonicNanoseconds() + PANIC_PATIENCE;
    }
    spinHint();
  }
  state.way = Way.Ports;
  if (locked) state.lock.release();
}

/** Turns to the ring, if the machine has what it takes. `writeLock` is held. */
function bringUp(): void {
  if (state.ring.size !== 0) return;
  setOutputHandler(handleInterrupt);
  const isThere =
    startPort(ConsolePort.Output, state.queues[OutputStream.Output]) &&
    startPort(ConsolePort.Error, state.queues[OutputStream.Error]);
  // Without it the next write tries again; it is cheap to learn that there is no device.
  if (!isThere) return;
  const order: u32 = memoryIsPlenty() ? RING_ORDER : SMALL_RING_ORDER;
  const memory = allocateFrames(order);
  if (u64(memory) === 0) return;
  state.ring.begin(physicalToVirtual(memory), u64(memory), u64(PAGE_SIZE) << order);
  state.way = Way.Ring;
}

function writeToPort(stream: OutputStream, buffer: IoBuffer): i64 {
  const chunk = new PortChunk();
  let done: u64 = 0;
  while (buffer.remaining > 0) {
    const count = minimum(buffer.remaining, chunk.bytes.length);
    const copied = buffer.take(addressOf(chunk.bytes), count);
    writePortBytes(portOf(stream), chunk.bytes.slice(0, copied));
    done += copied;
    if (copied < count) return afterSome(done, errorCode(Errno.FAULT));
  }
  portBytes += done;
  return i64(done);
}

class PortChunk {
  readonly bytes!: FixedArray<u8, 512>;
}

/** Takes the place behind the ring's tail for this stream. @returns its bytes; 0: there are fewer than needed */
function reserve(stream: OutputStream, needed: u64): u64 {
  using _ = state.lock.acquire();
  if (!hasRoom(stream, needed)) {
    turn(true);
    if (!hasRoom(stream, needed)) return 0;
  }
  state.stream = stream;
  state.filling = true;
  return state.ring.freeRun();
}

/** Gives the place back, with so many bytes in it. */
function commit(count: u64): void {
  let due: u64 = 0;
  {
    using _ = state.lock.acquire();
    state.filling = false;
    state.ring.advance(count);
    turn(false);
    if (state.ring.sent !== state.ring.tail && !state.paced) {
      state.paced = true;
      due = state.given + PACE;
    }
  }
  if (due === 0) return;
  paceTimer.callback = handlePace;
  startTimer(paceTimer, due);
}

function handlePace(argument: u64): void {
  using _ = state.lock.acquire();
  state.paced = false;
  if (state.way === Way.Ring) turn(true);
}

/** Appends text of the kernel, as far as it goes. @returns bytes taken */
function appendText(text: Slice<u8>): usize {
  if (!state.lock.tryAcquire()) return 0;
  let count: u64 = 0;
  if (!state.filling && state.way === Way.Ring) {
    turn(true);
    if (hasRoom(OutputStream.Error, 1)) {
      state.stream = OutputStream.Error;
      count = minimum(state.ring.freeRun(), text.length);
      // Safe: the ring's own memory, and so many bytes of it are free.
      copyBytes(state.ring.tailAddress(), addressOf(text), count);
      state.ring.advance(count);
      turn(true);
    }
  }
  state.lock.release();
  return count;
}

/** Whether so many bytes of this stream may be written now. The lock is held. */
function hasRoom(stream: OutputStream, needed: u64): boolean {
  const ring = state.ring;
  return state.stream === stream || ring.isEmpty() ? ring.room() >= needed : false;
}

/**
 * Takes back what is done, gives the device what is due, and asks for an interrupt where one is needed. The lock is held.
 * With a device that broke the rules nothing moves any more; then the bytes in the ring are lost, and ports serve again.
 * @param few whether few bytes are due, whenever the device got the last ones. If not, and some are left, the timer is to be started
 */
function turn(few: boolean): void {
  const ring = state.ring;
  const port = state.queues[state.stream];
  const queue = port.queue;
  if (queue === null) return;
  while (true) {
    ring.collect(queue);
    if (ring.sent !== ring.tail) {
      const now = monotonicNanoseconds();
      const before = ring.sent;
      ring.give(queue, few || now - state.given >= PACE);
      if (ring.sent !== before) state.given = now;
      if (queue.publish()) port.notify();
    }
    if (queue.broken) {
      ring.tail = ring.done;
      ring.sent = ring.done;
      state.way = Way.Ports;
      return;
    }
    const out = ring.piecesOut();
    // Whoever waits for room is woken when half of what is out is done. Bytes that are due and were not given found no
    // descriptor; they get one of the next.
    const isNeeded = out !== 0 && (state.wanted || (few && ring.sent !== ring.tail));
    if (isNeeded) {
      state.asked = true;
      if (!queue.requestInterrupt(u16((out + 1) / 2))) return;
      continue;
    }
    if (state.asked) queue.refuseInterrupts();
    state.asked = false;
    return;
  }
}

/** Waits until the stream may be written to. NONE, or RESTARTSYS for a signal. */
function waitForRoom(stream: OutputStream): Errno {
  const end = monotonicNanoseconds() + PATIENCE;
  while (monotonicNanoseconds() < end) {
    if (canWrite(stream, false)) return Errno.NONE;
    spinHint();
  }
  return consoleQueue.wait(() => canWrite(stream, true)) === WakeReason.Woken ? Errno.NONE : Errno.RESTARTSYS;
}

function canWrite(stream: OutputStream, wanted: boolean): boolean {
  using _ = state.lock.acquire();
  if (wanted) state.wanted = true;
  turn(true);
  return state.way === Way.Ports || hasRoom(stream, 1);
}

/** Whether the device has done all before a position. */
function isDone(target: u64, wanted: boolean): boolean {
  using _ = state.lock.acquire();
  if (wanted) state.wanted = true;
  turn(true);
  return state.way === Way.Ports || i64(state.ring.done - target) >= 0;
}

function spinUntilDone(target: u64): void {
  const end = monotonicNanoseconds() + PATIENCE;
  while (monotonicNanoseconds() < end && !isDone(target, false)) spinHint();
}

function handleInterrupt(): void {
  let wake = false;
  {
    using _ = state.lock.acquire();
    wake = state.wanted;
    state.wanted = false;
    if (state.way === Way.Ring) turn(true);
  }
  if (wake) consoleQueue.wakeAll(WRITABLE);
}
