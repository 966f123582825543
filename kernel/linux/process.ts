// The process's own calls: its end, and those that would need another process. There is one process for the life of the
// machine; what would make or await another answers as a confined Linux does that has reached its limit of processes,
// and says so once in the log.

import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { endWithStatus } from "./exit.ts";
import { isProcessDescriptor } from "./process_descriptor.ts";

/** exit_group(2) */
export function sysExitGroup(status: u64): i64 {
  endWithStatus(u32(status));
}

/** fork(2): AGAIN, as when RLIMIT_NPROC is reached. */
export function sysFork(): i64 {
  return refuseProcess("fork");
}

/** vfork(2) */
export function sysVfork(): i64 {
  return refuseProcess("vfork");
}

/**
 * What a call that would make a process answers; clone(2) without CLONE_THREAD ends here too.
 * @param call its name
 */
export function refuseProcess(call: string): i64 {
  logOnce(call, `${call} is refused (EAGAIN): this machine runs one process, and has no other to give`);
  return errorCode(Errno.AGAIN);
}

/** execve(2): PERM, as a seccomp filter answers that allows one program. */
export function sysExecve(): i64 {
  logOnce("execve", "execve is refused (EPERM): this machine runs one program until it ends");
  return errorCode(Errno.PERM);
}

/** execveat(2) */
export function sysExecveat(): i64 {
  return sysExecve();
}

const WAIT_OPTIONS = 0xe000_000f;
const WAITID_OPTIONS = 0xe100_000f;
/** WEXITED | WSTOPPED | WCONTINUED: waitid wants at least one. */
const WAITID_EVENTS = 0xe;

/** wait4(2): there are no children. */
export function sysWait4(process: u64, _status: u64, options: u64): i64 {
  if ((u32(options) & ~u32(WAIT_OPTIONS)) !== 0) return errorCode(Errno.INVAL);
  // The negation of the smallest number is no group.
  if (u32(process) === 0x8000_0000) return errorCode(Errno.SRCH);
  return errorCode(Errno.CHILD);
}

/** waitid(2) */
export function sysWaitid(type: u64, id: u64, _information: u64, options: u64): i64 {
  const wanted = u32(options);
  if ((wanted & ~u32(WAITID_OPTIONS)) !== 0 || (wanted & WAITID_EVENTS) === 0) return errorCode(Errno.INVAL);
  switch (u32(type)) {
    case WAIT_FOR_ALL:
      return errorCode(Errno.CHILD);
    case WAIT_FOR_PROCESS:
      return errorCode(i32(id) <= 0 ? Errno.INVAL : Errno.CHILD);
    case WAIT_FOR_GROUP:
      return errorCode(i32(id) < 0 ? Errno.INVAL : Errno.CHILD);
    case WAIT_FOR_DESCRIPTOR:
      return errorCode(isProcessDescriptor(id) ? Errno.CHILD : Errno.BADF);
    default:
      return errorCode(Errno.INVAL);
  }
}

/** P_ALL, P_PID, P_PGID, P_PIDFD. */
const WAIT_FOR_ALL = 0;
const WAIT_FOR_PROCESS = 1;
const WAIT_FOR_GROUP = 2;
const WAIT_FOR_DESCRIPTOR = 3;

/** ptrace(2): nobody to trace, and no tracer. */
export function sysPtrace(): i64 {
  return errorCode(Errno.PERM);
}
