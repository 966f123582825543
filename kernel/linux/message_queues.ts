// System V messages: msgget(2), msgsnd(2), msgrcv(2), msgctl(2). include/uapi/linux/msg.h.

import { Link, List } from "prelude/list.ts";
import { addressOf } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { copyBytesFromUser, copyBytesToUser, loadUser64, storeUser64 } from "../arch/x86_64/user_copy.ts";
import { now } from "../fs/time.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import {
  COMMAND_MASK,
  checkFound,
  IPC_PRIVATE,
  IpcCommand,
  IpcFlag,
  IpcPermissions,
  IpcTable,
  OBJECTS,
  PERMISSIONS,
} from "./ipc.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** MSGMAX, MSGMNB: bytes of a message, and of a queue at first. */
const LONGEST_MESSAGE = 8192;
const FIRST_ROOM = 16384;
const NANOSECONDS = 1_000_000_000;

/** MSG_NOERROR, MSG_EXCEPT, MSG_COPY. */
const CUT = 0o10000;
const EXCEPT = 0o20000;
const COPY = 0o40000;

/** struct msqid64_ds. @size 120 */
class QueueStatus {
  readonly permissions = new IpcPermissions();
  sent: u64 = 0;
  received: u64 = 0;
  changed: u64 = 0;
  bytes: u64 = 0;
  messages: u64 = 0;
  room: u64 = 0;
  lastSender: u32 = 0;
  lastReceiver: u32 = 0;
  reserved: u64 = 0;
  reserved2: u64 = 0;
}

class QueuedMessage {
  readonly link = new Link<QueuedMessage>();
  type: i64 = 0;
  length: u64 = 0;
  /** Its bytes, rounded up to words; null for an empty one. */
  text: Slice<u64> | null = null;
}

class MessageQueue {
  key: u32 = 0;
  number: u32 = 0;
  readonly messages = new List<QueuedMessage>();
  readonly changes = new WaitQueue();
  mode: u32;
  user: u32 = 0;
  group: u32 = 0;
  bytes: u64 = 0;
  count: u64 = 0;
  room: u64 = FIRST_ROOM;
  removed = false;
  references: u32 = 1;
  sentAt: u64 = 0;
  receivedAt: u64 = 0;
  changedAt: u64 = 0;
  lastSender: u32 = 0;
  lastReceiver: u32 = 0;

  constructor(mode: u32) {
    this.mode = mode;
  }
}

class Queues {
  /** Guards the table and what is in the queues. */
  readonly lock = new SpinLock(LockOrder.MessageQueues);
  readonly table = new IpcTable<MessageQueue>();
}

const queues = new Queues();

function seconds(): u64 {
  return u64(now()) / NANOSECONDS;
}

/** msgget(2) */
export function sysMsgget(key: u64, flagBits: u64): i64 {
  const flags = u32(flagBits);
  const made = create(MessageQueue, flags & PERMISSIONS);
  if (made === null) return errorCode(Errno.NOMEM);
  made.changedAt = seconds();
  const result = enter(made, u32(key), flags);
  if (result !== i64(made.number) || made.number === 0) destroy(made);
  return result;
}

/** The number of the queue with a key, which may be the new one. */
function enter(made: MessageQueue, key: u32, flags: u32): i64 {
  using _ = queues.lock.acquire();
  if (key !== IPC_PRIVATE) {
    const found = queues.table.findKey(key);
    const error = checkFound(found !== null, flags);
    if (error !== Errno.NONE) return errorCode(error);
    if (found !== null) return i64(found.number);
  }
  return queues.table.add(made, key) ? i64(made.number) : errorCode(Errno.NOSPC);
}

function acquireQueue(number: u64): MessageQueue | null {
  using _ = queues.lock.acquire();
  const queue = queues.table.find(u32(number));
  if (queue !== null) queue.references++;
  return queue;
}

function releaseQueue(queue: MessageQueue): void {
  const lock = queues.lock.acquire();
  queue.references--;
  const isLast = queue.references === 0;
  lock.release();
  if (!isLast) return;
  for (let message = queue.messages.takeFirst(); message !== null; message = queue.messages.takeFirst()) free(message);
  destroy(queue);
}

function free(message: QueuedMessage): void {
  const text = message.text;
  if (text !== null) destroyArray(text);
  destroy(message);
}

