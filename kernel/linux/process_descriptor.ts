// Descriptors of processes: pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2). There is one process, which lives as long as anybody
// can ask: so all of them have one file behind them, and it never becomes readable.

import { OpenFlag } from "../fs/abi.ts";
import { anonymousProcessDentry } from "../fs/anonymous.ts";
import type { File } from "../fs/file.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { IoBuffer } from "../fs/io_buffer.ts";
import { allocateOpenFile, type OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { findThread, PROCESS_ID } from "../sched/thread_table.ts";
import type { WaitQueue } from "../sched/wait_queue.ts";
import { installNew } from "./open.ts";
import { isSignal } from "./signal_actions.ts";
import { SignalInformation } from "./signal_layout.ts";
import { SignalCode } from "./signal_numbers.ts";
import { sendSignalFrom, sendSignalToProcess } from "./signal_send.ts";
import { readUserObject } from "./user_object.ts";

class ProcessFile implements File {
  read(_open: OpenFile, _buffer: IoBuffer, _position: u64): i64 {
    return errorCode(Errno.INVAL);
  }

  write(_open: OpenFile, _buffer: IoBuffer, _position: u64): i64 {
    return errorCode(Errno.INVAL);
  }

  ready(_open: OpenFile): u32 {
    return 0;
  }

  waitQueue(_open: OpenFile): WaitQueue | null {
    return null;
  }

  control(_open: OpenFile, _request: u32, _argument: u64): i64 {
    return errorCode(Errno.NOTTY);
  }

  close(_open: OpenFile): void {}
}

const processFile = new ProcessFile();

/** Whether a descriptor is one of a process. */
export function isProcessDescriptor(descriptor: u64): boolean {
  const open = acquireFile(u32(descriptor));
  if (open === null) return false;
  const file: File = processFile;
  const is = open.file === file;
  open.release();
  return is;
}

/** pidfd_open(2) */
export function sysPidfdOpen(process: u64, flags: u64): i64 {
  if ((u32(flags) & ~u32(OpenFlag.NonBlocking)) !== 0 || i32(process) <= 0) return errorCode(Errno.INVAL);
  if (u32(process) !== PROCESS_ID) {
    const thread = findThread(u32(process));
    if (thread === null) return errorCode(Errno.SRCH);
    releaseThread(thread);
    return errorCode(Errno.INVAL); // a thread that leads no process
  }
  const dentry = anonymousProcessDentry();
  const open = allocateOpenFile(dentry, (u32(flags) & OpenFlag.NonBlocking) | OpenFlag.ReadWrite);
  if (open === null) {
    dentry.release();
    return errorCode(Errno.NFILE);
  }
  open.file = processFile;
  return installNew(open, true);
}

/** pidfd_send_signal(2) */
export function sysPidfdSendSignal(descriptor: u64, signal: u64, informationAddress: u64, flags: u64): i64 {
  if (u32(flags) !== 0) return errorCode(Errno.INVAL);
  if (!isProcessDescriptor(descriptor)) return errorCode(Errno.BADF);
  const information = new SignalInformation();
  if (informationAddress !== 0) {
    const error = readUserObject(information, informationAddress);
    if (error !== Errno.NONE) return errorCode(error);
    if (information.number !== i32(signal)) return errorCode(Errno.INVAL);
  }
  if (u32(signal) === 0) return 0;
  if (!isSignal(u64(u32(signal)))) return errorCode(Errno.INVAL);
  if (informationAddress === 0) return errorCode(sendSignalToProcess(u32(signal), i32(SignalCode.User), 0));
  return errorCode(sendSignalFrom(null, u32(signal), information.code, information.origin, information.value));
}

/** pidfd_getfd(2): a second descriptor for an open file of one's own. */
export function sysPidfdGetfd(descriptor: u64, wanted: u64, flags: u64): i64 {
  if (u32(flags) !== 0) return errorCode(Errno.INVAL);
  if (!isProcessDescriptor(descriptor)) return errorCode(Errno.BADF);
  const open = acquireFile(u32(wanted));
  return open === null ? errorCode(Errno.BADF) : installNew(open, true);
}
