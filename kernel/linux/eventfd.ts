// eventfd(2): the counter itself is fs/event_counter.ts.

import { addressOf } from "unsafe";
import { OpenFlag } from "../fs/abi.ts";
import { anonymousEventDentry } from "../fs/anonymous.ts";
import { EventCounter } from "../fs/event_counter.ts";
import { allocateOpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { installNew } from "./open.ts";

/** EFD_SEMAPHORE; EFD_CLOEXEC and EFD_NONBLOCK are the flags of open. */
const SEMAPHORE = 1;
const EVENT_FLAGS = OpenFlag.CloseOnExec | OpenFlag.NonBlocking;

/** eventfd(2) */
export function sysEventfd(value: u64): i64 {
  return sysEventfd2(value, 0);
}

/** eventfd2(2) */
export function sysEventfd2(value: u64, flags: u64): i64 {
  const given = u32(flags);
  if ((given & ~(u32(EVENT_FLAGS) | SEMAPHORE)) !== 0) return errorCode(Errno.INVAL);
  const counter = create(EventCounter, u64(u32(value)), (given & SEMAPHORE) !== 0);
  if (counter === null) return errorCode(Errno.NOMEM);
  const dentry = anonymousEventDentry();
  const open = allocateOpenFile(dentry, (given & OpenFlag.NonBlocking) | OpenFlag.ReadWrite);
  if (open === null) {
    dentry.release();
    destroy(counter);
    return errorCode(Errno.NFILE);
  }
  open.file = counter;
  open.counterAddress = addressOf(counter);
  return installNew(open, (given & OpenFlag.CloseOnExec) !== 0);
}