/** msgsnd(2) */
export function sysMsgsnd(number: u64, address: u64, length: u64, flags: u64): i64 {
  const [type, worked] = loadUser64(address);
  if (!worked) return errorCode(Errno.FAULT);
  if (i32(number) < 0 || length > LONGEST_MESSAGE || i64(type) < 1) return errorCode(Errno.INVAL);
  const message = create(QueuedMessage);
  if (message === null) return errorCode(Errno.NOMEM);
  message.type = i64(type);
  message.length = length;
  const error = readText(message, address + 8);
  const queue = error === Errno.NONE ? acquireQueue(number) : null;
  if (queue === null) {
    free(message);
    return errorCode(error !== Errno.NONE ? error : Errno.INVAL);
  }
  const sent = send(queue, message, (u32(flags) & IpcFlag.NoWait) !== 0);
  releaseQueue(queue);
  if (sent !== Errno.NONE) free(message);
  return errorCode(sent);
}

function readText(message: QueuedMessage, address: u64): Errno {
  if (message.length === 0) return Errno.NONE;
  const text = createArray<u64>((message.length + 7) / 8);
  if (text === null) return Errno.NOMEM;
  message.text = text;
  return copyBytesFromUser(addressOf(text), address, message.length) ? Errno.NONE : Errno.FAULT;
}

function send(queue: MessageQueue, message: QueuedMessage, mayNotWait: boolean): Errno {
  let outcome = put(queue, message);
  if (outcome === Errno.AGAIN && !mayNotWait) {
    const reason = queue.changes.wait(() => {
      outcome = put(queue, message);
      return outcome !== Errno.AGAIN;
    });
    if (reason !== WakeReason.Woken) return Errno.INTR;
  }
  if (outcome === Errno.NONE) queue.changes.wakeAll();
  return outcome;
}

/** AGAIN when there is no room. */
function put(queue: MessageQueue, message: QueuedMessage): Errno {
  using _ = queues.lock.acquire();
  if (queue.removed) return Errno.IDRM;
  if (queue.bytes + message.length > queue.room || queue.count + 1 > queue.room) return Errno.AGAIN;
  queue.messages.append(message);
  queue.bytes += message.length;
  queue.count++;
  queue.sentAt = seconds();
  queue.lastSender = PROCESS_ID;
  return Errno.NONE;
}

/** msgrcv(2): gives the length of the text. */
export function sysMsgrcv(number: u64, address: u64, room: u64, type: u64, flagBits: u64): i64 {
  const flags = u32(flagBits);
  if (i32(number) < 0 || i64(room) < 0) return errorCode(Errno.INVAL);
  const copies = (flags & COPY) !== 0;
  if (copies && ((flags & EXCEPT) !== 0 || (flags & IpcFlag.NoWait) === 0)) return errorCode(Errno.INVAL);
  const queue = acquireQueue(number);
  if (queue === null) return errorCode(Errno.INVAL);
  const taking = new Taking();
  if (copies) taking.copy(queue, type, room, flags);
  else taking.receive(queue, i64(type), room, flags);
  releaseQueue(queue);
  const message = taking.message;
  if (message === null) return errorCode(taking.error);
  const length = minimum(message.length, room);
  let written = storeUser64(address, u64(message.type));
  const text = message.text;
  if (written && text !== null && length !== 0) written = copyBytesToUser(address + 8, addressOf(text), length);
  free(message);
  return written ? i64(length) : errorCode(Errno.FAULT);
}

/** What a receiver gets. */
class Taking {
  message: QueuedMessage | null = null;
  error: Errno = Errno.NOMSG;

  receive(queue: MessageQueue, type: i64, room: u64, flags: u32): void {
    this.take(queue, type, room, flags);
    if (this.error === Errno.NOMSG && (flags & IpcFlag.NoWait) === 0) {
      const reason = queue.changes.wait(() => {
        this.take(queue, type, room, flags);
        return this.error !== Errno.NOMSG;
      });
      if (reason !== WakeReason.Woken) this.error = Errno.INTR;
    }
    if (this.message !== null) queue.changes.wakeAll();
  }

  /** Gets a copy of the message at a place, counted from 0 (MSG_COPY). NOMSG when there are not as many. */
  copy(queue: MessageQueue, place: u64, room: u64, flags: u32): void {
    // Made before the lock is taken, and as long as any message.
    const copy = create(QueuedMessage);
    const text = createArray<u64>(LONGEST_MESSAGE / 8);
    this.error = Errno.NOMEM;
    if (copy !== null && text !== null) {
      copy.text = text;
      this.error = copyAt(queue, place, room, (flags & CUT) !== 0, copy, text);
      if (this.error === Errno.NONE) {
        this.message = copy;
        return;
      }
    }
    if (copy !== null) destroy(copy);
    if (text !== null) destroyArray(text);
  }

