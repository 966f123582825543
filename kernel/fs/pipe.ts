// A pipe, with or without a name (pipe(7), fifo(7)): bytes in a ring, from those who write to those who read.
//
//        head                 tail
//   ──────┬────────────────────┬──────────
//   free  │ written, not read  │ free          indices run freely; the ring's slot is the index modulo its size
//   ──────┴────────────────────┴──────────
//
// 0 <= tail - head <= capacity. The ring is allocated at the first write, small, and grows up to the capacity as writes need
// it: most pipes never carry more than a few bytes.
// `lock` (sleeping) is held while application memory is copied, so that a write of up to PIPE_BUFFER bytes is never mixed
// with another. Wake-ups come after it is released, so that the one who wakes does not run into it.

import { Writer } from "prelude/writer.ts";
import { addressOf, objectAt } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { Mutex } from "../sched/mutex.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import { Waiter, WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import { Control, FileSystemMagic, Mode, OpenFlag, PIPE_BUFFER, PollEvent } from "./abi.ts";
import { Dentry, DentryStorage } from "./dentry.ts";
import type { File } from "./file.ts";
import { type Content, FileSystem, Inode } from "./inode.ts";
import { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";
import { PipePackets } from "./pipe_packets.ts";
import { now } from "./time.ts";

/** What Linux gives a pipe, and the most that F_SETPIPE_SZ allows. */
const DEFAULT_CAPACITY = 65536;
const LARGEST_CAPACITY = 1048576;
const FIRST_SIZE = 4096;

const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal;

/** The file system of pipes without a name. */
export const pipeFileSystem = new FileSystem();
/** Its device number. */
const PIPE_DEVICE = 13;

/** Sets up the file system of pipes without a name. Once, at boot. */
export function initializePipes(): void {
  pipeFileSystem.begin("pipefs", FileSystemMagic.Pipe, PIPE_DEVICE);
}

export class Pipe implements Content, File {
  readonly inode = new Inode();
  /** The name of a pipe without a name: `pipe:[7]`. */
  private readonly dentry = new Dentry();
  private readonly nameStorage!: FixedArray<u8, 32>;

  private readonly lock = new Mutex(LockOrder.Pipe);
  private ring: Slice<u8> | null = null;
  private capacity: u64 = DEFAULT_CAPACITY;
  /** Where packets lie, once there was one. */
  private packets: PipePackets | null = null;
  private head: u64 = 0;
  private tail: u64 = 0;
  /** Open files of each side. */
  private readers: u32 = 0;
  private writers: u32 = 0;
  /** How often each side was opened, so that opening a FIFO sees a partner that has come and gone. */
  private readerOpenings: u32 = 0;
  private writerOpenings: u32 = 0;
  /** Woken when there is something to read, or nobody to write. */
  private readonly readQueue = new WaitQueue();
  /** Woken when there is room, or nobody to read. */
  private readonly writeQueue = new WaitQueue();

  /** Makes this the pipe of pipe(2). @returns its dentry, with a reference for each end */
  beginAnonymous(): Dentry {
    const inode = this.inode;
    inode.begin(pipeFileSystem, this, Mode.Fifo | 0o600, now());
    inode.links = 1;
    const writer = new Writer(this.nameStorage.slice());
    writer.message(`pipe:[${inode.number}]`);
    const dentry = this.dentry;
    dentry.storage = DentryStorage.Embedded;
    dentry.inode = inode;
    dentry.name = writer.written();
    dentry.retain();
    return dentry;
  }

  /** Makes an open file one of the ends, by its access mode. @returns what the other side was at this moment */
  attach(open: OpenFile): Partner {
    using _ = this.lock.acquire();
    open.file = this;
    const partner: Partner = open.readable
      ? { isThere: this.writers > 0, openings: this.writerOpenings }
      : { isThere: this.readers > 0, openings: this.readerOpenings };
    if (open.readable) {
      this.readers++;
      this.readerOpenings++;
    }
    if (open.writable) {
      this.writers++;
      this.writerOpenings++;
    }
    return partner;
  }

  // ---- File ---------------------------------------------------------------------------------------------------------

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    if (this.isDry()) return this.readLater(open, buffer);
    const count = this.tryRead(buffer);
    return count === WOULD_BLOCK ? this.readLater(open, buffer) : this.afterRead(count);
  }

  /** Tells writers about what was read. Who reads without having waited has taken nobody's turn: no reader hears of it. @inline */
  private afterRead(count: i64): i64 {
    if (count > 0) this.writeQueue.wakeOne(WRITABLE);
    return count;
  }

  /**
   * Waits for something to read. What WaitQueue.wait does, with the condition in its place: a byte that goes to and fro
   * between two threads spends its time here.
   * @noinline
   */
  private readLater(open: OpenFile, buffer: IoBuffer): i64 {
    if (buffer.remaining === 0) return 0;
    if (open.isNonBlocking() || buffer.noWait) return errorCode(Errno.AGAIN);
    const waiter = new Waiter();
    waiter.exclusive = true;
    for (;;) {
      this.readQueue.add(waiter);
      let reason = WakeReason.Woken;
      if (this.isDry()) reason = sleepCurrent(0, true);
      if (waiter.queue !== null) this.readQueue.remove(waiter);
      const count = this.tryRead(buffer);
      if (count !== WOULD_BLOCK) {
        // What is left is for the next one, also when this one's memory could not take it.
        if (this.head !== this.tail) this.readQueue.wakeOne(READABLE);
        return this.afterRead(count);
      }
      if (reason === WakeReason.Woken) continue;
      // A wake-up that this thread was given and does not use goes to the next.
      if (waiter.woken) this.readQueue.wakeOne(READABLE);
      return errorCode(Errno.RESTARTSYS);
    }
  }

  /** Whether a read would have to wait. Without the lock: true only if it was so at this moment. @inline */
  private isDry(): boolean {
    return this.tail === this.head && this.writers !== 0;
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    const count = this.tryWrite(open, buffer);
    if (count > 0) {
      this.readQueue.wakeOne(READABLE);
      if (buffer.remaining === 0) return count;
    }
    return this.writeLater(open, buffer, count);
  }

  /** Goes on after a first try that did not write everything. @noinline */
  private writeLater(open: OpenFile, buffer: IoBuffer, first: i64): i64 {
    if (buffer.remaining === 0) return 0;
    let count = first;
    let done: i64 = 0;
    for (;;) {
      if (count > 0) {
        done += count;
        if (buffer.remaining === 0) return done;
      } else if (count !== WOULD_BLOCK) {
        // The room that it was woken for is for the next one.
        if (this.room() !== 0) this.writeQueue.wakeOne(WRITABLE);
        return done > 0 ? done : count;
      } else {
        if (open.isNonBlocking() || buffer.noWait) return done > 0 ? done : errorCode(Errno.AGAIN);
        const needed: u64 = buffer.remaining <= PIPE_BUFFER ? buffer.remaining : 1;
        const reason = this.writeQueue.wait(
          () => (this.room() >= needed && this.packetsFit()) || this.readers === 0,
          0,
          true,
          true,
        );
        if (reason !== WakeReason.Woken) return done > 0 ? done : errorCode(Errno.RESTARTSYS);
      }
      count = this.tryWrite(open, buffer);
      if (count > 0) this.readQueue.wakeOne(READABLE);
    }
  }

  ready(open: OpenFile): u32 {
    let events: u32 = 0;
    if (open.readable) {
      if (this.head !== this.tail) events |= READABLE;
      if (this.writers === 0 && this.writerOpenings > 0) events |= PollEvent.HangUp;
    }
    if (open.writable) {
      if (this.room() >= PIPE_BUFFER && this.packetsFit()) events |= WRITABLE;
      if (this.readers === 0) events |= PollEvent.Error;
    }
    return events;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return open.readable ? this.readQueue : this.writeQueue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    if (request !== Control.BytesReadable) return errorCode(Errno.NOTTY);
    return errorCode(writeUser32(argument as UserPointer, u32(this.tail - this.head)));
  }

  close(open: OpenFile): void {
    {
      using _ = this.lock.acquire();
      if (open.readable) this.readers--;
      if (open.writable) this.writers--;
      // A FIFO that nobody has open is empty.
      if (this.readers === 0 && this.writers === 0) this.empty();
    }
    this.readQueue.wakeAll(READABLE | PollEvent.HangUp);
    this.writeQueue.wakeAll(WRITABLE | PollEvent.Error);
  }

  // ---- The ring -----------------------------------------------------------------------------------------------------

  /** @returns bytes read, 0 at the end of the file, WOULD_BLOCK, or -errno. @inline */
  private tryRead(buffer: IoBuffer): i64 {
    using _ = this.lock.acquire();
    const available = this.tail - this.head;
    if (available === 0) return this.writers === 0 ? 0 : WOULD_BLOCK;
    if (this.packets !== null) return this.readPacket(buffer, available);
    const ring = this.ring!;
    const mask = ring.length - 1;
    const wanted = minimum(available, buffer.remaining);
    const slot = this.head & mask;
    const first = minimum(wanted, ring.length - slot);
    // Safe: slot + first does not pass the end of the ring.
    let done = buffer.give(addressOf(ring) + slot, first);
    // The rest lies at the ring's beginning.
    if (done === first && done < wanted) done += buffer.give(addressOf(ring), wanted - done);
    this.head += done;
    return done > 0 || wanted === 0 ? i64(done) : errorCode(Errno.FAULT);
  }

  /** A read of a pipe that has packets, or had: all up to the next packet, or that packet, whose rest is lost. @noinline */
  private readPacket(buffer: IoBuffer, available: u64): i64 {
    const packets = this.packets!;
    let wanted = minimum(available, buffer.remaining);
    if (packets.count > 0) {
      const limit = packets.start() === this.head ? packets.end() : packets.start();
      wanted = minimum(wanted, limit - this.head);
    }
    const done = this.copyOut(buffer, wanted);
    if (done < wanted) return done > 0 ? i64(done) : errorCode(Errno.FAULT);
    if (packets.count > 0 && packets.start() === this.head) {
      this.head = packets.end();
      packets.pass();
    } else {
      this.head += done;
    }
    return i64(done);
  }

  /** Copies from the head without moving it. The lock is held. */
  private copyOut(buffer: IoBuffer, wanted: u64): u64 {
    const ring = this.ring!;
    const slot = this.head & (ring.length - 1);
    const first = minimum(wanted, ring.length - slot);
    // Safe: slot + first does not pass the end of the ring.
    let done = buffer.give(addressOf(ring) + slot, first);
    if (done === first && done < wanted) done += buffer.give(addressOf(ring), wanted - done);
    return done;
  }

  /** Copies what is in the pipe, or its beginning, and leaves it there. @returns bytes copied */
  peek(into: Slice<u8>): u64 {
    using _ = this.lock.acquire();
    const count = minimum(this.tail - this.head, into.length);
    if (count === 0) return 0;
    return this.copyOut(new IoBuffer(addressOf(into), count, null, true), count);
  }

  /** Waits until there is something to read, or nobody to write it. AGAIN, RESTARTSYS as a read. */
  waitForData(open: OpenFile, noWait: boolean): Errno {
    if (!this.isDry()) return Errno.NONE;
    if (noWait || open.isNonBlocking()) return Errno.AGAIN;
    return this.readQueue.wait(() => !this.isDry()) === WakeReason.Woken ? Errno.NONE : Errno.RESTARTSYS;
  }

  /** Waits until something can be written. PIPE: nobody reads; AGAIN, RESTARTSYS as a write. */
  waitForRoom(open: OpenFile, noWait: boolean): Errno {
    for (;;) {
      if (this.readers === 0) return Errno.PIPE;
      if (this.room() > 0) return Errno.NONE;
      if (noWait || open.isNonBlocking()) return Errno.AGAIN;
      const reason = this.writeQueue.wait(() => this.room() > 0 || this.readers === 0);
      if (reason !== WakeReason.Woken) return Errno.RESTARTSYS;
    }
  }

  /** Forgets what nobody can read any more. The lock is held. */
  private empty(): void {
    this.head = this.tail;
    const packets = this.packets;
    if (packets !== null) destroy(packets);
    this.packets = null;
  }

  /** Whether one more packet has a place: each takes a page of the capacity. */
  private packetsFit(): boolean {
    const packets = this.packets;
    return packets === null || u64(packets.count) * PIPE_BUFFER < this.capacity;
  }

  /**
   * Writes one packet, which is at most a page.
   * @returns bytes written, WOULD_BLOCK, or -errno
   * @noinline
   */
  private tryPacket(buffer: IoBuffer): i64 {
    using _ = this.lock.acquire();
    if (this.readers === 0) return errorCode(Errno.PIPE);
    const length = minimum(buffer.remaining, PIPE_BUFFER);
    if (length === 0) return 0;
    if (this.room() < length || !this.packetsFit()) return WOULD_BLOCK;
    const packets = this.packets ?? create(PipePackets);
    if (packets === null) return errorCode(Errno.NOMEM);
    this.packets = packets;
    const result = this.append(buffer, length);
    // The ring may have been made anew, and counted from 0.
    if (result > 0) packets.add(this.tail - u64(result), this.tail);
    return result;
  }

  /** @returns bytes written, WOULD_BLOCK, or -errno */
  private tryWrite(open: OpenFile, buffer: IoBuffer): i64 {
    if ((open.flags & OpenFlag.Direct) !== 0) return this.tryPacket(buffer);
    using _ = this.lock.acquire();
    if (this.readers === 0) return errorCode(Errno.PIPE);
    const room = this.capacity - (this.tail - this.head);
    if (room === 0 || (buffer.remaining <= PIPE_BUFFER && room < buffer.remaining)) return WOULD_BLOCK;
    return this.append(buffer, minimum(room, buffer.remaining));
  }

  /** Writes bytes for which there is room. The lock is held. @returns bytes written or -errno. @inline */
  private append(buffer: IoBuffer, wanted: u64): i64 {
    let ring = this.ring;
    if (ring === null || this.tail - this.head + wanted > ring.length) {
      if (!this.grow(this.tail - this.head + wanted)) return errorCode(Errno.NOMEM);
      ring = this.ring!;
    }
    const mask = ring.length - 1;
    const slot = this.tail & mask;
    const first = minimum(wanted, ring.length - slot);
    // Safe: slot + first does not pass the end of the ring.
    let done = buffer.take(addressOf(ring) + slot, first);
    if (done === first && done < wanted) done += buffer.take(addressOf(ring), wanted - done);
    this.tail += done;
    return done > 0 ? i64(done) : errorCode(Errno.FAULT);
  }

  /** Makes the ring hold at least `needed` bytes. The lock is held. @noinline */
  private grow(needed: u64): boolean {
    let size: u64 = FIRST_SIZE;
    while (size < needed) size = size * 2;
    const fresh = createArray<u8>(size);
    if (fresh === null) return false;
    const old = this.ring;
    if (old !== null) {
      const used = this.tail - this.head;
      const slot = this.head & (old.length - 1);
      const first = minimum(used, old.length - slot);
      fresh.slice(0, first).copyFrom(old.slice(slot, slot + first));
      fresh.slice(first, used).copyFrom(old.slice(0, used - first));
      const packets = this.packets;
      if (packets !== null) packets.shift(this.head);
      this.head = 0;
      this.tail = used;
      destroyArray(old);
    }
    this.ring = fresh;
    return true;
  }

  /** Bytes that can be written now. A hint without the lock. */
  room(): u64 {
    return this.capacity - (this.tail - this.head);
  }

  /** The pipe's capacity in bytes (F_GETPIPE_SZ). */
  size(): u64 {
    return this.capacity;
  }

  /** Changes the capacity (F_SETPIPE_SZ). @returns the new capacity, or -errno */
  setSize(bytesWanted: u64): i64 {
    if (bytesWanted > LARGEST_CAPACITY) return errorCode(bytesWanted > 0x8000_0000 ? Errno.INVAL : Errno.PERM);
    let size: u64 = PIPE_BUFFER;
    while (size < bytesWanted) size = size * 2;
    {
      using _ = this.lock.acquire();
      if (this.tail - this.head > size) return errorCode(Errno.BUSY);
      const packets = this.packets;
      if (packets !== null && u64(packets.count) * PIPE_BUFFER > size) return errorCode(Errno.BUSY);
      this.capacity = size;
    }
    this.writeQueue.wakeAll(WRITABLE);
    return i64(size);
  }

  // ---- Content ------------------------------------------------------------------------------------------------------

  /** Opens a FIFO: each side waits for the other one, unless it must not block (fifo(7)). */
  open(inode: Inode, open: OpenFile): Errno {
    const nonBlocking = (open.flags & OpenFlag.NonBlocking) !== 0;
    if (nonBlocking && open.writable && !open.readable && this.readers === 0) return Errno.NXIO;
    const partner = this.attach(open);
    if (open.readable) this.writeQueue.wakeAll(WRITABLE);
    if (open.writable) this.readQueue.wakeAll(READABLE);
    if (nonBlocking || partner.isThere || (open.readable && open.writable)) return Errno.NONE;
    // A partner that comes and goes at once is seen by the count of openings.
    let reason = WakeReason.Woken;
    if (open.readable) reason = this.readQueue.wait(() => this.writerOpenings !== partner.openings);
    else reason = this.writeQueue.wait(() => this.readerOpenings !== partner.openings);
    if (reason === WakeReason.Woken) return Errno.NONE;
    this.close(open);
    return Errno.RESTARTSYS;
  }

  dispose(inode: Inode): void {
    const ring = this.ring;
    if (ring !== null) destroyArray(ring);
    const packets = this.packets;
    if (packets !== null) destroy(packets);
    destroy(this);
  }
}

/** The transfer would have to wait. No errno: a system call never gives it. */
const WOULD_BLOCK: i64 = -4096;

/** The other side of a pipe as an open finds it: whether it is open, and how often it ever was. */
export type Partner = { readonly isThere: boolean; readonly openings: u32 };

/** The pipe behind an open file, or null. */
export function pipeOf(open: OpenFile): Pipe | null {
  const inode = open.dentry.inode;
  if ((inode.mode & Mode.TypeMask) !== Mode.Fifo || inode.isConsole) return null;
  // Safe: every FIFO's inode that is not the console's is the first field of a Pipe.
  return objectAt<Pipe>(addressOf(inode) - offsetOf<Pipe>("inode"));
}
