// POSIX message queues: mq_open(2), mq_unlink(2), mq_timedsend(2), mq_timedreceive(2), mq_notify(2), mq_getsetattr(2).

import { List } from "prelude/list.ts";
import { addressOf } from "unsafe";
import { copyBytesFromUser, copyBytesToUser } from "../arch/x86_64/user_copy.ts";
import { Mode, OpenFlag } from "../fs/abi.ts";
import { createDentry } from "../fs/dentry.ts";
import { allocateOpenFile, type OpenFile } from "../fs/open_file.ts";
import { type PathBuffer, takePathBuffer } from "../fs/path_buffer.ts";
import { memoryFileSystem } from "../fs/root.ts";
import { now } from "../fs/time.ts";
import { makeMemoryFile } from "../fs/tmpfs.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { WakeReason } from "../sched/wait_queue.ts";
import { Resource, softLimit } from "./limits.ts";
import { installNew, maskOff, withOpen } from "./open.ts";
import { asQueue, freeMessage, PosixMessage, PosixQueue, queuesLock } from "./posix_queue.ts";
import { Notification, SignalEvent } from "./posix_timer.ts";
import { isSignal } from "./signal_actions.ts";
import { momentOf } from "./time.ts";
import { readTimespec } from "./timespec.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** What a queue is that nobody gave attributes (fs.mqueue.msg_default and its kin), and what root may ask for. */
const DEFAULT_MOST = 10;
const DEFAULT_LONGEST = 8192;
const MOST_MESSAGES = 65536;
const LONGEST_MESSAGE = 16777216;
/** fs.mqueue.queues_max holds for others than root. */
const PRIORITIES = 32768;
const NAME_MAX = 255;
/** What the kernel needs for a message besides its bytes. */
const OVERHEAD = 48;
const SLASH = 0x2f;
const CLOCK_REALTIME = 0;

/** struct mq_attr. @size 64 */
class Attributes {
  flags: i64 = 0;
  most: i64 = 0;
  longest: i64 = 0;
  count: i64 = 0;
  readonly reserved!: FixedArray<i64, 4>;
}

/** Queues that have a name. */
const queues = new List<PosixQueue>();

/** The queue of a name, with a reference; null: NOENT. */
function findQueue(name: Slice<u8>): PosixQueue | null {
  using _ = queuesLock.acquire();
  const queue = lookUp(name);
  if (queue !== null) queue.references++;
  return queue;
}

/** The lock is held. */
function lookUp(name: Slice<u8>): PosixQueue | null {
  for (let queue = queues.first; queue !== null; queue = queues.next(queue)) {
    if (isSame(queue.dentry.name, name)) return queue;
  }
  return null;
}

/** @param full the name as it is shown, with a slash before it */
function isSame(full: Slice<u8>, name: Slice<u8>): boolean {
  if (full.length !== name.length + 1) return false;
  for (let i: usize = 0; i < name.length; i++) {
    if (full[i + 1] !== name[i]) return false;
  }
  return true;
}

/** Reads a queue's name, which is a single one: C libraries take the slash before it away. */
function readName(buffer: PathBuffer, address: u64): Errno {
  const error = buffer.read(address);
  if (error !== Errno.NONE) return error;
  const name = buffer.text();
  if (name.length === 0) return Errno.NOENT;
  for (const byte of name) {
    if (byte === SLASH) return Errno.ACCES;
  }
  const isDots = name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e));
  if (isDots) return Errno.ACCES;
  return name.length > NAME_MAX ? Errno.NAMETOOLONG : Errno.NONE;
}

/** mq_open(2) */
export function sysMqOpen(nameAddress: u64, flagBits: u64, mode: u64, attributesAddress: u64): i64 {
  const flags = u32(flagBits);
  const wanted = new Attributes();
  wanted.most = DEFAULT_MOST;
  wanted.longest = DEFAULT_LONGEST;
  if (attributesAddress !== 0) {
    const error = readUserObject(wanted, attributesAddress);
    if (error !== Errno.NONE) return errorCode(error);
  }
  const buffer = takePathBuffer();
  if (buffer === null) return errorCode(Errno.NOMEM);
  using _ = buffer;
  const named = readName(buffer, nameAddress);
  if (named !== Errno.NONE) return errorCode(named);
  if ((flags & OpenFlag.AccessMode) === OpenFlag.AccessMode) return errorCode(Errno.INVAL);
  const name = buffer.text();
  let queue = findQueue(name);
  const creates = (flags & OpenFlag.Create) !== 0;
  if (queue !== null && creates && (flags & OpenFlag.Exclusive) !== 0) {
    queue.release();
    return errorCode(Errno.EXIST);
  }
  if (queue === null) {
    if (!creates) return errorCode(Errno.NOENT);
    const error = checkAttributes(wanted);
    if (error !== Errno.NONE) return errorCode(error);
    const made = makeQueue(name, u32(mode), wanted);
    if (made === null) return errorCode(Errno.NOMEM);
    queue = addQueue(made, name, (flags & OpenFlag.Exclusive) !== 0);
    if (queue === null) return errorCode(Errno.EXIST);
  }
  return openQueue(queue, flags);
}

