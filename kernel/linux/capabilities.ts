// capget(2), capset(2): user 0 of a confined machine, with the capabilities that a container gives by default.
// include/uapi/linux/capability.h.

import { Errno, errorCode } from "../lib/errno.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/**
 * CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD,
 * AUDIT_WRITE, SETFCAP.
 */
export const CAPABILITIES = 0xa804_25fb;
/** CAP_CHECKPOINT_RESTORE, the last that Linux 6.1 knows. */
export const LAST_CAPABILITY = 40;

/** What the application has laid down and may have again, and what it has laid down for good. */
class Capabilities {
  effective: u32 = CAPABILITIES;
  permitted: u32 = CAPABILITIES;
  inheritable: u32 = 0;
}

const own = new Capabilities();

/** Whether the application has a capability in effect. */
export function hasCapability(capability: u32): boolean {
  return capability < 32 && ((own.effective >> capability) & 1) !== 0;
}

const VERSION_1 = 0x1998_0330;
const VERSION_2 = 0x2007_1026;
const VERSION_3 = 0x2008_0522;

/** struct __user_cap_header_struct. @size 8 */
class CapabilityHeader {
  version: u32 = 0;
  process: i32 = 0;
}

/** struct __user_cap_data_struct. @size 12 */
class CapabilitySet {
  effective: u32 = 0;
  permitted: u32 = 0;
  inheritable: u32 = 0;
}

/** capget(2) */
export function sysCapget(headerAddress: u64, dataAddress: u64): i64 {
  const header = new CapabilityHeader();
  const error = readUserObject(header, headerAddress);
  if (error !== Errno.NONE) return errorCode(error);
  const words = wordsOf(header.version);
  if (words === 0) {
    header.version = VERSION_3;
    const written = writeUserObject(headerAddress, header);
    if (written !== Errno.NONE) return errorCode(written);
    return dataAddress === 0 ? 0 : errorCode(Errno.INVAL);
  }
  if (header.process < 0) return errorCode(Errno.INVAL);
  if (header.process !== 0 && header.process !== PROCESS_ID) return errorCode(Errno.SRCH);
  if (dataAddress === 0) return 0;
  const data = new CapabilitySet();
  data.effective = own.effective;
  data.permitted = own.permitted;
  data.inheritable = own.inheritable;
  const low = writeUserObject(dataAddress, data);
  if (low !== Errno.NONE || words === 1) return errorCode(low);
  data.effective = 0;
  data.permitted = 0;
  data.inheritable = 0;
  return errorCode(writeUserObject(dataAddress + sizeOf<CapabilitySet>(), data));
}

/** capset(2): capabilities may be laid down; none may be gained. */
export function sysCapset(headerAddress: u64, dataAddress: u64): i64 {
  const header = new CapabilityHeader();
  const error = readUserObject(header, headerAddress);
  if (error !== Errno.NONE) return errorCode(error);
  const words = wordsOf(header.version);
  if (words === 0) return errorCode(Errno.INVAL);
  if (header.process !== 0 && header.process !== PROCESS_ID) return errorCode(Errno.PERM);
  const data = new CapabilitySet();
  const low = readUserObject(data, dataAddress);
  if (low !== Errno.NONE) return errorCode(low);
  if ((data.permitted & ~own.permitted) !== 0 || (data.effective & ~data.permitted) !== 0) return errorCode(Errno.PERM);
  const wanted = new CapabilitySet();
  wanted.effective = data.effective;
  wanted.permitted = data.permitted;
  wanted.inheritable = data.inheritable;
  if (words === 1) return adopt(wanted);
  const high = readUserObject(data, dataAddress + sizeOf<CapabilitySet>());
  if (high !== Errno.NONE) return errorCode(high);
  return (data.effective | data.permitted) === 0 ? adopt(wanted) : errorCode(Errno.PERM);
}

function adopt(wanted: CapabilitySet): i64 {
  own.effective = wanted.effective;
  own.permitted = wanted.permitted;
  own.inheritable = wanted.inheritable & own.permitted;
  return 0;
}

/** How many CapabilitySets a version of the interface has; 0 for an unknown one. */
function wordsOf(version: u32): u32 {
  switch (version) {
    case VERSION_1:
      return 1;
    case VERSION_2:
    case VERSION_3:
      return 2;
    default:
      return 0;
  }
}
