// prctl(2): the settings of the process and of its threads that mean something without other processes, and honest answers
// to questions about the rest. include/uapi/linux/prctl.h.

import { Errno, errorCode } from "../lib/errno.ts";
import { copyToUser, readUserString, type UserPointer, writeUser32, writeUser64 } from "../mm/user_memory.ts";
import { currentThread, setThreadName, THREAD_NAME_SIZE } from "../sched/thread.ts";
import { CAPABILITIES, hasCapability, LAST_CAPABILITY } from "./capabilities.ts";

const enum Option {
  SetParentDeathSignal = 1,
  GetParentDeathSignal = 2,
  GetDumpable = 3,
  SetDumpable = 4,
  GetKeepCapabilities = 7,
  SetKeepCapabilities = 8,
  GetTiming = 13,
  SetTiming = 14,
  SetName = 15,
  GetName = 16,
  GetSecureComputing = 21,
  SetSecureComputing = 22,
  ReadCapabilityBound = 23,
  DropCapabilityBound = 24,
  GetTimestampCounter = 25,
  SetTimestampCounter = 26,
  GetSecureBits = 27,
  SetSecureBits = 28,
  SetTimerSlack = 29,
  GetTimerSlack = 30,
  SetMachineCheckKill = 33,
  GetMachineCheckKill = 34,
  SetChildSubreaper = 36,
  GetChildSubreaper = 37,
  SetNoNewPrivileges = 38,
  GetNoNewPrivileges = 39,
  GetThreadIdAddress = 40,
  SetHugePagesDisabled = 41,
  GetHugePagesDisabled = 42,
  CapabilityAmbient = 47,
}

/** PR_TSC_ENABLE, PR_MCE_KILL_DEFAULT, SECBIT_KEEP_CAPS. */
const TIMESTAMP_ENABLED = 1;
const MACHINE_CHECK_DEFAULT = 2;
const KEEP_CAPABILITIES_BIT = 0x10;

/** PR_SET_TIMERSLACK 0 goes back to this, in nanoseconds. */
const DEFAULT_TIMER_SLACK = 50_000;
/** CAP_SETPCAP. */
const SET_CAPABILITIES = 8;
const AMBIENT_IS_SET = 1;
const AMBIENT_RAISE = 2;
const AMBIENT_CLEAR = 4;

class Settings {
  parentDeathSignal: u32 = 0;
  dumpable: i64 = 1;
  keepCapabilities: i64 = 0;
  capabilityBound: u64 = CAPABILITIES;
  timerSlack: u64 = DEFAULT_TIMER_SLACK;
  childSubreaper: u32 = 0;
  noNewPrivileges: i64 = 0;
  hugePagesDisabled: i64 = 0;
}

const settings = new Settings();

