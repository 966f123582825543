// Asynchronous input and output of Linux: io_setup(2), io_destroy(2), io_submit(2), io_cancel(2), io_getevents(2), io_pgetevents(2).
// include/uapi/linux/aio_abi.h.

import { List } from "prelude/list.ts";
import { addressOf, objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { PollEvent, TRANSFER_MAX } from "../fs/abi.ts";
import { asCounter } from "../fs/event_counter.ts";
import { acquireFile } from "../fs/file_table.ts";
import { IoBuffer } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { mapArea, unmapRange } from "../mm/address_space.ts";
import { AreaFlag, Protection } from "../mm/area.ts";
import { readUser32, readUser64, type UserPointer, writeUser32, writeUser64 } from "../mm/user_memory.ts";
import { Mutex } from "../sched/mutex.ts";
import { cancelTimer } from "../sched/timers.ts";
import { type Waiter, WakeReason } from "../sched/wait_queue.ts";
import { Context, Event, Poll } from "./aio_context.ts";
import { synchronise } from "./file_length.ts";
import { checkTransferFlags, placeTransfer, transferOpen, Vectors } from "./files.ts";
import { resumeSignalMask, suspendSignalMask } from "./signals.ts";
import { readTimespec } from "./timespec.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** fs.aio-max-nr. */
const EVENTS_MAX = 65536;
const SIGNAL_SET_SIZE = 8;

/** IOCB_CMD_*. */
const enum Command {
  Read = 0,
  Write = 1,
  Synchronise = 2,
  SynchroniseData = 3,
  Poll = 5,
  ReadVector = 7,
  WriteVector = 8,
}

/** IOCB_FLAG_RESFD; others are not looked at. */
const SIGNALS_COUNTER = 1;
const ALWAYS = PollEvent.Error | PollEvent.HangUp;

/** struct iocb. @size 64 */
class ControlBlock {
  data: u64 = 0;
  key: u32 = 0;
  transferFlags: u32 = 0;
  command: u16 = 0;
  priority: u16 = 0;
  descriptor: u32 = 0;
  buffer: u64 = 0;
  length: u64 = 0;
  offset: u64 = 0;
  reserved: u64 = 0;
  flags: u32 = 0;
  counter: u32 = 0;
}
/** Where `key` is. */
const KEY_AT = 8;

/** Guards the list and every context's polls. */
const listLock = new Mutex(LockOrder.AsynchronousContexts);
const contexts = new List<Context>();

/** The context that the application names, with a reference; null: EINVAL. */
function findContext(address: u64): Context | null {
  using _ = listLock.acquire();
  for (let context = contexts.first; context !== null; context = contexts.next(context)) {
    if (context.address !== address) continue;
    context.retainSource();
    return context;
  }
  return null;
}

/** io_setup(2) */
export function sysIoSetup(events: u64, address: u64): i64 {
  const before = readUser64(address as UserPointer);
  if (!before.ok) return errorCode(before.error);
  const count = u32(events);
  if (before.value !== 0 || count === 0 || count > 0x1000_0000) return errorCode(Errno.INVAL);
  if (count > EVENTS_MAX) return errorCode(Errno.AGAIN);
  const context = create(Context);
  if (context === null) return errorCode(Errno.NOMEM);
  let error = context.begin(count);
  const rights = u32(Protection.Read | Protection.Write);
  if (error === Errno.NONE) {
    const mapped = mapArea(0, context.sourceLength(), rights, u32(AreaFlag.Shared), context, 0);
    if (mapped.ok) context.address = mapped.value;
    else error = mapped.error;
  }
  if (error === Errno.NONE) error = writeUser64(address as UserPointer, context.address);
  if (error !== Errno.NONE) {
    if (context.address !== 0) unmapRange(context.address, context.sourceLength());
    context.releaseSource();
    return errorCode(error);
  }
  using _ = listLock.acquire();
  contexts.append(context);
  return 0;
}

/** io_destroy(2): polls that wait end without an event that anybody could see. */
export function sysIoDestroy(address: u64): i64 {
  const context = findContext(address);
  if (context === null) return errorCode(Errno.INVAL);
  let isFirst = false;
  {
    using _ = listLock.acquire();
    isFirst = !context.ended;
    if (isFirst) {
      context.ended = true;
      contexts.remove(context);
      for (let poll = context.polls.first; poll !== null; poll = context.polls.next(poll)) {
        poll.finish(0);
        // One that is about to be told of by its timer need not be any more.
        cancelTimer(poll.timer);
        poll.told.store(true);
      }
      reap(context);
    }
  }
  if (isFirst) {
    context.queue.wakeAll();
    unmapRange(context.address, context.sourceLength());
    context.releaseSource();
  }
  context.releaseSource();
  return isFirst ? 0 : errorCode(Errno.INVAL);
}

/** Gives back what polls held that have ended. The list is locked. */
function reap(context: Context): void {
  let poll = context.polls.first;
  while (poll !== null) {
    const next: Poll | null = context.polls.next(poll);
    if (poll.told.load()) {
      cancelTimer(poll.timer);
      const queue = poll.waiter.queue;
      if (queue !== null) queue.remove(poll.waiter);
      context.polls.remove(poll);
      context.countPoll(false);
      poll.open.release();
      const counter = poll.counterFile;
      if (counter !== null) counter.release();
      destroy(poll);
    }
    poll = next;
  }
}

// ---- submission ---------------------------------------------------------------------------------------------------------

/** io_submit(2) */
export function sysIoSubmit(address: u64, count: u64, blocks: u64): i64 {
  if (i64(count) < 0) return errorCode(Errno.INVAL);
  const context = findContext(address);
  if (context === null) return errorCode(Errno.INVAL);
  {
    using _ = listLock.acquire();
    reap(context);
  }
  let done: u64 = 0;
  let error = Errno.NONE;
  while (done < minimum(count, u64(EVENTS_MAX))) {
    const place = readUser64((blocks + done * 8) as UserPointer);
    error = place.ok ? submitBlock(context, place.value) : place.error;
    if (error !== Errno.NONE) break;
    done++;
  }
  context.releaseSource();
  return done > 0 ? i64(done) : errorCode(error);
}

function submitBlock(context: Context, address: u64): Errno {
  const block = new ControlBlock();
  let error = readUserObject(block, address);
  if (error !== Errno.NONE) return error;
  if (block.reserved !== 0 || i64(block.length) < 0) return Errno.INVAL;
  if (!context.hasRoom()) return Errno.AGAIN;
  const open = acquireFile(block.descriptor);
  if (open === null) return Errno.BADF;
  let counter: OpenFile | null = null;
  if ((block.flags & SIGNALS_COUNTER) !== 0) {
    counter = acquireFile(block.counter);
    error = counter === null ? Errno.BADF : asCounter(counter) === null ? Errno.INVAL : Errno.NONE;
  }
  if (error === Errno.NONE) error = writeUser32((address + KEY_AT) as UserPointer, 0);
  if (error === Errno.NONE) error = perform(context, block, address, open, counter);
  open.release();
  if (counter !== null) counter.release();
  return error;
}

/** Does what a block asks for, and tells of it by an event. An error of what was asked is the call's; one of doing it, the event's. */
function perform(context: Context, block: ControlBlock, address: u64, open: OpenFile, counter: OpenFile | null): Errno {
  switch (u32(block.command) as Command) {
    case Command.Read:
    case Command.Write:
    case Command.ReadVector:
    case Command.WriteVector:
      return transfer(context, block, address, open, counter);
    case Command.Synchronise:
    case Command.SynchroniseData: {
      const isPlain = block.buffer === 0 && block.offset === 0 && block.length === 0 && block.transferFlags === 0;
      const result = isPlain ? synchronise(open) : errorCode(Errno.INVAL);
      if (result === 0) tell(context, block, address, 0, counter);
      return (0 - i32(result)) as Errno;
    }
    case Command.Poll:
      return beginPoll(context, block, address, open, counter);
    default:
      return Errno.INVAL;
  }
}

function transfer(context: Context, block: ControlBlock, address: u64, open: OpenFile, counter: OpenFile | null): Errno {
  const command = u32(block.command) as Command;
  const writes = command === Command.Write || command === Command.WriteVector;
  if (!(writes ? open.writable : open.readable)) return Errno.BADF;
  let error = checkTransferFlags(block.transferFlags, writes);
  if (error !== Errno.NONE) return error;
  if (open.seekable && i64(block.offset) < 0) return Errno.INVAL;
  const vectors = new Vectors();
  using _ = vectors;
  let result: i64 = 0;
  if (command === Command.Read || command === Command.Write) {
    result = move(open, new IoBuffer(block.buffer, minimum(block.length, u64(TRANSFER_MAX))), block, writes);
  } else {
    error = vectors.read(block.buffer, block.length);
    if (error !== Errno.NONE) return error;
    if (block.length > 0) result = move(open, new IoBuffer(0, vectors.total, vectors.all()), block, writes);
  }
  tell(context, block, address, result, counter);
  return Errno.NONE;
}

function move(open: OpenFile, buffer: IoBuffer, block: ControlBlock, writes: boolean): i64 {
  placeTransfer(buffer, block.transferFlags);
  const result = transferOpen(open, buffer, block.offset, writes);
  // It cannot begin again: the application finds an event, not a call.
  return result === errorCode(Errno.RESTARTSYS) ? errorCode(Errno.INTR) : result;
}

function tell(context: Context, block: ControlBlock, address: u64, result: i64, counterFile: OpenFile | null): void {
  context.post(block.data, address, result);
  const counter = counterFile === null ? null : asCounter(counterFile);
  if (counter !== null) counter.signal();
}

// ---- polls --------------------------------------------------------------------------------------------------------------

/** Runs under the file's wait queue lock, perhaps in an interrupt. */
function noteReady(waiter: Waiter, key: u64): boolean {
  // Safe: the argument is the poll that embeds the waiter, which is taken off its queue before the poll goes.
  const poll = objectAt<Poll>(waiter.argument);
  if (key !== 0 && (u32(key) & (poll.events | ALWAYS)) === 0) return false;
  // All that there is, as Linux tells it. Who wakes without saying for what means everything.
  poll.finishLater(i64(key === 0 ? u64(poll.events) : key & 0xffff));
  return true;
}

/** Runs in the timer interrupt. */
function tellLater(argument: u64): void {
  // Safe: the argument is the poll that embeds the timer, which is cancelled before the poll goes.
  objectAt<Poll>(argument).tell();
}

function beginPoll(context: Context, block: ControlBlock, address: u64, open: OpenFile, counter: OpenFile | null): Errno {
  if (block.buffer > 0xffff || block.offset !== 0 || block.length !== 0 || block.transferFlags !== 0) return Errno.INVAL;
  const queue = open.file.waitQueue(open);
  if (queue === null) return Errno.INVAL;
  const poll = create(Poll);
  if (poll === null) return Errno.NOMEM;
  poll.context = context;
  poll.open = open;
  open.retain();
  poll.events = u32(block.buffer);
  poll.data = block.data;
  poll.block = address;
  poll.counterFile = counter;
  if (counter !== null) {
    counter.retain();
    poll.counter = asCounter(counter);
  }
  poll.waiter.callback = noteReady;
  poll.waiter.argument = addressOf(poll);
  poll.timer.callback = tellLater;
  poll.timer.argument = addressOf(poll);
  using _ = listLock.acquire();
  context.polls.append(poll);
  context.countPoll(true);
  queue.add(poll.waiter);
  const found = open.file.ready(open) & (poll.events | ALWAYS);
  if (found !== 0) poll.finish(i64(found));
  if (context.ended) poll.finish(0);
  reap(context);
  return Errno.NONE;
}

/** io_cancel(2): only polls take long enough to be cancelled. Their event comes, with nothing found. */
export function sysIoCancel(address: u64, block: u64, _result: u64): i64 {
  const key = readUser32((block + KEY_AT) as UserPointer);
  if (!key.ok) return errorCode(key.error);
  if (key.value !== 0) return errorCode(Errno.INVAL);
  const context = findContext(address);
  if (context === null) return errorCode(Errno.INVAL);
  let result = errorCode(Errno.INVAL);
  {
    using _ = listLock.acquire();
    for (let poll = context.polls.first; poll !== null; poll = context.polls.next(poll)) {
      if (poll.block !== block || poll.done.load()) continue;
      poll.finish(0);
      result = errorCode(Errno.INPROGRESS);
      break;
    }
    reap(context);
  }
  context.releaseSource();
  return result;
}

// ---- events -------------------------------------------------------------------------------------------------------------

/** io_getevents(2) */
export function sysIoGetevents(address: u64, least: u64, most: u64, events: u64, timeout: u64): i64 {
  let deadline: u64 = 0;
  let mayWait = true;
  if (timeout !== 0) {
    const time = readTimespec(timeout);
    if (!time.ok) return errorCode(time.error);
    mayWait = time.value !== 0;
    deadline = monotonicNanoseconds() + time.value;
  }
  const context = findContext(address);
  if (context === null) return errorCode(Errno.INVAL);
  const isSound = i64(least) >= 0 && i64(least) <= i64(most);
  const result = isSound ? collect(context, least, most, events, deadline, mayWait) : errorCode(Errno.INVAL);
  {
    using _ = listLock.acquire();
    reap(context);
  }
  context.releaseSource();
  return result;
}

/** Takes events until there are enough. One that cannot be written is lost, as the address was wrong. */
function collect(context: Context, least: u64, most: u64, events: u64, deadline: u64, mayWait: boolean): i64 {
  const event = new Event();
  let done: u64 = 0;
  for (;;) {
    while (done < most && context.take(event)) {
      const error = writeUserObject(events + done * sizeOf<Event>(), event);
      if (error !== Errno.NONE) return done > 0 ? i64(done) : errorCode(error);
      done++;
    }
    if (done >= least || !mayWait || context.ended) return i64(done);
    const reason = context.queue.wait(() => context.available() !== 0 || context.ended, deadline);
    if (reason === WakeReason.TimedOut) return i64(done);
    if (reason === WakeReason.Interrupted) return done > 0 ? i64(done) : errorCode(Errno.INTR);
  }
}

/** struct __aio_sigset. @size 16 */
class SignalArgument {
  mask: u64 = 0;
  size: u64 = 0;
}

/** io_pgetevents(2): with a signal mask for the time of the call. */
export function sysIoPgetevents(address: u64, least: u64, most: u64, events: u64, timeout: u64, signals: u64): i64 {
  const wanted = new SignalArgument();
  if (signals !== 0) {
    const error = readUserObject(wanted, signals);
    if (error !== Errno.NONE) return errorCode(error);
  }
  if (wanted.mask === 0) return sysIoGetevents(address, least, most, events, timeout);
  if (wanted.size !== SIGNAL_SET_SIZE) return errorCode(Errno.INVAL);
  const mask = readUser64(wanted.mask as UserPointer);
  if (!mask.ok) return errorCode(mask.error);
  suspendSignalMask(mask.value);
  const result = sysIoGetevents(address, least, most, events, timeout);
  if (result !== errorCode(Errno.INTR)) resumeSignalMask();
  return result;
}
