// What a Unix socket has received (unix(7)): bytes, or messages that stay whole, in a ring; and beside it what goes with them.
//
//   stream    │ bytes │ bytes │                 boundaries of writes are forgotten
//   messages  │ length │ bytes │ length │ bytes │   a message is read whole; what does not fit into the reader's buffer is lost
//   marks        ▲ rights, credentials, sender    at the place where their message begins, in order
//
// 0 <= tail - head; each sender's limit bounds what it adds. The ring is allocated at the first write, small, and grows by doubling:
// most pairs only wake somebody up. A message without anything beside it has no mark.
// Who waits, and for what, is the sockets' affair (unix_socket.ts).

import { Link, List } from "prelude/list.ts";
import { addressOf } from "unsafe";
import type { IoBuffer } from "../fs/io_buffer.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { Mutex } from "../sched/mutex.ts";
import { Credentials, MessageFlag, type Rights, releaseRights, type Transfer } from "./transfer.ts";
import type { UnixName } from "./unix_names.ts";
import { copyRights, RightsInFlight } from "./unix_rights.ts";

const FIRST_SIZE = 4096;
/** In front of each message: its length. */
const HEADER_SIZE = 8;

/** The transfer would have to wait. No errno: a system call never gives it. */
export const WOULD_BLOCK: i64 = -4096;

/** What goes with a message. */
class Mark {
  readonly link = new Link<Mark>();
  /** Where its bytes (or its header) begin, and end. */
  start: u64 = 0;
  end: u64 = 0;
  rights: Rights | null = null;
  hasCredentials = false;
  readonly credentials = new Credentials();
  /** A reference. */
  sender: UnixName | null = null;
}

/** What a sender adds to its bytes. Rights and the reference to the name are taken over by a write that succeeds. */
export class Companions {
  rights: Rights | null = null;
  hasCredentials = false;
  readonly credentials = new Credentials();
  sender: UnixName | null = null;

  isEmpty(): boolean {
    return this.rights === null && !this.hasCredentials && this.sender === null;
  }
}

export class UnixChannel {
  private readonly lock = new Mutex(LockOrder.UnixChannel);
  private ring: Slice<u8> | null = null;
  private head: u64 = 0;
  private tail: u64 = 0;
  private readonly marks = new List<Mark>();
  /** Messages in the ring. */
  messages: u32 = 0;
  keepsMessages = false;
  /** The socket is gone: nothing is taken any more. */
  private closed = false;

  /** Bytes under way, headers included. A hint without the lock. @inline */
  used(): u64 {
    return this.tail - this.head;
  }

  isEmpty(): boolean {
    return this.tail === this.head;
  }

  /** Bytes that a read could have now: of a stream all, of messages the first. */
  readable(): u64 {
    using _ = this.lock.acquire();
    if (!this.keepsMessages || this.head === this.tail) return this.used();
    return this.firstLength();
  }

  /** Bytes that a sender with this limit could add now. A hint without the lock. */
  room(limit: u64): u64 {
    const used = this.used() + (this.keepsMessages ? u64(HEADER_SIZE) : 0);
    return used >= limit ? 0 : limit - used;
  }

  /**
   * Reads what is there. Rights and credentials go to the transfer's, or are closed when nobody asks.
   * @param asksCredentials the receiver wants to know who sent
   * @returns bytes, or WOULD_BLOCK when there is nothing, or -errno. Of a message, `transfer.length` says how long it was
   */
  read(transfer: Transfer, asksCredentials: boolean): i64 {
    using _ = this.lock.acquire();
    if (this.head === this.tail) return WOULD_BLOCK;
    const buffer = transfer.buffer;
    const keep = transfer.has(MessageFlag.Peek);
    const start = this.head + (this.keepsMessages ? u64(HEADER_SIZE) : 0);
    const length = this.keepsMessages ? this.firstLength() : this.streamLength();
    const wanted = minimum(length, buffer.remaining);
    const done = this.giveAt(buffer, start, wanted);
    transfer.length = length;
    if (done < wanted && (done === 0 || this.keepsMessages)) return errorCode(Errno.FAULT);
    const end = this.keepsMessages ? start + length : this.head + done;
    this.deliver(transfer, end, keep, asksCredentials);
    if (keep) return i64(done);
    this.head = end;
    if (this.keepsMessages) this.messages--;
    this.dropMarks();
    return i64(done);
  }

