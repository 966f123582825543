// timerfd_create(2) and its kin: the timer itself is fs/timer_file.ts.

import { addressOf, objectAt } from "unsafe";
import { OpenFlag } from "../fs/abi.ts";
import { anonymousTimerDentry } from "../fs/anonymous.ts";
import { acquireFile } from "../fs/file_table.ts";
import { allocateOpenFile, type OpenFile } from "../fs/open_file.ts";
import { TimerFile } from "../fs/timer_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { installNew } from "./open.ts";
import { checkTimerSetting, isTimerClock, readTimerSetting, writeTimerSetting } from "./timer_setting.ts";

/** TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET; the flags of creation are those of open. */
const ABSOLUTE = 1;
const CANCEL_ON_SET = 2;
const CREATION_FLAGS = OpenFlag.CloseOnExec | OpenFlag.NonBlocking;

/** timerfd_create(2) */
export function sysTimerfdCreate(clock: u64, flags: u64): i64 {
  const given = u32(flags);
  if ((given & ~u32(CREATION_FLAGS)) !== 0 || !isTimerClock(clock)) return errorCode(Errno.INVAL);
  const timer = create(TimerFile, u32(clock));
  if (timer === null) return errorCode(Errno.NOMEM);
  const dentry = anonymousTimerDentry();
  const open = allocateOpenFile(dentry, (given & OpenFlag.NonBlocking) | OpenFlag.ReadWrite);
  if (open === null) {
    dentry.release();
    destroy(timer);
    return errorCode(Errno.NFILE);
  }
  open.file = timer;
  open.timerAddress = addressOf(timer);
  return installNew(open, (given & OpenFlag.CloseOnExec) !== 0);
}

/** timerfd_settime(2) */
export function sysTimerfdSettime(descriptor: u64, flags: u64, newAddress: u64, oldAddress: u64): i64 {
  if ((u32(flags) & ~u32(ABSOLUTE | CANCEL_ON_SET)) !== 0) return errorCode(Errno.INVAL);
  // Linux looks at the times before it looks at the descriptor.
  const invalid = checkTimerSetting(newAddress);
  if (invalid !== Errno.NONE) return errorCode(invalid);
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const timer = asTimer(open);
  const error = timer === null ? Errno.INVAL : setTimer(timer, (flags & ABSOLUTE) !== 0, newAddress, oldAddress);
  open.release();
  return errorCode(error);
}

function setTimer(timer: TimerFile, absolute: boolean, newAddress: u64, oldAddress: u64): Errno {
  const setting = readTimerSetting(newAddress, u64(timer.clock), absolute);
  if (!setting.ok) return setting.error;
  const [left, period] = timer.set(setting.value.deadline, setting.value.period);
  return oldAddress === 0 ? Errno.NONE : writeTimerSetting(oldAddress, left, period);
}

/** timerfd_gettime(2) */
export function sysTimerfdGettime(descriptor: u64, address: u64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const timer = asTimer(open);
  let error = Errno.INVAL;
  if (timer !== null) {
    const [left, period] = timer.remaining();
    error = writeTimerSetting(address, left, period);
  }
  open.release();
  return errorCode(error);
}

function asTimer(open: OpenFile): TimerFile | null {
  // Safe: only sysTimerfdCreate sets the address, to the TimerFile that is the open file's file.
  return open.timerAddress === 0 ? null : objectAt<TimerFile>(open.timerAddress);
}
