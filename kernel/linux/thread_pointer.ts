// arch_prctl(2): the segment bases of a thread. FS is the application's, GS the kernel's.
// arch/x86/include/uapi/asm/prctl.h.

import { readFsBase, setFsBase } from "../arch/x86_64/context.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { APPLICATION_END, type UserPointer, writeUser64 } from "../mm/user_memory.ts";

const enum Request {
  SetGs = 0x1001,
  SetFs = 0x1002,
  GetFs = 0x1003,
  GetGs = 0x1004,
  GetCpuid = 0x1011,
  SetCpuid = 0x1012,
}

/** arch_prctl(2) */
export function sysArchPrctl(request: u64, argument: u64): i64 {
  switch (u32(request) as Request) {
    case Request.SetFs:
      if (argument >= APPLICATION_END) return errorCode(Errno.PERM);
      setFsBase(argument);
      return 0;
    case Request.GetFs:
      return errorCode(writeUser64(argument as UserPointer, readFsBase()));
    case Request.SetGs:
      logOnce("arch_prctl SET_GS", "arch_prctl(ARCH_SET_GS) is refused (EPERM): the GS base belongs to the kernel");
      return errorCode(Errno.PERM);
    case Request.GetGs:
      // As far as the application could ever set it.
      return errorCode(writeUser64(argument as UserPointer, 0));
    case Request.GetCpuid:
      return 1;
    case Request.SetCpuid:
      return errorCode(Errno.NODEV);
    default:
      return errorCode(Errno.INVAL);
  }
}
