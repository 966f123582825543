// One opening of a file whose text the kernel makes at the moment it is read.
//
// The text is made when it is read from its beginning, so that a later read of the rest belongs to the same text. It is made
// into a buffer, and again into a longer one, until it fits.

import { Writer } from "prelude/writer.ts";
import { addressOf } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { Mutex } from "../sched/mutex.ts";
import type { WaitQueue } from "../sched/wait_queue.ts";
import { PollEvent } from "./abi.ts";
import type { File } from "./file.ts";
import type { Inode } from "./inode.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";

/** Writes the text of a file. `subject` is the number that the file is about: a thread's, a descriptor's. */
export type TextMaker = Static<(writer: Writer, subject: u32) => void>;
/** Takes what the application writes to a file. */
export type TextTaker = Static<(text: Slice<u8>, subject: u32) => Errno>;

const FIRST_TEXT_SIZE = 1024;
const LARGEST_TEXT_SIZE = 16 * 1024 * 1024;
/** The most that one write to such a file may have. */
const WRITE_MAX = 256;

/** One opening of a file with made text. */
export class TextFile implements File {
  private readonly maker: TextMaker | null;
  private readonly taker: TextTaker | null;
  private readonly subject: u32;
  private readonly fixed: Slice<u8> | null;
  /** Held while the text is made or read: pread calls may come side by side. */
  private readonly lock = new Mutex(LockOrder.TextFile);
  private storage: Slice<u8> | null = null;
  private length: usize = 0;
  /** The text that was made stays, since its size was told. */
  private stays = false;

  /** @param fixed the text, when it has no maker; it stays where it is */
  constructor(maker: TextMaker | null, taker: TextTaker | null, subject: u32, fixed: Slice<u8> | null) {
    this.maker = maker;
    this.taker = taker;
    this.subject = subject;
    this.fixed = fixed;
  }

  /** Makes the text, and gives the file its size. Nobody else has this opening yet; it may sleep. */
  measure(inode: Inode): Errno {
    if (!this.make()) return Errno.NOMEM;
    this.stays = true;
    inode.size = this.length;
    return Errno.NONE;
  }

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    if (buffer.remaining === 0) return 0;
    const fixed = this.fixed;
    if (fixed !== null) return this.give(fixed, fixed.length, buffer, position);
    using _ = this.lock.acquire();
    if (this.storage === null || (position === 0 && !this.stays)) {
      if (!this.make()) return errorCode(Errno.NOMEM);
    }
    return this.give(this.storage!, this.length, buffer, position);
  }

  private give(text: Slice<u8>, length: usize, buffer: IoBuffer, position: u64): i64 {
    if (position >= length) return 0;
    const count = minimum(buffer.remaining, length - position);
    const copied = buffer.give(addressOf(text) + position, count);
    return copied === 0 ? errorCode(Errno.FAULT) : i64(copied);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    const taker = this.taker;
    if (taker === null) return errorCode(Errno.INVAL);
    const count = buffer.remaining;
    if (count > WRITE_MAX) return errorCode(Errno.INVAL);
    const text = new WriteText();
    if (buffer.take(addressOf(text.bytes), count) !== count) return errorCode(Errno.FAULT);
    const error = taker(text.bytes.slice(0, count), this.subject);
    return error === Errno.NONE ? i64(count) : errorCode(error);
  }

  ready(open: OpenFile): u32 {
    return PollEvent.Readable | PollEvent.Writable | PollEvent.ReadNormal | PollEvent.WriteNormal;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return null;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {
    const storage = this.storage;
    if (storage !== null) destroyArray(storage);
    destroy(this);
  }

  /** Makes the text, in a buffer that holds it. */
  private make(): boolean {
    const maker = this.maker;
    let size: usize = FIRST_TEXT_SIZE;
    const old = this.storage;
    if (old !== null) {
      size = old.length;
      destroyArray(old);
      this.storage = null;
    }
    while (size <= LARGEST_TEXT_SIZE) {
      const storage = createArray<u8>(size);
      if (storage === null) return false;
      const writer = new Writer(storage);
      if (maker !== null) maker(writer, this.subject);
      if (!writer.overflowed) {
        this.storage = storage;
        this.length = writer.length;
        return true;
      }
      destroyArray(storage);
      size = size * 4;
    }
    return false;
  }
}

class WriteText {
  readonly bytes!: FixedArray<u8, 256>;
}
