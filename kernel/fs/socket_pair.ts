// Two connected sockets without names (socketpair(2), unix(7)): what one end sends the other receives. Event loops wake themselves with
// such a pair, and the JVM closes channels with one.
//
//   end 0 ── channel 0 ──▶ end 1          each end writes into the channel of its own index
//         ◀── channel 1 ──                and reads from the other
//
// Both ends lie in one object, which goes with the later of them. Each has one queue for all who wait at it: readers, writers, pollers.
// Wake-ups come after a channel's lock is released.

import { Writer } from "prelude/writer.ts";
import { addressOf, objectAt } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import type { PageSource } from "../mm/page_source.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import { Control, FileSystemMagic, Mode, PollEvent } from "./abi.ts";
import { Dentry, DentryStorage } from "./dentry.ts";
import type { File } from "./file.ts";
import { type Content, FileSystem, Inode, type LinkTarget } from "./inode.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";
import { Received, SocketChannel, WOULD_BLOCK } from "./socket_channel.ts";
import { now } from "./time.ts";

/** What a socket is (linux/net.h). */
export const enum SocketType {
  Stream = 1,
  Datagram = 2,
  Packets = 5,
}

/** What of a transfer is asked for besides (linux/socket.h). */
export const enum MessageFlag {
  Peek = 0x2,
  Truncated = 0x20,
  DontWait = 0x40,
  WaitAll = 0x100,
}

const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal | PollEvent.WriteBand;
const ALL_EVENTS = 0xffff;
/** Linux says "writable" while a quarter is used. */
const WRITABLE_BELOW = 53248;

const socketFileSystem = new FileSystem();
const SOCKET_DEVICE = 8;

/** Sets up the file system of sockets without a name. Once, at boot. */
export function initializeSockets(): void {
  socketFileSystem.begin("sockfs", FileSystemMagic.Socket, SOCKET_DEVICE);
}

export class Socket implements Content, File {
  readonly inode = new Inode();
  private readonly dentry = new Dentry();
  private readonly nameStorage!: FixedArray<u8, 32>;
  private readonly queue = new WaitQueue();
  pair!: SocketPair;
  index: usize = 0;
  type: SocketType = SocketType.Stream;
  private closed = false;

  /** Makes this one end of a pair. @returns its dentry, with a reference for the caller */
  begin(pair: SocketPair, index: usize, type: SocketType): Dentry {
    this.pair = pair;
    this.index = index;
    this.type = type;
    const inode = this.inode;
    inode.begin(socketFileSystem, this, Mode.Socket | 0o777, now());
    inode.links = 1;
    const writer = new Writer(this.nameStorage.slice());
    writer.message(`socket:[${inode.number}]`);
    const dentry = this.dentry;
    dentry.storage = DentryStorage.Embedded;
    dentry.inode = inode;
    dentry.name = writer.written();
    return dentry;
  }

  private incoming(): SocketChannel {
    return this.pair.channels[1 - this.index];
  }

  private outgoing(): SocketChannel {
    return this.pair.channels[this.index];
  }

  private peer(): Socket {
    return this.pair.ends[1 - this.index];
  }

  // ---- transfers ----------------------------------------------------------------------------------------------------

  /** Receives: bytes, 0 at the end, or -errno. Of a message, `received` says how long it was. */
  receive(open: OpenFile, buffer: IoBuffer, flags: u32, received: Received): i64 {
    if (buffer.remaining === 0 && this.type === SocketType.Stream) return 0;
    const channel = this.incoming();
    const peek = (flags & MessageFlag.Peek) !== 0;
    const whole = (flags & MessageFlag.WaitAll) !== 0 && !peek && this.type === SocketType.Stream;
    let done: i64 = 0;
    for (;;) {
      channel.read(buffer, peek, received);
      const count = received.count;
      if (count > 0) {
        if (!peek) this.peer().queue.wakeAll(WRITABLE);
        done += count;
        if (!whole || buffer.remaining === 0) return done;
        continue;
      }
      if (count === 0 && this.takeReset()) return done > 0 ? done : errorCode(Errno.CONNRESET);
      if (count !== WOULD_BLOCK) return done > 0 ? done : count;
      if (open.isNonBlocking() || (flags & MessageFlag.DontWait) !== 0) return done > 0 ? done : errorCode(Errno.AGAIN);
      const reason = this.queue.wait(() => channel.used() > 0 || channel.writerDone);
      if (reason !== WakeReason.Woken) return done > 0 ? done : errorCode(Errno.RESTARTSYS);
    }
  }

