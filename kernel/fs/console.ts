// Standard input, output and error: the application's way to whoever started it.
//
// Output goes to the debug console ports byte by byte as it is. Input comes from the serial driver through `deliverInput`,
// and waits in a ring; when the ring is full the driver keeps the rest until `inputWanted` calls it.
//
// What the application sees depends on what the three are on the host (the boot configuration says it). A terminal is the
// character device /dev/console, with the terminal's requests (linux/terminal.ts); the host's terminal keeps its own line
// discipline, so lines come here edited and echoed already. Anything else looks like a pipe, which never can be sought.

import { Writer } from "prelude/writer.ts";
import { addressOf } from "unsafe";
import { STANDARD_ERROR_PORT, STANDARD_OUTPUT_PORT } from "../abi/ports.ts";
import { writePortBytes } from "../arch/x86_64/processor.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import type { PageSource } from "../mm/page_source.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { Mutex } from "../sched/mutex.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import { Control, Mode, PollEvent } from "./abi.ts";
import type { Dentry } from "./dentry.ts";
import type { File } from "./file.ts";
import { type Content, type FileSystem, Inode, type LinkTarget } from "./inode.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";
import { terminalControl } from "./terminal.ts";
import { now } from "./time.ts";

const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal;
const RING_SIZE = 4096;
const CHUNK = 512;

class Input {
  readonly lock = new SpinLock();
  readonly queue = new WaitQueue();
  readonly ring!: FixedArray<u8, 4096>;
  /** Indices run freely; 0 <= tail - head <= RING_SIZE. */
  head: u64 = 0;
  tail: u64 = 0;
  ended = false;
  wanted: Static<() => void> | null = null;
}

class OutputChunk {
  readonly bytes!: FixedArray<u8, 512>;
}

const input = new Input();
/** Keeps what one write prints together. */
const outputLock = new Mutex();

/** Takes bytes from the driver; any context. @returns how many were taken; the driver keeps the rest until it is called */
export function deliverInput(data: Slice<u8>): usize {
  let taken: usize = 0;
  {
    using _ = input.lock.acquire();
    while (taken < data.length && input.tail - input.head < RING_SIZE) {
      input.ring[input.tail % RING_SIZE] = data[taken];
      input.tail++;
      taken++;
    }
  }
  if (taken > 0) input.queue.wakeOne(READABLE);
  return taken;
}

/** The end of the input. Any context. */
export function endInput(): void {
  input.ended = true;
  input.queue.wakeAll(READABLE | PollEvent.HangUp);
}

/** Sets what is called, by a thread, when there is room in the ring again. */
export function setInputWanted(wanted: Static<() => void>): void {
  input.wanted = wanted;
}

/** One of the three; also the terminal that /dev/tty and /dev/console open. */
export class ConsoleEnd implements Content, File {
  private port: u16 = STANDARD_OUTPUT_PORT;
  private terminal = false;
  private readonly nameStorage!: FixedArray<u8, 32>;

  /** Says where output goes, and whether the host's side is a terminal. */
  begin(port: u16, terminal: boolean): void {
    this.port = port;
    this.terminal = terminal;
  }

  isTerminal(): boolean {
    return this.terminal;
  }

  /** Makes the inode that fstat shows when this is no terminal: a pipe's. Null: no memory. */
  makeInode(fileSystem: FileSystem): Inode | null {
    const inode = create(Inode);
    if (inode === null) return null;
    inode.begin(fileSystem, this, Mode.Fifo | 0o600, now());
    inode.links = 1;
    inode.isConsole = true;
    return inode;
  }

  /** The name that /proc/self/fd shows for it. Valid until the next call. */
  pipeName(number: u64): Slice<u8> {
    const writer = new Writer(this.nameStorage.slice());
    writer.message(`pipe:[${number}]`);
    return writer.written();
  }

  // ---- File ---------------------------------------------------------------------------------------------------------

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    if (buffer.remaining === 0) return 0;
    const chunk = new OutputChunk();
    for (;;) {
      const count = takeInput(chunk.bytes.slice(0, minimum(buffer.remaining, CHUNK)));
      if (count > 0) {
        const wanted = input.wanted;
        if (wanted !== null) wanted();
        // What a bad address could not take is lost, as it is in a terminal's driver.
        const copied = buffer.give(addressOf(chunk.bytes), count);
        return copied === 0 ? errorCode(Errno.FAULT) : i64(copied);
      }
      if (input.ended) return 0;
      if (open.isNonBlocking()) return errorCode(Errno.AGAIN);
      const reason = input.queue.wait(() => input.tail !== input.head || input.ended, 0, true, true);
      if (reason !== WakeReason.Woken) return errorCode(Errno.RESTARTSYS);
    }
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    using _ = outputLock.acquire();
    const chunk = new OutputChunk();
    let done: u64 = 0;
    while (buffer.remaining > 0) {
      const count = minimum(buffer.remaining, CHUNK);
      const copied = buffer.take(addressOf(chunk.bytes), count);
      writePortBytes(this.port, chunk.bytes.slice(0, copied));
      done += copied;
      if (copied < count) return done > 0 ? i64(done) : errorCode(Errno.FAULT);
    }
    return i64(done);
  }

  ready(open: OpenFile): u32 {
    let events: u32 = 0;
    if (open.writable) events |= WRITABLE;
    if (!open.readable) return events;
    if (input.tail !== input.head) events |= READABLE;
    if (input.ended) events |= this.terminal ? READABLE : PollEvent.HangUp;
    return events;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return input.queue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    if (request === Control.BytesReadable) {
      return errorCode(writeUser32(argument as UserPointer, u32(input.tail - input.head)));
    }
    return this.terminal ? terminalControl(request, argument) : errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {}

  // ---- Content: of the inode that looks like a pipe -----------------------------------------------------------------

  open(inode: Inode, open: OpenFile): Errno {
    open.file = this;
    return Errno.NONE;
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
    destroy(inode);
  }
}

export const standardInput = new ConsoleEnd();
export const standardOutput = new ConsoleEnd();
export const standardError = new ConsoleEnd();

/** Says what the three are, before they are opened. */
export function initializeConsole(inputIsTerminal: boolean, outputIsTerminal: boolean, errorIsTerminal: boolean): void {
  standardInput.begin(STANDARD_OUTPUT_PORT, inputIsTerminal);
  standardOutput.begin(STANDARD_OUTPUT_PORT, outputIsTerminal);
  standardError.begin(STANDARD_ERROR_PORT, errorIsTerminal);
}

/**
 * Opens /dev/console, or /dev/tty, which needs a terminal to be there.
 * @param controlling the open is of /dev/tty
 */
export function openTerminal(open: OpenFile, controlling: boolean): Errno {
  // The end whose output reaches the terminal; input is the same for all three.
  const ends = standardError.isTerminal() && !standardOutput.isTerminal() ? standardError : standardOutput;
  const end = ends.isTerminal() ? ends : standardInput;
  if (controlling && !end.isTerminal()) return Errno.NXIO;
  open.file = end;
  return Errno.NONE;
}

function takeInput(into: Slice<u8>): usize {
  using _ = input.lock.acquire();
  let count: usize = 0;
  while (count < into.length && input.head !== input.tail) {
    into[count] = input.ring[input.head % RING_SIZE];
    input.head++;
    count++;
  }
  return count;
}
