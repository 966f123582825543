// A socket (socket(2)): an open file without a name, and a family's endpoint behind it, which does the work.
//
//   descriptor ─▶ OpenFile ─▶ Socket ─▶ Endpoint      UnixSocket, …, one object together with its Socket
//
// The Socket is what every family has: inode and dentry, options, the queue of all who wait at it (readers, writers, pollers). The
// object lives as long as its inode has references: the open file's, and those that a family holds (a connected Unix socket has one of
// its peer). Reading and writing are receiving and sending without an address.

import { Writer } from "prelude/writer.ts";
import { addressOf, objectAt, sliceAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { FileSystemMagic, Mode, OpenFlag } from "../fs/abi.ts";
import { Dentry, DentryStorage } from "../fs/dentry.ts";
import type { File } from "../fs/file.ts";
import { type Content, FileSystem, Inode } from "../fs/inode.ts";
import type { IoBuffer } from "../fs/io_buffer.ts";
import { allocateOpenFile, type OpenFile } from "../fs/open_file.ts";
import { now } from "../fs/time.ts";
import { Errno } from "../lib/errno.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import type { Family, SocketAddress } from "./socket_address.ts";
import { SocketOptions } from "./socket_options.ts";
import { Transfer } from "./transfer.ts";

/** What a socket is (linux/net.h). */
export const enum SocketType {
  Stream = 1,
  Datagram = 2,
  Raw = 3,
  Packets = 5,
}

/** What of a connection is ended (shutdown(2)). */
export const enum Direction {
  Receive = 1,
  Send = 2,
  Both = 3,
}

/** What a family does for one socket. Calls may sleep, unless they say otherwise. */
export interface Endpoint {
  /** Gives the socket a name of its own. @param mode permission bits for a name in a folder */
  bind(address: SocketAddress, mode: u32): Errno;
  listen(backlog: u32): Errno;
  /** 0 or -errno: INPROGRESS and the like when it may not wait. */
  connect(address: SocketAddress, mayWait: boolean): i64;
  /** Takes the next connection. @returns a socket whose dentry has a reference for the caller; null: see `outcome.error` */
  accept(mayWait: boolean, outcome: AcceptOutcome): Socket | null;
  send(transfer: Transfer): i64;
  receive(transfer: Transfer): i64;
  shutDown(direction: Direction): Errno;
  localName(address: SocketAddress): Errno;
  peerName(address: SocketAddress): Errno;
  /** An option of a level other than the socket's own. Length 0 afterwards: NOPROTOOPT. */
  option(level: u32, name: u32, value: OptionValue): Errno;
  setOption(level: u32, name: u32, value: OptionValue): Errno;
  /** An option of all sockets was set, which is in `options`. Does not sleep. */
  optionChanged(name: u32): void;
  /** Takes the error that is to be reported, once. Does not sleep. */
  takeError(): Errno;
  /** A union of PollEvent. Does not sleep. */
  ready(): u32;
  control(request: u32, argument: u64): i64;
  isListening(): boolean;
  /** Who is at the other end (SO_PEERCRED): process, user, group. */
  peerProcess(): boolean;
  /** The last descriptor is gone. */
  close(): void;
  /** The last reference is gone: frees the object, the Socket in it too. */
  dispose(): void;
}

/** How accept ended. */
export class AcceptOutcome {
  /** A system call's result when there is no socket. */
  error: i64 = 0;
}

/** The value of an option, on its way in or out. */
export class OptionValue {
  readonly storage!: FixedArray<u8, 256>;
  /** Bytes: those that were given, or the room for the answer and then the answer's own. */
  length: u32 = 0;

  /** The first four bytes as an integer. */
  integer(): u32 {
    return this.word(0);
  }

  /** Four bytes at an offset as an integer. */
  word(offset: usize): u32 {
    let value: u32 = 0;
    for (let i: usize = 0; i < 4; i++) value |= u32(this.storage[offset + i]) << (i * 8);
    return value;
  }

  /** Answers with an integer, cut to the room. */
  answer(value: u32): Errno {
    for (let i: usize = 0; i < 4; i++) this.storage[i] = u8(value >> (i * 8));
    this.length = minimum(this.length, 4);
    return Errno.NONE;
  }

  /** Answers with an object's bytes, cut to the room. */
  answerObject<T>(object: T): Errno {
    // Safe: the object's own bytes, copied at once.
    return this.answerBytes(sliceAt<u8>(addressOf(object), sizeOf<T>()));
  }

  /** Answers with bytes, cut to the room. */
  answerBytes(value: Slice<u8>): Errno {
    const length = minimum(u64(this.length), value.length);
    this.storage.slice(0, length).copyFrom(value.slice(0, length));
    this.length = u32(length);
    return Errno.NONE;
  }
}

const socketFileSystem = new FileSystem();
const SOCKET_DEVICE = 8;

/** Sets up the file system of sockets without a name. Once, at boot. */
export function initializeSockets(): void {
  socketFileSystem.begin("sockfs", FileSystemMagic.Socket, SOCKET_DEVICE);
}

/** Sockets that there are. */
const inUse = new Atomic<u32>(0);

export function socketsInUse(): u32 {
  return inUse.load();
}

export class Socket implements Content, File {
  readonly inode = new Inode();
  private readonly dentry = new Dentry();
  private readonly nameStorage!: FixedArray<u8, 32>;
  readonly queue = new WaitQueue();
  readonly options = new SocketOptions();
  endpoint!: Endpoint;
  family: Family = 0 as Family;
  type: SocketType = SocketType.Stream;
  protocol: u32 = 0;

  /** Sets what it is. The dentry has a reference for the caller. */
  begin(endpoint: Endpoint, family: Family, type: SocketType, protocol: u32): void {
    inUse.add(1);
    this.endpoint = endpoint;
    this.family = family;
    this.type = type;
    this.protocol = protocol;
    const inode = this.inode;
    inode.begin(socketFileSystem, this, Mode.Socket | 0o777, now());
    inode.links = 1;
    const writer = new Writer(this.nameStorage.slice());
    writer.message(`socket:[${inode.number}]`);
    const dentry = this.dentry;
    dentry.storage = DentryStorage.Embedded;
    dentry.inode = inode;
    dentry.name = writer.written();
  }

  /** It is one less; for who frees a socket that nobody has got. */
  forget(): void {
    inUse.subtract(1);
  }

  /** Opens it. The caller's reference goes with the open file, or, when there is none, with the socket. @param flags O_NONBLOCK or 0 */
  openFile(flags: u32): OpenFile | null {
    const open = allocateOpenFile(this.dentry, flags | OpenFlag.ReadWrite);
    if (open === null) {
      this.abandon();
      return null;
    }
    open.file = this;
    return open;
  }

  /** Lets go of a socket that was never opened. */
  abandon(): void {
    this.endpoint.close();
    this.dentry.release();
  }

  /**
   * Sleeps at a queue until the condition holds.
   * @param timeout nanoseconds; 0: for ever @returns 0, or the result of a system call that did not get what it waited for
   */
  waitAt(queue: WaitQueue, timeout: u64, exclusive: boolean, condition: () => boolean): i64 {
    const deadline = timeout === 0 ? 0 : monotonicNanoseconds() + timeout;
    switch (queue.wait(condition, deadline, true, exclusive)) {
      case WakeReason.Woken:
        return 0;
      case WakeReason.TimedOut:
        return -i64(u32(Errno.AGAIN));
      case WakeReason.Interrupted:
        // A call with a time limit is not started again: it would wait as long once more.
        return timeout === 0 ? -i64(u32(Errno.RESTARTSYS)) : -i64(u32(Errno.INTR));
    }
  }

  // ---- File ---------------------------------------------------------------------------------------------------------

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return this.endpoint.receive(new Transfer(buffer, 0, open));
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return this.endpoint.send(new Transfer(buffer, 0, open));
  }

  ready(open: OpenFile): u32 {
    return this.endpoint.ready();
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return this.queue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return this.endpoint.control(request, argument);
  }

  close(open: OpenFile): void {
    this.endpoint.close();
  }

  // ---- Content ------------------------------------------------------------------------------------------------------

  /** A socket cannot be opened by a name, not even by that in /proc/self/fd. */
  open(inode: Inode, open: OpenFile): Errno {
    return Errno.NXIO;
  }

  dispose(inode: Inode): void {
    this.forget();
    this.endpoint.dispose();
  }
}

/** The socket behind an open file, or null. */
export function socketOf(open: OpenFile): Socket | null {
  const inode = open.dentry.inode;
  if ((inode.mode & Mode.TypeMask) !== Mode.Socket || inode.fileSystem !== socketFileSystem || open.pathOnly) return null;
  // Safe: every inode of this file system is a field of a Socket.
  return objectAt<Socket>(addressOf(inode) - offsetOf<Socket>("inode"));
}
