// epoll_create(2), epoll_ctl(2), epoll_wait(2) and their relatives; the instance itself is fs/epoll.ts.

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { OpenFlag, PollEvent } from "../fs/abi.ts";
import { anonymousEpollDentry } from "../fs/anonymous.ts";
import { asEpoll, becomeEpoll, Epoll, EpollEvent, WatchFlag } from "../fs/epoll.ts";
import { acquireFile } from "../fs/file_table.ts";
import { allocateOpenFile, type OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { readUser64, type UserPointer } from "../mm/user_memory.ts";
import { installNew } from "./open.ts";
import { resumeSignalMask, suspendSignalMask } from "./signals.ts";
import { readTimespec } from "./timespec.ts";
import { readUserObject } from "./user_object.ts";

const MILLISECOND = 1_000_000;
const SIGNAL_SET_SIZE = 8;
/** INT_MAX divided by the size of an event. */
const EVENTS_MAX = 0x7fff_ffff / 12;

/** What may be asked for together with EPOLLEXCLUSIVE. */
const WITH_EXCLUSIVE =
  PollEvent.Readable |
  PollEvent.Writable |
  PollEvent.Error |
  PollEvent.HangUp |
  WatchFlag.Wakeup |
  WatchFlag.EdgeTriggered |
  WatchFlag.Exclusive;

const enum Operation {
  Add = 1,
  Delete = 2,
  Modify = 3,
}

/** epoll_create(2): the size is a hint of old, but must be positive. */
export function sysEpollCreate(size: u64): i64 {
  return i32(size) <= 0 ? errorCode(Errno.INVAL) : sysEpollCreate1(0);
}

/** epoll_create1(2) */
export function sysEpollCreate1(flags: u64): i64 {
  if ((u32(flags) & ~u32(OpenFlag.CloseOnExec)) !== 0) return errorCode(Errno.INVAL);
  const instance = create(Epoll);
  if (instance === null) return errorCode(Errno.NOMEM);
  const dentry = anonymousEpollDentry();
  const open = allocateOpenFile(dentry, u32(OpenFlag.ReadWrite));
  if (open === null) {
    dentry.release();
    destroy(instance);
    return errorCode(Errno.NFILE);
  }
  becomeEpoll(open, instance);
  return installNew(open, u32(flags) !== 0);
}

/** epoll_ctl(2) */
export function sysEpollCtl(descriptor: u64, operation: u64, target: u64, address: u64): i64 {
  const event = new EpollEvent();
  if (u32(operation) !== Operation.Delete) {
    const error = readUserObject(event, address);
    if (error !== Errno.NONE) return errorCode(error);
  }
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const watched = acquireFile(u32(target));
  let error = Errno.BADF;
  if (watched !== null) {
    error = change(open, u32(operation), watched, u32(target), event);
    watched.release();
  }
  open.release();
  return errorCode(error);
}

function change(open: OpenFile, operation: u32, watched: OpenFile, descriptor: u32, event: EpollEvent): Errno {
  if (watched.file.waitQueue(watched) === null) return Errno.PERM;
  const instance = asEpoll(open);
  if (instance === null || open === watched) return Errno.INVAL;
  // Errors and hang-ups are always reported; a watch without them is a one-shot watch that has fired.
  const events = event.events | PollEvent.Error | PollEvent.HangUp;
  switch (operation) {
    case Operation.Add:
      if ((events & WatchFlag.Exclusive) !== 0) {
        // An exclusive watch of an instance would be woken for nothing.
        if (asEpoll(watched) !== null || (events & ~u32(WITH_EXCLUSIVE)) !== 0) return Errno.INVAL;
      }
      return instance.add(watched, descriptor, events, event.data);
    case Operation.Delete:
      return instance.remove(watched, descriptor);
    case Operation.Modify:
      return instance.modify(watched, descriptor, events, event.data);
    default:
      return Errno.INVAL;
  }
}

/** epoll_wait(2) */
export function sysEpollWait(descriptor: u64, address: u64, limit: u64, timeout: u64): i64 {
  const [deadline, mayWait] = deadlineOf(timeout);
  return waitFor(descriptor, address, limit, deadline, mayWait);
}

/** Milliseconds from now, as a deadline; negative ones are for ever. */
function deadlineOf(timeout: u64): [u64, boolean] {
  if (i32(timeout) < 0) return [0, true];
  if (i32(timeout) === 0) return [0, false];
  return [monotonicNanoseconds() + u64(u32(timeout)) * MILLISECOND, true];
}

function waitFor(descriptor: u64, address: u64, limit: u64, deadline: u64, mayWait: boolean): i64 {
  if (i32(limit) <= 0 || u32(limit) > EVENTS_MAX) return errorCode(Errno.INVAL);
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const instance = asEpoll(open);
  const result = instance === null ? errorCode(Errno.INVAL) : instance.collect(address, u32(limit), deadline, mayWait);
  open.release();
  return result;
}

/** epoll_pwait(2) */
export function sysEpollPwait(descriptor: u64, address: u64, limit: u64, timeout: u64, mask: u64, maskSize: u64): i64 {
  const [deadline, mayWait] = deadlineOf(timeout);
  return waitMasked(descriptor, address, limit, deadline, mayWait, mask, maskSize);
}

/** epoll_pwait2(2): the time is a timespec. */
export function sysEpollPwait2(descriptor: u64, address: u64, limit: u64, timeAddress: u64, mask: u64, maskSize: u64): i64 {
  if (timeAddress === 0) return waitMasked(descriptor, address, limit, 0, true, mask, maskSize);
  const time = readTimespec(timeAddress);
  if (!time.ok) return errorCode(time.error);
  const deadline = time.value === 0 ? 0 : monotonicNanoseconds() + time.value;
  return waitMasked(descriptor, address, limit, deadline, time.value !== 0, mask, maskSize);
}

function waitMasked(descriptor: u64, address: u64, limit: u64, deadline: u64, mayWait: boolean, mask: u64, maskSize: u64): i64 {
  if (mask !== 0) {
    if (maskSize !== SIGNAL_SET_SIZE) return errorCode(Errno.INVAL);
    const signals = readUser64(mask as UserPointer);
    if (!signals.ok) return errorCode(signals.error);
    suspendSignalMask(signals.value);
  }
  const result = waitFor(descriptor, address, limit, deadline, mayWait);
  if (mask !== 0 && result !== errorCode(Errno.INTR)) resumeSignalMask();
  return result;
}
