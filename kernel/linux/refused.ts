// System calls that are not here. What this kernel does not know answers ENOSYS, as an older Linux does; what takes a
// privilege that no container has answers EPERM. Each is named once in the log.

import { currentTrapFrame } from "../arch/x86_64/traps.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { systemCallName } from "./system_call_names.ts";

/** Answers a call that this kernel does not have. */
export function refuseUnknown(): i64 {
  // The entry stores the number there for every call.
  const number = u32(currentTrapFrame().error);
  const name = systemCallName(number);
  if (name.length === 0) logOnce("?", `the system call ${number} does not exist (ENOSYS)`);
  else logOnce(name, `the system call ${name} is not supported (ENOSYS)`);
  return errorCode(Errno.NOSYS);
}

/** Answers a call for which the application has no privilege. */
export function refusePermission(): i64 {
  const name = systemCallName(u32(currentTrapFrame().error));
  logOnce(name, `the system call ${name} is not permitted (EPERM)`);
  return errorCode(Errno.PERM);
}