function checkAttributes(wanted: Attributes): Errno {
  if (wanted.most <= 0 || wanted.longest <= 0) return Errno.INVAL;
  if (wanted.most > MOST_MESSAGES || wanted.longest > LONGEST_MESSAGE) return Errno.INVAL;
  const total = u64(wanted.most) * (u64(wanted.longest) + OVERHEAD);
  return total > softLimit(Resource.MessageQueue) ? Errno.MFILE : Errno.NONE;
}

/** A new queue with one reference, which no list has. Null: no memory. */
function makeQueue(name: Slice<u8>, mode: u32, wanted: Attributes): PosixQueue | null {
  const buffer = takePathBuffer();
  if (buffer === null) return null;
  using _ = buffer;
  const shown = buffer.whole().slice(0, name.length + 1);
  shown[0] = SLASH;
  shown.slice(1).copyFrom(name);
  const queue = create(PosixQueue, u64(wanted.most), u64(wanted.longest));
  const file = makeMemoryFile(memoryFileSystem(), Mode.Regular | maskOff(mode & 0o777), now());
  const dentry = file === null ? null : createDentry(shown, file.inode);
  if (queue === null || dentry === null) {
    if (queue !== null) destroy(queue);
    if (dentry !== null) dentry.release();
    else if (file !== null) file.inode.release();
    return null;
  }
  queue.dentry = dentry;
  queue.references = 1;
  return queue;
}

/** Gives a queue its name, unless another has it meanwhile. @returns the queue of the name, with a reference for the caller; null: EXIST */
function addQueue(made: PosixQueue, name: Slice<u8>, exclusive: boolean): PosixQueue | null {
  let found: PosixQueue | null = null;
  {
    using _ = queuesLock.acquire();
    found = lookUp(name);
    if (found === null) {
      queues.append(made);
      made.references++;
      return made;
    }
    if (!exclusive) found.references++;
  }
  made.release();
  return exclusive ? null : found;
}

/** Opens a queue, whose reference the open file takes over. */
function openQueue(queue: PosixQueue, flags: u32): i64 {
  queue.dentry.retain();
  const open = allocateOpenFile(queue.dentry, flags & (OpenFlag.AccessMode | OpenFlag.NonBlocking));
  if (open === null) {
    queue.dentry.release();
    queue.release();
    return errorCode(Errno.NFILE);
  }
  open.file = queue;
  open.queueAddress = addressOf(queue);
  return installNew(open, true);
}

/** mq_unlink(2) */
export function sysMqUnlink(nameAddress: u64): i64 {
  const buffer = takePathBuffer();
  if (buffer === null) return errorCode(Errno.NOMEM);
  using _ = buffer;
  const named = readName(buffer, nameAddress);
  if (named !== Errno.NONE) return errorCode(named);
  let queue: PosixQueue | null = null;
  {
    using _lock = queuesLock.acquire();
    queue = lookUp(buffer.text());
    if (queue !== null) queues.remove(queue);
  }
  if (queue === null) return errorCode(Errno.NOENT);
  queue.release();
  return 0;
}

/** Does something with the queue of a descriptor. */
function withQueue(descriptor: u64, action: (open: OpenFile, queue: PosixQueue) => i64): i64 {
  return withOpen(descriptor, (open) => {
    const queue = asQueue(open);
    return queue === null ? errorCode(Errno.BADF) : action(open, queue);
  });
}

/** When a call stops waiting, in monotonic nanoseconds. */
class Deadline {
  moment: u64 = 0;

  /** Reads an absolute time of the real clock; none at address 0. */
  read(address: u64): Errno {
    if (address === 0) return Errno.NONE;
    const time = readTimespec(address);
    if (!time.ok) return time.error;
    const moment = momentOf(u64(CLOCK_REALTIME), time.value);
    if (!moment.ok) return moment.error;
    this.moment = maximum(moment.value, 1);
    return Errno.NONE;
  }
}

/** How a wait that did not succeed is told. */
function outcomeOf(reason: WakeReason): i64 {
  return errorCode(reason === WakeReason.TimedOut ? Errno.TIMEDOUT : Errno.RESTARTSYS);
}

/** mq_timedsend(2) */
export function sysMqTimedsend(descriptor: u64, address: u64, length: u64, priority: u64, time: u64): i64 {
  const deadline = new Deadline();
  const error = deadline.read(time);
  if (error !== Errno.NONE) return errorCode(error);
  if (u32(priority) >= PRIORITIES) return errorCode(Errno.INVAL);
  return withQueue(descriptor, (open, queue) => {
    if (!open.writable) return errorCode(Errno.BADF);
    if (length > queue.longest) return errorCode(Errno.MSGSIZE);
    const message = create(PosixMessage);
    if (message === null) return errorCode(Errno.NOMEM);
    message.priority = u32(priority);
    message.length = length;
    const copied = readText(message, address);
    const result = copied === Errno.NONE ? send(open, queue, message, deadline.moment) : errorCode(copied);
    if (result < 0) freeMessage(message);
    return result;
  });
}