  /**
   * Writes as much as there is room for; a message whole or not at all.
   * @param limit bytes that the sender may have under way @returns bytes, WOULD_BLOCK or -errno
   */
  write(transfer: Transfer, limit: u64, companions: Companions): i64 {
    using _ = this.lock.acquire();
    const buffer = transfer.buffer;
    const length = buffer.remaining;
    if (this.closed) return errorCode(Errno.PIPE);
    let mark: Mark | null = null;
    if (!companions.isEmpty() && (length > 0 || this.keepsMessages)) {
      mark = create(Mark);
      if (mark === null) return errorCode(Errno.NOBUFS);
    }
    const result = this.keepsMessages ? this.putMessage(transfer, limit) : this.putBytes(transfer, limit);
    if (mark === null) return result;
    if (result < 0 || (result === 0 && !this.keepsMessages)) {
      destroy(mark);
      return result;
    }
    mark.end = this.tail;
    mark.start = this.tail - u64(result) - (this.keepsMessages ? u64(HEADER_SIZE) : 0);
    mark.rights = companions.rights;
    mark.hasCredentials = companions.hasCredentials;
    mark.credentials.copyFrom(companions.credentials);
    mark.sender = companions.sender;
    companions.rights = null;
    companions.sender = null;
    companions.hasCredentials = false;
    this.marks.append(mark);
    return result;
  }

  private putMessage(transfer: Transfer, limit: u64): i64 {
    const buffer = transfer.buffer;
    const length = buffer.remaining;
    if (length + HEADER_SIZE > limit) return errorCode(Errno.MSGSIZE);
    if (length > this.room(limit)) return WOULD_BLOCK;
    if (!this.ensure(this.used() + length + HEADER_SIZE)) return errorCode(Errno.NOBUFS);
    if (this.takeAt(buffer, this.tail + HEADER_SIZE, length) < length) return errorCode(Errno.FAULT);
    this.putLength(length);
    this.tail += HEADER_SIZE + length;
    this.messages++;
    return i64(length);
  }

  private putBytes(transfer: Transfer, limit: u64): i64 {
    const buffer = transfer.buffer;
    const wanted = minimum(buffer.remaining, this.room(limit));
    if (wanted === 0) return buffer.remaining === 0 ? 0 : WOULD_BLOCK;
    if (!this.ensure(this.used() + wanted)) return errorCode(Errno.NOBUFS);
    const done = this.takeAt(buffer, this.tail, wanted);
    this.tail += done;
    return done === 0 ? errorCode(Errno.FAULT) : i64(done);
  }

  /** Drops all that is there, and takes nothing more. May sleep. @returns whether anything was there */
  close(): boolean {
    this.lock.acquire();
    const had = this.head !== this.tail;
    this.closed = true;
    this.head = this.tail;
    this.messages = 0;
    const ring = this.ring;
    this.ring = null;
    // Files are closed without the lock: closing one may lead back here.
    let rights: Rights | null = null;
    for (;;) {
      const mark = this.marks.first;
      if (mark === null) break;
      this.marks.remove(mark);
      rights = mark.rights;
      mark.rights = null;
      this.lock.release();
      if (rights !== null) {
        RightsInFlight.subtract(rights.count);
        releaseRights(rights);
      }
      this.freeMark(mark);
      this.lock.acquire();
    }
    this.lock.release();
    if (ring !== null) destroyArray(ring);
    return had;
  }

  // ---- what goes with the bytes. The lock is held. ------------------------------------------------------------------

  /** Bytes of a stream that one read may have: rights end it behind the message that they came with. */
  private streamLength(): u64 {
    let mark = this.marks.first;
    while (mark !== null && mark.rights === null) mark = this.marks.next(mark);
    return mark === null ? this.used() : mark.end - this.head;
  }

  /** Hands over what goes with the bytes before `end`. */
  private deliver(transfer: Transfer, end: u64, keep: boolean, asksCredentials: boolean): void {
    const ancillary = transfer.ancillary;
    const first = this.marks.first;
    const isCovered = first !== null && first.start < end;
    const address = transfer.address;
    if (this.keepsMessages && address !== null) {
      const sender = isCovered ? first!.sender : null;
      if (sender === null) address.length = 0;
      else sender.copyTo(address);
    }
    if (asksCredentials && ancillary !== null) {
      ancillary.hasCredentials = true;
      if (isCovered && first!.hasCredentials) ancillary.credentials.copyFrom(first!.credentials);
      else setUnknown(ancillary.credentials);
    }
    let mark = first;
    while (mark !== null && mark.start < end) {
      const rights = mark.rights;
      if (rights !== null) {
        if (ancillary !== null && ancillary.rights === null) ancillary.rights = keep ? copyRights(rights) : rights;
        if (keep) return;
        RightsInFlight.subtract(rights.count);
        // Nobody asks: they are closed by the receiver, outside the lock.
        if (ancillary === null) transfer.unwanted = rights;
        mark.rights = null;
        return;
      }
      mark = this.marks.next(mark);
    }
  }

  /** Forgets marks whose bytes are gone. */
  private dropMarks(): void {
    for (;;) {
      const mark = this.marks.first;
      if (mark === null || mark.end > this.head) return;
      this.marks.remove(mark);
      this.freeMark(mark);
    }
  }

  private freeMark(mark: Mark): void {
    const sender = mark.sender;
    if (sender !== null) sender.release();
    destroy(mark);
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

/** What Linux says of a sender that nobody knows. */
function setUnknown(credentials: Credentials): void {
  credentials.process = 0;
  credentials.user = 65534;
  credentials.group = 65534;
}
