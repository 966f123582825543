// A POSIX message queue (mq_overview(7)): messages with priorities, the highest first and the oldest first among equals, which
// threads send and receive by a descriptor, wait for by poll, and may be told of by a signal.
//
// A queue lives while it has a name or is open. One lock guards all queues: what happens under it is short, and copies nothing of the
// application's.

import { Link, List } from "prelude/list.ts";
import { Writer } from "prelude/writer.ts";
import { addressOf, objectAt } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { PollEvent } from "../fs/abi.ts";
import type { Dentry } from "../fs/dentry.ts";
import type { File } from "../fs/file.ts";
import type { IoBuffer } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { WaitQueue } from "../sched/wait_queue.ts";
import { Notification } from "./posix_timer.ts";
import { sendSignalFrom } from "./signal_send.ts";

/** SI_MESGQ. */
const FROM_QUEUE = -3;

export class PosixMessage {
  readonly link = new Link<PosixMessage>();
  priority: u32 = 0;
  length: u64 = 0;
  /** Its bytes, rounded up to words; null for an empty one. */
  text: Slice<u64> | null = null;
}

/** Frees a message that is in no queue. */
export function freeMessage(message: PosixMessage): void {
  const text = message.text;
  if (text !== null) destroyArray(text);
  destroy(message);
}

/** Guards the list of names and what is in all queues. */
export const queuesLock = new SpinLock(LockOrder.PosixQueues);

export class PosixQueue implements File {
  readonly link = new Link<PosixQueue>();
  /** What fstat shows, and the name. One reference. */
  dentry!: Dentry;
  /** The name, while there is one, and open files. */
  references: u32 = 0;
  readonly most: u64;
  readonly longest: u64;
  count: u64 = 0;
  private bytes: u64 = 0;
  private readonly messages = new List<PosixMessage>();
  private receivers: u32 = 0;
  readonly receiveQueue = new WaitQueue();
  readonly sendQueue = new WaitQueue();
  private readonly pollQueue = new WaitQueue();
  /** By which open file somebody asked to be told; its address, 0: nobody. */
  private asker: u64 = 0;
  private notification: u32 = 0;
  private signal: u32 = 0;
  private value: u64 = 0;

  /** @param most messages, of which none is longer than `longest` bytes */
  constructor(most: u64, longest: u64) {
    this.most = most;
    this.longest = longest;
  }

  // ---- messages ---------------------------------------------------------------------------------------------------------

  /** Adds a message. @returns false when there is no room */
  put(message: PosixMessage): boolean {
    let tells: u32 = Notification.None;
    let signal: u32 = 0;
    let value: u64 = 0;
    {
      using _ = queuesLock.acquire();
      if (this.count >= this.most) return false;
      this.insert(message);
      // Who waits for a message gets it; only when nobody does is somebody told.
      if (this.asker !== 0 && this.count === 1 && this.receivers === 0) {
        tells = this.notification;
        signal = this.signal;
        value = this.value;
        this.asker = 0;
      }
    }
    if (tells === Notification.Signal) sendSignalFrom(null, signal, FROM_QUEUE, PROCESS_ID, value);
    this.receiveQueue.wakeOne();
    this.pollQueue.wakeAll(PollEvent.Readable | PollEvent.ReadNormal);
    return true;
  }

  /** Behind all of its priority and higher. */
  private insert(message: PosixMessage): void {
    this.count++;
    this.bytes += message.length;
    let before = this.messages.last;
    while (before !== null && before.priority < message.priority) before = this.messages.previous(before);
    if (before === null) this.messages.prepend(message);
    else this.messages.insertAfter(message, before);
  }

  /** Takes the first message; null when there is none. */
  take(): PosixMessage | null {
    let message: PosixMessage | null = null;
    {
      using _ = queuesLock.acquire();
      message = this.messages.takeFirst();
      if (message === null) return null;
      this.count--;
      this.bytes -= message.length;
    }
    this.sendQueue.wakeOne();
    this.pollQueue.wakeAll(PollEvent.Writable | PollEvent.WriteNormal);
    return message;
  }

  /** A thread begins or ends to wait for a message. */
  countReceiver(begins: boolean): void {
    using _ = queuesLock.acquire();
    if (begins) this.receivers++;
    else this.receivers--;
  }

  // ---- notification -----------------------------------------------------------------------------------------------------

  /** Has the process told of the next message that comes to the empty queue. BUSY when it is already. */
  ask(open: OpenFile, notification: u32, signal: u32, value: u64): Errno {
    using _ = queuesLock.acquire();
    if (this.asker !== 0) return Errno.BUSY;
    this.asker = addressOf(open);
    this.notification = notification;
    this.signal = signal;
    this.value = value;
    return Errno.NONE;
  }

  /** Nobody is told any more. @param open who asked; null: whoever it was */
  forget(open: OpenFile | null): void {
    using _ = queuesLock.acquire();
    if (open === null || this.asker === addressOf(open)) this.asker = 0;
  }

  // ---- life -------------------------------------------------------------------------------------------------------------

  /** Takes a reference back; the last one frees the queue. */
  release(): void {
    {
      using _ = queuesLock.acquire();
      this.references--;
      if (this.references !== 0) return;
    }
    for (let message = this.messages.takeFirst(); message !== null; message = this.messages.takeFirst()) freeMessage(message);
    this.dentry.release();
    destroy(this);
  }

  // ---- File -------------------------------------------------------------------------------------------------------------

  /** The state of the queue, as the file system of queues shows it. */
  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    const line = new Line();
    const writer = new Writer(line.storage.slice());
    const asked = this.asker !== 0;
    writer.message(`QSIZE:${this.bytes}`);
    while (writer.written().length < 16) writer.text(" ");
    writer.message(` NOTIFY:${asked ? this.notification : 0}`);
    while (writer.written().length < 29) writer.text(" ");
    writer.message(` SIGNO:${asked && this.notification === Notification.Signal ? this.signal : 0}`);
    while (writer.written().length < 41) writer.text(" ");
    writer.message(` NOTIFY_PID:${asked ? u32(PROCESS_ID) : 0}`);
    while (writer.written().length < 60) writer.text(" ");
    writer.text("\n");
    const text = writer.written();
    if (position >= text.length) return 0;
    return i64(buffer.give(addressOf(text) + position, minimum(buffer.remaining, text.length - position)));
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.INVAL);
  }

  ready(open: OpenFile): u32 {
    let events: u32 = 0;
    if (this.count > 0) events |= PollEvent.Readable | PollEvent.ReadNormal;
    if (this.count < this.most) events |= PollEvent.Writable | PollEvent.WriteNormal;
    return events;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return this.pollQueue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {
    this.forget(open);
    this.release();
  }
}

class Line {
  readonly storage!: FixedArray<u8, 128>;
}

/** The queue behind an open file, or null. */
export function asQueue(open: OpenFile): PosixQueue | null {
  // Safe: only mq_open sets the address, to the PosixQueue that is the open file's file.
  return open.queueAddress === 0 ? null : objectAt<PosixQueue>(open.queueAddress);
}
