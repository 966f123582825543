// Locks on files: fcntl(2)'s F_SETLK, F_GETLK and their relatives for open files (F_OFD_…), and flock(2).

import { addressOf } from "unsafe";
import { FileCommand } from "../fs/abi.ts";
import { findConflict, LockConflict, lockRecord, lockWhole, PROCESS_OWNER } from "../fs/file_locks.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { LAST_BYTE, LockKind } from "../fs/range_locks.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** struct flock. @size 32 */
class FileLock {
  type: i16 = 0;
  whence: i16 = 0;
  start: i64 = 0;
  length: i64 = 0;
  process: i32 = 0;
}

const LAST: i64 = LAST_BYTE;

/** The bytes that a struct flock means, or why it means none. */
class LockRange {
  start: u64 = 0;
  end: u64 = LAST_BYTE;

  /** @returns OVERFLOW when it reaches beyond the last byte that a file can have, INVAL when it begins before the first */
  set(open: OpenFile, lock: FileLock): Errno {
    let base: i64 = 0;
    if (lock.whence === 1) base = i64(open.position);
    else if (lock.whence === 2) base = i64(open.dentry.inode.size);
    else if (lock.whence !== 0) return Errno.INVAL;
    if (lock.start > LAST - base) return Errno.OVERFLOW;
    const start = base + lock.start;
    if (start < 0) return Errno.INVAL;
    this.start = u64(start);
    if (lock.length > 0) {
      if (lock.length - 1 > LAST - start) return Errno.OVERFLOW;
      this.end = u64(start + lock.length - 1);
    } else if (lock.length < 0) {
      if (start + lock.length < 0) return Errno.INVAL;
      this.end = u64(start - 1);
      this.start = u64(start + lock.length);
    }
    return Errno.NONE;
  }
}

/** Whether a command is about locks of one open file, and not of the process. */
function isOpenCommand(command: u32): boolean {
  return command >= FileCommand.GetOpenLock && command <= FileCommand.SetOpenLockWait;
}

/** F_GETLK and F_OFD_GETLK: what stands in the way, or that nothing does. */
export function getRecordLock(open: OpenFile, command: u32, address: u64): i64 {
  const lock = new FileLock();
  let error = readUserObject(lock, address);
  if (error !== Errno.NONE) return errorCode(error);
  const ofOpen = isOpenCommand(command);
  if (lock.type !== 0 && lock.type !== 1 && !(ofOpen && lock.type === 2)) return errorCode(Errno.INVAL);
  const range = new LockRange();
  error = range.set(open, lock);
  if (error !== Errno.NONE) return errorCode(error);
  if (ofOpen && lock.process !== 0) return errorCode(Errno.INVAL);
  const owner = ofOpen ? addressOf(open) : PROCESS_OWNER;
  const conflict = new LockConflict();
  // Asking as if for no lock finds what any lock would run into.
  const kind = lock.type === 2 ? LockKind.Exclusive : (u32(lock.type) as LockKind);
  if (findConflict(open.dentry.inode, owner, kind, range.start, range.end, conflict)) {
    lock.type = i16(conflict.kind);
    lock.whence = 0;
    lock.start = i64(conflict.start);
    lock.length = conflict.end === LAST_BYTE ? 0 : i64(conflict.end - conflict.start + 1);
    lock.process = conflict.isProcess ? PROCESS_ID : -1;
  } else {
    lock.type = i16(LockKind.None);
  }
  return errorCode(writeUserObject(address, lock));
}

/** F_SETLK, F_SETLKW and their relatives for open files. */
export function setRecordLock(open: OpenFile, command: u32, address: u64): i64 {
  const lock = new FileLock();
  let error = readUserObject(lock, address);
  if (error !== Errno.NONE) return errorCode(error);
  const range = new LockRange();
  error = range.set(open, lock);
  if (error !== Errno.NONE) return errorCode(error);
  if (lock.type < 0 || lock.type > 2) return errorCode(Errno.INVAL);
  const kind = u32(lock.type) as LockKind;
  if (kind === LockKind.Shared && !open.readable) return errorCode(Errno.BADF);
  if (kind === LockKind.Exclusive && !open.writable) return errorCode(Errno.BADF);
  const ofOpen = isOpenCommand(command);
  if (ofOpen && lock.process !== 0) return errorCode(Errno.INVAL);
  const owner = ofOpen ? addressOf(open) : PROCESS_OWNER;
  const mayWait = command === FileCommand.SetLockWait || command === FileCommand.SetOpenLockWait;
  return errorCode(lockRecord(open.dentry.inode, owner, kind, range.start, range.end, mayWait));
}

/** Operations of flock(2): LOCK_SH, LOCK_EX, LOCK_UN, each with or without LOCK_NB. */
const LOCK_SHARED = 1;
const LOCK_EXCLUSIVE = 2;
const LOCK_NON_BLOCKING = 4;
const LOCK_UNLOCK = 8;

/** flock(2) */
export function sysFlock(descriptor: u64, operation: u64): i64 {
  let kind = LockKind.None;
  switch (u32(operation) & ~u32(LOCK_NON_BLOCKING)) {
    case LOCK_SHARED:
      kind = LockKind.Shared;
      break;
    case LOCK_EXCLUSIVE:
      kind = LockKind.Exclusive;
      break;
    case LOCK_UNLOCK:
      break;
    default:
      return errorCode(Errno.INVAL);
  }
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const mayWait = (u32(operation) & LOCK_NON_BLOCKING) === 0;
  const error = open.pathOnly ? Errno.BADF : lockWhole(open, kind, mayWait);
  open.release();
  return errorCode(error);
}