function readText(message: PosixMessage, address: u64): Errno {
  if (message.length === 0) return Errno.NONE;
  const text = createArray<u64>((message.length + 7) / 8);
  if (text === null) return Errno.NOMEM;
  message.text = text;
  return copyBytesFromUser(addressOf(text), address, message.length) ? Errno.NONE : Errno.FAULT;
}

function send(open: OpenFile, queue: PosixQueue, message: PosixMessage, deadline: u64): i64 {
  if (queue.put(message)) return 0;
  if (open.isNonBlocking()) return errorCode(Errno.AGAIN);
  const reason = queue.sendQueue.wait(() => queue.put(message), deadline, true, true);
  return reason === WakeReason.Woken ? 0 : outcomeOf(reason);
}

/** mq_timedreceive(2): gives the length of the message. */
export function sysMqTimedreceive(descriptor: u64, address: u64, room: u64, priorityAddress: u64, time: u64): i64 {
  const deadline = new Deadline();
  const error = deadline.read(time);
  if (error !== Errno.NONE) return errorCode(error);
  return withQueue(descriptor, (open, queue) => {
    if (!open.readable) return errorCode(Errno.BADF);
    if (room < queue.longest) return errorCode(Errno.MSGSIZE);
    const taking = new Taking();
    const reason = taking.receive(open, queue, deadline.moment);
    const message = taking.message;
    if (message === null) return reason;
    const text = message.text;
    let written = priorityAddress === 0 || writeUser32(priorityAddress as UserPointer, message.priority) === Errno.NONE;
    if (written && text !== null) written = copyBytesToUser(address, addressOf(text), message.length);
    const length = message.length;
    freeMessage(message);
    return written ? i64(length) : errorCode(Errno.FAULT);
  });
}

/** What a receiver gets. */
class Taking {
  message: PosixMessage | null = null;

  /** Takes a message, waiting for one if need be. @returns why there is none */
  receive(open: OpenFile, queue: PosixQueue, deadline: u64): i64 {
    this.message = queue.take();
    if (this.message !== null) return 0;
    if (open.isNonBlocking()) return errorCode(Errno.AGAIN);
    queue.countReceiver(true);
    const reason = queue.receiveQueue.wait(
      () => {
        this.message = queue.take();
        return this.message !== null;
      },
      deadline,
      true,
      true,
    );
    queue.countReceiver(false);
    return reason === WakeReason.Woken ? 0 : outcomeOf(reason);
  }
}

/** mq_notify(2): by a signal, or silently. By a thread it is for C libraries, which need a netlink socket for it. */
export function sysMqNotify(descriptor: u64, eventAddress: u64): i64 {
  const event = new SignalEvent();
  if (eventAddress !== 0) {
    const error = readUserObject(event, eventAddress);
    if (error !== Errno.NONE) return errorCode(error);
    switch (u32(event.notification) as Notification) {
      case Notification.None:
        break;
      case Notification.Signal:
        if (event.signal !== 0 && !isSignal(u64(u32(event.signal)))) return errorCode(Errno.INVAL);
        break;
      case Notification.Thread:
        logOnce("mq_notify", "mq_notify by a thread is not supported (EBADF)");
        return errorCode(Errno.BADF);
      default:
        return errorCode(Errno.INVAL);
    }
  }
  return withQueue(descriptor, (open, queue) => {
    if (eventAddress !== 0) return errorCode(queue.ask(open, u32(event.notification), u32(event.signal), event.value));
    queue.forget(null);
    return 0;
  });
}

/** mq_getsetattr(2): of what is set, O_NONBLOCK alone can change. */
export function sysMqGetsetattr(descriptor: u64, newAddress: u64, oldAddress: u64): i64 {
  const wanted = new Attributes();
  if (newAddress !== 0) {
    const error = readUserObject(wanted, newAddress);
    if (error !== Errno.NONE) return errorCode(error);
    if ((wanted.flags & ~i64(OpenFlag.NonBlocking)) !== 0) return errorCode(Errno.INVAL);
  }
  return withQueue(descriptor, (open, queue) => {
    const before = new Attributes();
    before.flags = i64(open.flags & OpenFlag.NonBlocking);
    before.most = i64(queue.most);
    before.longest = i64(queue.longest);
    before.count = i64(queue.count);
    if (newAddress !== 0) open.flags = (open.flags & ~u32(OpenFlag.NonBlocking)) | u32(wanted.flags);
    return oldAddress === 0 ? 0 : errorCode(writeUserObject(oldAddress, before));
  });
}
