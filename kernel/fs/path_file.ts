// What stands behind a descriptor that was opened with O_PATH: it names a file, and every use of its content is EBADF.

import { Errno, errorCode } from "../lib/errno.ts";
import type { WaitQueue } from "../sched/wait_queue.ts";
import { PollEvent } from "./abi.ts";
import type { File } from "./file.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";

class PathFile implements File {
  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.BADF);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.BADF);
  }

  ready(open: OpenFile): u32 {
    return PollEvent.Invalid;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return null;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return errorCode(Errno.BADF);
  }

  close(open: OpenFile): void {}
}

export const pathFile = new PathFile();
