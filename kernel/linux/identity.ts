// Who the application is: process 1 of user 0, alone. There are no other processes and no other users, so the calls that
// change an identity accept what it is already and refuse the rest, as Linux does for a process without capabilities
// in a namespace that maps one user.

import { Errno, errorCode } from "../lib/errno.ts";
import { readUser32, type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { currentThread } from "../sched/thread.ts";
import { PARENT_PROCESS_ID, PROCESS_ID } from "../sched/thread_table.ts";

const NO_CHANGE = 0xffff_ffff;

/**
 * getpid(2)
 * @preserves
 */
export function sysGetpid(): i64 {
  return PROCESS_ID;
}

/**
 * getppid(2): the parent is outside of this machine.
 * @preserves
 */
export function sysGetppid(): i64 {
  return PARENT_PROCESS_ID;
}

/**
 * gettid(2)
 * @preserves
 */
export function sysGettid(): i64 {
  return i64(currentThread().id);
}

/**
 * getuid(2), geteuid(2), getgid(2), getegid(2)
 * @preserves
 */
export function sysGetuid(): i64 {
  return 0;
}

/** setuid(2), setgid(2) */
export function sysSetuid(user: u64): i64 {
  return changeIdentity(u32(user), 0, 0, false);
}

/** setreuid(2), setregid(2) */
export function sysSetreuid(real: u64, effective: u64): i64 {
  return changeIdentity(u32(real), u32(effective), 0, true);
}

/** setresuid(2), setresgid(2) */
export function sysSetresuid(real: u64, effective: u64, saved: u64): i64 {
  return changeIdentity(u32(real), u32(effective), u32(saved), true);
}

function changeIdentity(a: u32, b: u32, c: u32, minusOneKeeps: boolean): i64 {
  if (!minusOneKeeps) {
    if (a === NO_CHANGE) return errorCode(Errno.INVAL);
    return a === 0 ? 0 : errorCode(Errno.PERM);
  }
  const allowed = (a === 0 || a === NO_CHANGE) && (b === 0 || b === NO_CHANGE) && (c === 0 || c === NO_CHANGE);
  return allowed ? 0 : errorCode(Errno.PERM);
}

/** setfsuid(2), setfsgid(2): gives the present one, changed or not. */
export function sysSetfsuid(): i64 {
  return 0;
}

/** getresuid(2), getresgid(2) */
export function sysGetresuid(real: u64, effective: u64, saved: u64): i64 {
  let error = writeUser32(real as UserPointer, 0);
  if (error === Errno.NONE) error = writeUser32(effective as UserPointer, 0);
  if (error === Errno.NONE) error = writeUser32(saved as UserPointer, 0);
  return errorCode(error);
}

/** getgroups(2): group 0 is the only one, and is not listed beside itself. */
export function sysGetgroups(size: u64): i64 {
  return i32(size) < 0 ? errorCode(Errno.INVAL) : 0;
}

const GROUPS_MAX = 65536;

/** setgroups(2): an empty list, or one of group 0 alone, is what there is. */
export function sysSetgroups(size: u64, address: u64): i64 {
  const count = u32(size);
  if (count > GROUPS_MAX) return errorCode(Errno.INVAL);
  for (let i: u32 = 0; i < count; i++) {
    const group = readUser32((address + u64(i) * 4) as UserPointer);
    if (!group.ok) return errorCode(group.error);
    if (group.value !== 0) return errorCode(Errno.PERM);
  }
  return 0;
}

/** getpgid(2), getsid(2) */
export function sysGetpgid(process: u64): i64 {
  return isSelf(process) ? PROCESS_ID : errorCode(Errno.SRCH);
}

/** getpgrp(2) */
export function sysGetpgrp(): i64 {
  return PROCESS_ID;
}

/** setpgid(2): process 1 leads its session, and a session's leader stays in its group. */
export function sysSetpgid(process: u64, group: u64): i64 {
  if (i32(group) < 0) return errorCode(Errno.INVAL);
  return isSelf(process) ? errorCode(Errno.PERM) : errorCode(Errno.SRCH);
}

/** setsid(2): it leads a session already. */
export function sysSetsid(): i64 {
  return errorCode(Errno.PERM);
}

/** Whether a process number of a call means the application. */
function isSelf(process: u64): boolean {
  const number = u32(process);
  return number === 0 || number === PROCESS_ID;
}