/** prctl(2) */
export function sysPrctl(option: u64, a: u64, b: u64, c: u64, d: u64): i64 {
  switch (u32(option) as Option) {
    case Option.SetName:
      return setName(a);
    case Option.GetName:
      return errorCode(copyToUser(a as UserPointer, currentThread().name.slice()));
    case Option.GetThreadIdAddress:
      return errorCode(writeUser64(a as UserPointer, currentThread().clearChildTid));
    case Option.SetParentDeathSignal:
      // The parent is outside: when it goes, the machine goes.
      if (a > 64) return errorCode(Errno.INVAL);
      settings.parentDeathSignal = u32(a);
      return 0;
    case Option.GetParentDeathSignal:
      return errorCode(writeUser32(a as UserPointer, settings.parentDeathSignal));
    case Option.GetDumpable:
      return settings.dumpable;
    case Option.SetDumpable:
      if (a > 1) return errorCode(Errno.INVAL);
      settings.dumpable = i64(a);
      return 0;
    case Option.GetTiming:
      return 0;
    case Option.SetTiming:
      return a === 0 ? 0 : errorCode(Errno.INVAL);
    case Option.SetTimerSlack:
      settings.timerSlack = i64(a) <= 0 ? u64(DEFAULT_TIMER_SLACK) : a;
      return 0;
    case Option.GetTimerSlack:
      return i64(settings.timerSlack);
    case Option.SetChildSubreaper:
      settings.childSubreaper = a !== 0 ? 1 : 0;
      return 0;
    case Option.GetChildSubreaper:
      return errorCode(writeUser32(a as UserPointer, settings.childSubreaper));
    case Option.SetNoNewPrivileges:
      if (a !== 1 || b !== 0 || c !== 0 || d !== 0) return errorCode(Errno.INVAL);
      settings.noNewPrivileges = 1;
      return 0;
    case Option.GetNoNewPrivileges:
      return (a | b | c | d) !== 0 ? errorCode(Errno.INVAL) : settings.noNewPrivileges;
    case Option.SetHugePagesDisabled:
      if (b !== 0 || c !== 0 || d !== 0) return errorCode(Errno.INVAL);
      settings.hugePagesDisabled = a !== 0 ? 1 : 0;
      return 0;
    case Option.GetHugePagesDisabled:
      return (a | b | c | d) !== 0 ? errorCode(Errno.INVAL) : settings.hugePagesDisabled;
    case Option.GetTimestampCounter:
      return errorCode(writeUser32(a as UserPointer, TIMESTAMP_ENABLED));
    case Option.SetTimestampCounter:
      // To trap it would need ring 0, which user mode does not have.
      return a === TIMESTAMP_ENABLED ? 0 : errorCode(Errno.INVAL);
    case Option.SetMachineCheckKill:
      // No machine checks reach the application: the hypervisor has them.
      return a <= 1 && (c | d) === 0 ? 0 : errorCode(Errno.INVAL);
    case Option.GetMachineCheckKill:
      return (a | b | c | d) === 0 ? MACHINE_CHECK_DEFAULT : errorCode(Errno.INVAL);
    case Option.GetSecureComputing:
      return 0;
    case Option.SetSecureComputing:
      return errorCode(Errno.INVAL);
    default:
      return controlCapabilities(u32(option) as Option, a, b, c, d);
  }
}

/** The options about capabilities, and the end of the list. */
function controlCapabilities(option: Option, a: u64, b: u64, c: u64, d: u64): i64 {
  switch (option) {
    case Option.GetKeepCapabilities:
      return settings.keepCapabilities;
    case Option.SetKeepCapabilities:
      if (a > 1) return errorCode(Errno.INVAL);
      settings.keepCapabilities = i64(a);
      return 0;
    case Option.ReadCapabilityBound:
      if (a > LAST_CAPABILITY) return errorCode(Errno.INVAL);
      return i64((settings.capabilityBound >> a) & 1);
    case Option.DropCapabilityBound:
      if (a > LAST_CAPABILITY) return errorCode(Errno.INVAL);
      if (!hasCapability(SET_CAPABILITIES)) return errorCode(Errno.PERM);
      settings.capabilityBound &= ~(u64(1) << a);
      return 0;
    case Option.GetSecureBits:
      return settings.keepCapabilities !== 0 ? KEEP_CAPABILITIES_BIT : 0;
    case Option.SetSecureBits:
      return a === 0 ? 0 : errorCode(Errno.PERM);
    case Option.CapabilityAmbient:
      if (a === AMBIENT_CLEAR) return (b | c | d) === 0 ? 0 : errorCode(Errno.INVAL);
      if (b > LAST_CAPABILITY) return errorCode(Errno.INVAL);
      if (a === AMBIENT_IS_SET) return 0;
      return errorCode(a === AMBIENT_RAISE ? Errno.PERM : Errno.INVAL);
    default:
      return errorCode(Errno.INVAL);
  }
}

function setName(address: u64): i64 {
  const name = new NewName();
  const length = readUserString(address as UserPointer, name.storage.slice());
  // A longer name is cut, not refused.
  if (!length.ok && length.error !== Errno.NAMETOOLONG) return errorCode(length.error);
  setThreadName(currentThread(), name.storage.slice(0, length.ok ? length.value : THREAD_NAME_SIZE - 1));
  return 0;
}

class NewName {
  readonly storage!: FixedArray<u8, 16>;
}
