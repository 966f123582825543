// What can be read, written, waited for: the operations behind an open file. Inodes' content, pipes, devices and sockets
// implement it. Everything that has to do with names and attributes is the inode's (inode.ts).
//
// Transfers answer with the number of bytes, or -errno (an i64, as system calls do). A transfer that could do a part answers
// with that part. They may sleep, and copy to and from application memory: never called with a spin lock held.

import type { WaitQueue } from "../sched/wait_queue.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";

export interface File {
  /** Reads at a byte offset, which streams ignore. The file is open for reading. 0 is the end of the file. */
  read(open: OpenFile, buffer: IoBuffer, position: u64): i64;
  /** Writes at a byte offset, which streams and files open for appending ignore. The file is open for writing. */
  write(open: OpenFile, buffer: IoBuffer, position: u64): i64;
  /** What would not block now: a union of PollEvent. */
  ready(open: OpenFile): u32;
  /** The queue that is woken, with the events as key, when `ready` may have changed; null when it never does. */
  waitQueue(open: OpenFile): WaitQueue | null;
  /** ioctl(2). The argument is a number or an address of the application; NOTTY for an unknown request. */
  control(open: OpenFile, request: u32, argument: u64): i64;
  /** The last reference to the open file is gone. May sleep. */
  close(open: OpenFile): void;
}