  /** NOMSG when there is none of the type. */
  private take(queue: MessageQueue, type: i64, room: u64, flags: u32): void {
    using _ = queues.lock.acquire();
    this.error = queue.removed ? Errno.IDRM : Errno.NOMSG;
    const found = queue.removed ? null : choose(queue, type, (flags & EXCEPT) !== 0);
    if (found === null) return;
    if (found.length > room && (flags & CUT) === 0) {
      this.error = Errno.TOOBIG;
      return;
    }
    queue.messages.remove(found);
    queue.bytes -= found.length;
    queue.count--;
    queue.receivedAt = seconds();
    queue.lastReceiver = PROCESS_ID;
    this.error = Errno.NONE;
    this.message = found;
  }
}

/** Copies a message and its text. */
function copyAt(queue: MessageQueue, place: u64, room: u64, cuts: boolean, copy: QueuedMessage, text: Slice<u64>): Errno {
  using _ = queues.lock.acquire();
  if (queue.removed) return Errno.IDRM;
  let message = queue.messages.first;
  for (let i: u64 = 0; i < place && message !== null; i++) message = queue.messages.next(message);
  if (message === null) return Errno.NOMSG;
  // A copy is not cut.
  if (message.length > room) return cuts ? Errno.INVAL : Errno.TOOBIG;
  copy.type = message.type;
  copy.length = message.length;
  const from = message.text;
  if (from !== null) text.slice(0, from.length).copyFrom(from);
  return Errno.NONE;
}

/** The message that a type means: 0 the first, n the first of it (or not of it), -n the lowest up to n. */
function choose(queue: MessageQueue, type: i64, isExcept: boolean): QueuedMessage | null {
  let best: QueuedMessage | null = null;
  for (let message = queue.messages.first; message !== null; message = queue.messages.next(message)) {
    if (type === 0) return message;
    if (type > 0) {
      if ((message.type === type) !== isExcept) return message;
    } else if (message.type <= 0 - type && (best === null || message.type < best.type)) {
      best = message;
    }
  }
  return best;
}

/** msgctl(2) */
export function sysMsgctl(number: u64, command: u64, address: u64): i64 {
  const queue = acquireQueue(number);
  if (queue === null) return errorCode(Errno.INVAL);
  const result = control(queue, u32(command) & COMMAND_MASK, address);
  releaseQueue(queue);
  return result;
}

function control(queue: MessageQueue, command: u32, address: u64): i64 {
  const status = new QueueStatus();
  switch (command) {
    case u32(IpcCommand.Status):
      fill(status, queue);
      return errorCode(writeUserObject(address, status));
    case u32(IpcCommand.Set): {
      const error = readUserObject(status, address);
      if (error !== Errno.NONE) return errorCode(error);
      queue.user = status.permissions.user;
      queue.group = status.permissions.group;
      queue.mode = status.permissions.mode & PERMISSIONS;
      queue.room = status.room;
      queue.changedAt = seconds();
      queue.changes.wakeAll();
      return 0;
    }
    case u32(IpcCommand.Remove):
      return remove(queue);
    default:
      return errorCode(Errno.INVAL);
  }
}

function fill(status: QueueStatus, queue: MessageQueue): void {
  const permissions = status.permissions;
  permissions.key = queue.key;
  permissions.user = queue.user;
  permissions.group = queue.group;
  permissions.mode = queue.mode;
  permissions.sequence = u16(queue.number / OBJECTS);
  status.sent = queue.sentAt;
  status.received = queue.receivedAt;
  status.changed = queue.changedAt;
  status.bytes = queue.bytes;
  status.messages = queue.count;
  status.room = queue.room;
  status.lastSender = queue.lastSender;
  status.lastReceiver = queue.lastReceiver;
}

function remove(queue: MessageQueue): i64 {
  const lock = queues.lock.acquire();
  const wasThere = !queue.removed;
  if (wasThere) {
    queue.removed = true;
    queues.table.remove(queue);
    queue.references--; // the table's
  }
  lock.release();
  if (!wasThere) return errorCode(Errno.INVAL);
  queue.changes.wakeAll();
  return 0;
}
