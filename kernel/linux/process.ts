// The process's own calls: its end, and those that would need another process. There is one process for the life of the
// machine; what would make or await another answers as a confined Linux does that has reached its limit of processes,
// and says so once in the log.

import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { endWithStatus } from "./exit.ts";

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
export function sysWait4(_process: u64, _status: u64, options: u64): i64 {
  if ((u32(options) & ~u32(WAIT_OPTIONS)) !== 0) return errorCode(Errno.INVAL);
  return errorCode(Errno.CHILD);
}

/** waitid(2) */
export function sysWaitid(_type: u64, _id: u64, _information: u64, options: u64): i64 {
  const wanted = u32(options);
  if ((wanted & ~u32(WAITID_OPTIONS)) !== 0 || (wanted & WAITID_EVENTS) === 0) return errorCode(Errno.INVAL);
  return errorCode(Errno.CHILD);
}

/** pidfd_open(2): only of the application itself, and nobody could wait for it but itself. */
export function sysPidfdOpen(process: u64): i64 {
  if (i32(process) <= 0) return errorCode(Errno.INVAL);
  return errorCode(u32(process) === PROCESS_ID ? Errno.NOSYS : Errno.SRCH);
}

/** ptrace(2): nobody to trace, and no tracer. */
export function sysPtrace(): i64 {
  return errorCode(Errno.PERM);
}
