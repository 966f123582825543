// An open folder. Its names are listed by getdents64 (linux/directories.ts), from the dentries; there is nothing to read.

import { Errno, errorCode } from "../lib/errno.ts";
import type { WaitQueue } from "../sched/wait_queue.ts";
import { PollEvent } from "./abi.ts";
import type { File } from "./file.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";

class DirectoryFile implements File {
  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.ISDIR);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.BADF);
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

  close(open: OpenFile): void {}
}

/** The same object for all open folders: the folder is the open file's dentry. */
export const directoryFile = new DirectoryFile();
