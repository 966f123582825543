// Standard input, output and error: the application's way to whoever started it. How the bytes travel: console_input.ts and
// console_output.ts.
//
// What the application sees depends on what the three are on the host (the boot configuration says it). A terminal is the
// character device /dev/console, with the terminal's requests (linux/terminal.ts); the host's terminal keeps its own line
// discipline, so lines come here edited and echoed already. Anything else looks like a pipe, which never can be sought.

import { Writer } from "prelude/writer.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import type { WaitQueue } from "../sched/wait_queue.ts";
import { Control, Mode, PollEvent } from "./abi.ts";
import { bytesReadable, isAtEnd, isReadable, readConsole } from "./console_input.ts";
import { isConsoleWritable, OutputStream, writeConsole } from "./console_output.ts";
import { consoleQueue } from "./console_queue.ts";
import type { File } from "./file.ts";
import { type Content, type FileSystem, Inode } from "./inode.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";
import { terminalControl } from "./terminal.ts";
import { now } from "./time.ts";

const READABLE = PollEvent.Readable | PollEvent.ReadNormal;
const WRITABLE = PollEvent.Writable | PollEvent.WriteNormal;

/** One of the three; also the terminal that /dev/tty and /dev/console open. */
export class ConsoleEnd implements Content, File {
  private stream: OutputStream = OutputStream.Output;
  private terminal = false;
  private readonly nameStorage!: FixedArray<u8, 32>;

  /** Says where output goes, and whether the host's side is a terminal. */
  begin(stream: OutputStream, terminal: boolean): void {
    this.stream = stream;
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
    return readConsole(buffer, !open.isNonBlocking() && !buffer.noWait);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return writeConsole(this.stream, buffer, !open.isNonBlocking() && !buffer.noWait);
  }

  ready(open: OpenFile): u32 {
    let events: u32 = 0;
    if (open.writable && isConsoleWritable(this.stream)) events |= WRITABLE;
    if (!open.readable || !isReadable()) return events;
    if (!isAtEnd()) return events | READABLE;
    return events | u32(this.terminal ? READABLE : PollEvent.HangUp);
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return consoleQueue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    if (request === Control.BytesReadable) {
      return errorCode(writeUser32(argument as UserPointer, u32(bytesReadable())));
    }
    return this.terminal ? terminalControl(request, argument) : errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {}

  // ---- Content: of the inode that looks like a pipe -----------------------------------------------------------------

  open(inode: Inode, open: OpenFile): Errno {
    open.file = this;
    return Errno.NONE;
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
  standardInput.begin(OutputStream.Output, inputIsTerminal);
  standardOutput.begin(OutputStream.Output, outputIsTerminal);
  standardError.begin(OutputStream.Error, errorIsTerminal);
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
