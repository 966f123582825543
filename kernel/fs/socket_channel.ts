// One direction of a connected pair of sockets (unix(7)): bytes, or messages that stay whole, in a ring from the one end to the other.
//
//   stream    │ bytes │ bytes │                 boundaries of writes are forgotten
//   messages  │ length │ bytes │ length │ bytes │   a message is read whole; what does not fit into the reader's buffer is lost
//
// 0 <= tail - head <= LIMIT. The ring is allocated at the first write, small, and grows by doubling: most pairs only wake somebody up.
// Who waits, and for what, is the sockets' affair (socket_pair.ts).

import { addressOf } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { Mutex } from "../sched/mutex.ts";
import type { IoBuffer } from "./io_buffer.ts";

/** Bytes that may be under way; what Linux has by default (net.core.wmem_default). */
const LIMIT = 212992;
const FIRST_SIZE = 4096;
/** In front of each message: its length. */
const HEADER_SIZE = 8;

/** The transfer would have to wait. No errno: a system call never gives it. */
export const WOULD_BLOCK: i64 = -4096;

/** What became of a message that was read. */
export class Received {
  /** Bytes copied. */
  count: i64 = 0;
  /** Bytes that the message had. */
  length: u64 = 0;
}

export class SocketChannel {
  private readonly lock = new Mutex(LockOrder.SocketChannel);
  private ring: Slice<u8> | null = null;
  private head: u64 = 0;
  private tail: u64 = 0;
  keepsMessages = false;
  /** Nothing more comes: the writer has shut down or is gone. */
  writerDone = false;
  /** Nothing more is taken. */
  readerDone = false;
  /** The reader went away with bytes unread: the writer, who reads the other channel, hears of it there, once. */
  wasReset = false;

  /** Bytes under way, headers included. A hint without the lock. @inline */
  used(): u64 {
    return this.tail - this.head;
  }

  /** Bytes that a read could have now: of a stream all, of messages the first. */
  readable(): u64 {
    using _ = this.lock.acquire();
    if (!this.keepsMessages || this.head === this.tail) return this.used();
    return this.firstLength();
  }

  /** Bytes that would fit now. A hint without the lock. */
  room(): u64 {
    const used = this.used() + (this.keepsMessages ? u64(HEADER_SIZE) : 0);
    return used >= LIMIT ? 0 : LIMIT - used;
  }

  /**
   * Reads what is there.
   * @param keep leaves it there (MSG_PEEK)
   * @param received `count` is bytes, 0 at the end, WOULD_BLOCK or -errno
   */
  read(buffer: IoBuffer, keep: boolean, received: Received): void {
    using _ = this.lock.acquire();
    if (this.head === this.tail) {
      received.count = this.writerDone ? 0 : WOULD_BLOCK;
      return;
    }
    const start = this.head + (this.keepsMessages ? u64(HEADER_SIZE) : 0);
    const length = this.keepsMessages ? this.firstLength() : this.used();
    const wanted = minimum(length, buffer.remaining);
    const done = this.giveAt(buffer, start, wanted);
    received.length = length;
    received.count = done < wanted && (done === 0 || this.keepsMessages) ? errorCode(Errno.FAULT) : i64(done);
    if (keep || received.count < 0) return;
    this.head = this.keepsMessages ? start + length : this.head + done;
  }

  /** Writes as much as there is room for; a message whole or not at all. @returns bytes, WOULD_BLOCK or -errno */
  write(buffer: IoBuffer): i64 {
    using _ = this.lock.acquire();
    const length = buffer.remaining;
    if (this.readerDone || this.writerDone) return errorCode(Errno.PIPE);
    if (this.keepsMessages) {
      if (length > LIMIT - HEADER_SIZE) return errorCode(Errno.MSGSIZE);
      if (length > this.room()) return WOULD_BLOCK;
      if (!this.ensure(this.used() + length + HEADER_SIZE)) return errorCode(Errno.NOBUFS);
      if (this.takeAt(buffer, this.tail + HEADER_SIZE, length) < length) return errorCode(Errno.FAULT);
      this.putLength(length);
      this.tail += HEADER_SIZE + length;
      return i64(length);
    }
    const wanted = minimum(length, this.room());
    if (wanted === 0) return length === 0 ? 0 : WOULD_BLOCK;
    if (!this.ensure(this.used() + wanted)) return errorCode(Errno.NOBUFS);
    const done = this.takeAt(buffer, this.tail, wanted);
    this.tail += done;
    return done === 0 ? errorCode(Errno.FAULT) : i64(done);
  }

  /** Frees the ring. Nobody uses the channel any more. */
  free(): void {
    const ring = this.ring;
    if (ring !== null) destroyArray(ring);
    this.ring = null;
  }

  // The ring. The lock is held; indices run freely, and the ring's slot is the index modulo its size, a power of two.

  private giveAt(buffer: IoBuffer, index: u64, length: u64): u64 {
    if (length === 0) return 0;
    const ring = this.ring!;
    const slot = index & (ring.length - 1);
    const first = minimum(length, ring.length - slot);
    // Safe: slot + first does not pass the end of the ring.
    const done = buffer.give(addressOf(ring) + slot, first);
    if (done < first || done === length) return done;
    return done + buffer.give(addressOf(ring), length - done);
  }

  private takeAt(buffer: IoBuffer, index: u64, length: u64): u64 {
    if (length === 0) return 0;
    const ring = this.ring!;
    const slot = index & (ring.length - 1);
    const first = minimum(length, ring.length - slot);
    // Safe: slot + first does not pass the end of the ring.
    const done = buffer.take(addressOf(ring) + slot, first);
    if (done < first || done === length) return done;
    return done + buffer.take(addressOf(ring), length - done);
  }

  private firstLength(): u64 {
    const ring = this.ring!;
    let length: u64 = 0;
    for (let i: u64 = 0; i < HEADER_SIZE; i++) length |= u64(ring[(this.head + i) & (ring.length - 1)]) << (i * 8);
    return length;
  }

  private putLength(length: u64): void {
    const ring = this.ring!;
    for (let i: u64 = 0; i < HEADER_SIZE; i++) ring[(this.tail + i) & (ring.length - 1)] = u8(length >> (i * 8));
  }

  /** Makes the ring hold at least `needed` bytes. */
  private ensure(needed: u64): boolean {
    const old = this.ring;
    if (old !== null && old.length >= needed) return true;
    let size: u64 = FIRST_SIZE;
    while (size < needed) size = size * 2;
    const fresh = createArray<u8>(size);
    if (fresh === null) return false;
    if (old !== null) {
      for (let i = this.head; i < this.tail; i++) fresh[i & (size - 1)] = old[i & (old.length - 1)];
      destroyArray(old);
    }
    this.ring = fresh;
    return true;
  }
}
