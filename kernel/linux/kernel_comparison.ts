// kcmp(2): whether two processes share something of the kernel's. There is one process, so only open files can differ.
// kcmp(2), include/uapi/linux/kcmp.h.

import { addressOf } from "unsafe";
import { acquireFile } from "../fs/file_table.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { findThread } from "../sched/thread_table.ts";

/** KCMP_FILE; KCMP_VM to KCMP_SYSVSEM are shared by all threads; KCMP_EPOLL_TFD needs a structure. */
const OPEN_FILES = 0;
const LAST_SHARED = 6;
/** Orders addresses without telling them. */
const ORDER_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/** kcmp(2): 0 equal, 1 and 2 one before the other. */
export function sysKcmp(first: u64, second: u64, type: u64, a: u64, b: u64): i64 {
  if (!exists(first) || !exists(second)) return errorCode(Errno.SRCH);
  if (u32(type) > LAST_SHARED) return errorCode(Errno.INVAL);
  if (u32(type) !== OPEN_FILES) return 0;
  const one = acquireFile(u32(a));
  if (one === null) return errorCode(Errno.BADF);
  const other = acquireFile(u32(b));
  if (other === null) {
    one.release();
    return errorCode(Errno.BADF);
  }
  const left = addressOf(one) * ORDER_MULTIPLIER;
  const right = addressOf(other) * ORDER_MULTIPLIER;
  one.release();
  other.release();
  if (left === right) return 0;
  return left < right ? 1 : 2;
}

function exists(id: u64): boolean {
  const thread = findThread(u32(id));
  if (thread === null) return false;
  releaseThread(thread);
  return true;
}
