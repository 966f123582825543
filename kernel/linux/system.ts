// What the system says of itself: names, memory, load. Programs parse the release (glibc refuses a kernel that is older than
// it was built for), so it begins with the version of Linux whose interface this is.

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { freeMemory, totalMemory } from "../mm/frames.ts";
import { copyFromUser, type UserPointer } from "../mm/user_memory.ts";
import { threadCount } from "../sched/thread_table.ts";
import { domainName, hostName, NAME_LIMIT, setDomainName, setHostName } from "./host_name.ts";
import { writeUserObject } from "./user_object.ts";

const SYSTEM_NAME = "Linux";
/** The interface is that of Linux 6.1, the long-term release of Debian 12. */
export const RELEASE = "6.1.0-unary";
export const VERSION = "#1 SMP PREEMPT_DYNAMIC Unary";
const MACHINE = "x86_64";
const NO_DOMAIN = "(none)";

/** struct new_utsname. @size 390 */
class SystemNames {
  readonly system!: FixedArray<u8, 65>;
  readonly node!: FixedArray<u8, 65>;
  readonly release!: FixedArray<u8, 65>;
  readonly version!: FixedArray<u8, 65>;
  readonly machine!: FixedArray<u8, 65>;
  readonly domain!: FixedArray<u8, 65>;
}

/** struct sysinfo. @size 112 */
class SystemInformation {
  uptime: i64 = 0;
  readonly loads!: FixedArray<u64, 3>;
  totalMemory: u64 = 0;
  freeMemory: u64 = 0;
  sharedMemory: u64 = 0;
  bufferMemory: u64 = 0;
  totalSwap: u64 = 0;
  freeSwap: u64 = 0;
  processes: u16 = 0;
  totalHighMemory: u64 = 0;
  freeHighMemory: u64 = 0;
  /** Bytes in a unit of the figures above. */
  unit: u32 = 0;
}

/** uname(2) */
export function sysUname(address: u64): i64 {
  const names = new SystemNames();
  fill(names.system.slice(), bytes(SYSTEM_NAME));
  fill(names.node.slice(), hostName());
  fill(names.release.slice(), bytes(RELEASE));
  fill(names.version.slice(), bytes(VERSION));
  fill(names.machine.slice(), bytes(MACHINE));
  const domain = domainName();
  fill(names.domain.slice(), domain.length === 0 ? bytes(NO_DOMAIN) : domain);
  return errorCode(writeUserObject(address, names));
}

function fill(field: Slice<u8>, text: Slice<u8>): void {
  field.slice(0, text.length).copyFrom(text);
}

/** sethostname(2) */
export function sysSethostname(address: u64, length: u64): i64 {
  const name = new NewName();
  const error = name.read(address, length);
  if (error === Errno.NONE) setHostName(name.text());
  return errorCode(error);
}

/** setdomainname(2) */
export function sysSetdomainname(address: u64, length: u64): i64 {
  const name = new NewName();
  const error = name.read(address, length);
  if (error === Errno.NONE) setDomainName(name.text());
  return errorCode(error);
}

class NewName {
  private readonly storage!: FixedArray<u8, 64>;
  private length: usize = 0;

  text(): Slice<u8> {
    return this.storage.slice(0, this.length);
  }

  read(address: u64, length: u64): Errno {
    if (i32(length) < 0 || u64(u32(length)) > NAME_LIMIT) return Errno.INVAL;
    this.length = u64(u32(length));
    return copyFromUser(this.storage.slice(0, this.length), address as UserPointer);
  }
}

/** sysinfo(2) */
export function sysSysinfo(address: u64): i64 {
  const information = new SystemInformation();
  information.uptime = i64(monotonicNanoseconds() / 1_000_000_000);
  information.totalMemory = totalMemory();
  information.freeMemory = freeMemory();
  information.processes = u16(threadCount());
  information.unit = 1;
  return errorCode(writeUserObject(address, information));
}

/** personality(2) with it only asks. */
const ASK_ONLY = 0xffff_ffff;

let personality: u32 = 0;

/** personality(2): the wish is kept; addresses are laid out once, before the program runs. */
export function sysPersonality(wanted: u64): i64 {
  const old = personality;
  const value = u32(wanted);
  if (value !== ASK_ONLY) {
    personality = value;
  }
  return i64(old);
}

/** syslog(2): the kernel's log goes to the machine's standard error and is not kept. */
export function sysSyslog(): i64 {
  return errorCode(Errno.PERM);
}