  /** Sends: bytes, or -errno. */
  send(open: OpenFile, buffer: IoBuffer, flags: u32): i64 {
    const channel = this.outgoing();
    let done: i64 = 0;
    for (;;) {
      if (this.peer().closed && this.type === SocketType.Datagram) return errorCode(Errno.CONNREFUSED);
      const count = channel.write(buffer);
      if (count >= 0) {
        this.peer().queue.wakeAll(READABLE);
        done += count;
        if (buffer.remaining === 0) return done;
        continue;
      }
      if (count !== WOULD_BLOCK) return done > 0 ? done : count;
      if (open.isNonBlocking() || (flags & MessageFlag.DontWait) !== 0) return done > 0 ? done : errorCode(Errno.AGAIN);
      const needed: u64 = this.type === SocketType.Stream ? 1 : buffer.remaining;
      const reason = this.queue.wait(() => channel.room() >= needed || channel.readerDone || channel.writerDone);
      if (reason !== WakeReason.Woken) return done > 0 ? done : errorCode(Errno.RESTARTSYS);
    }
  }

  /** Ends one direction or both. */
  shutDown(reading: boolean, writing: boolean): void {
    if (reading) {
      this.incoming().readerDone = true;
      this.incoming().writerDone = true;
    }
    if (writing) {
      this.outgoing().writerDone = true;
      this.outgoing().readerDone = true;
    }
    this.queue.wakeAll(ALL_EVENTS);
    this.peer().queue.wakeAll(ALL_EVENTS);
  }

  private takeReset(): boolean {
    const channel = this.outgoing();
    const was = channel.wasReset;
    channel.wasReset = false;
    return was;
  }

  // ---- File ---------------------------------------------------------------------------------------------------------

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    const received = new Received();
    return this.receive(open, buffer, buffer.noWait ? MessageFlag.DontWait : 0, received);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return this.send(open, buffer, buffer.noWait ? MessageFlag.DontWait : 0);
  }

  ready(open: OpenFile): u32 {
    const incoming = this.incoming();
    const outgoing = this.outgoing();
    let events: u32 = 0;
    if (incoming.used() > 0 || incoming.writerDone) events |= READABLE;
    if (incoming.writerDone) events |= PollEvent.ReadHangUp;
    if (outgoing.used() < WRITABLE_BELOW) events |= WRITABLE;
    if (incoming.writerDone && (outgoing.readerDone || outgoing.writerDone)) events |= PollEvent.HangUp;
    if (outgoing.wasReset) events |= PollEvent.Error;
    return events;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return this.queue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    if (request === Control.BytesReadable) {
      return errorCode(writeUser32(argument as UserPointer, u32(this.incoming().readable())));
    }
    if (request === Control.OutputQueue) return errorCode(writeUser32(argument as UserPointer, u32(this.outgoing().used())));
    return errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {
    const incoming = this.incoming();
    this.closed = true;
    // Who has datagrams to receive may still hope for others to send some: there is no end of them.
    if (this.type === SocketType.Datagram) {
      incoming.readerDone = true;
      this.peer().queue.wakeAll(ALL_EVENTS);
      return;
    }
    if (incoming.used() > 0) incoming.wasReset = true;
    this.shutDown(true, true);
  }

  // ---- Content ------------------------------------------------------------------------------------------------------

  /** A socket cannot be opened by a name, not even by that in /proc/self/fd. */
  open(inode: Inode, open: OpenFile): Errno {
    return Errno.NXIO;
  }

  follow(inode: Inode, target: LinkTarget): Errno {
    return Errno.INVAL;
  }

  lookup(directory: Dentry, name: Slice<u8>): Dentry | null {
    return null;
  }

  populate(directory: Dentry): Errno {
    return Errno.NOTDIR;
  }

  isVolatile(): boolean {
    return false;
  }

  resize(inode: Inode, length: u64): Errno {
    return Errno.INVAL;
  }

  allocate(inode: Inode, mode: u32, offset: u64, length: u64): Errno {
    return Errno.SPIPE;
  }

  seekData(inode: Inode, offset: u64, hole: boolean): u64 {
    return offset;
  }

  pageSource(inode: Inode): PageSource | null {
    return null;
  }

  blocks(inode: Inode): u64 {
    return 0;
  }

  dispose(inode: Inode): void {
    const pair = this.pair;
    if (pair.left.subtract(1) !== 1) return;
    pair.channels[0].free();
    pair.channels[1].free();
    destroy(pair);
  }
}

export class SocketPair {
  readonly ends!: FixedArray<Socket, 2>;
  readonly channels!: FixedArray<SocketChannel, 2>;
  /** Ends that still exist. */
  readonly left = new Atomic<u32>(2);

  /** Connects the two. @returns their dentries, with a reference each for the caller */
  begin(type: SocketType): [Dentry, Dentry] {
    for (const channel of this.channels) channel.keepsMessages = type !== SocketType.Stream;
    return [this.ends[0].begin(this, 0, type), this.ends[1].begin(this, 1, type)];
  }
}

/** The socket behind an open file, or null. */
export function socketOf(open: OpenFile): Socket | null {
  const inode = open.dentry.inode;
  if ((inode.mode & Mode.TypeMask) !== Mode.Socket || inode.fileSystem !== socketFileSystem || open.pathOnly) return null;
  // Safe: every inode of this file system is the first field of a Socket.
  return objectAt<Socket>(addressOf(inode) - offsetOf<Socket>("inode"));
}
