// Resource limits: kept and given back as they were set. Those on memory and descriptors are enforced where the resource
// is (mm, fs), which ask `softLimit`; the others limit what does not exist here.
// include/uapi/asm-generic/resource.h.

import type { Writer } from "prelude/writer.ts";
import { DESCRIPTORS_MAX } from "../fs/file_table.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { setAddressSpaceLimit, setDataLimit } from "../mm/memory_limits.ts";
import { setStackLimit } from "../mm/stack.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

export const enum Resource {
  CpuTime = 0,
  FileSize = 1,
  Data = 2,
  Stack = 3,
  Core = 4,
  ResidentSet = 5,
  Processes = 6,
  OpenFiles = 7,
  LockedMemory = 8,
  AddressSpace = 9,
  Locks = 10,
  PendingSignals = 11,
  MessageQueue = 12,
  Nice = 13,
  RealTimePriority = 14,
  RealTimeTime = 15,
}

const RESOURCES = 16;
/** RLIM_INFINITY. */
export const UNLIMITED = 0xffff_ffff_ffff_ffff;

/** INR_OPEN_CUR: what a program gets that does not ask. */
const INITIAL_OPEN_FILES = 1024;

/** struct rlimit64. @size 16 */
class Limit {
  soft: u64;
  hard: u64;

  constructor(soft: u64, hard: u64) {
    this.soft = soft;
    this.hard = hard;
  }
}

class Limits {
  readonly soft!: FixedArray<u64, 16>;
  readonly hard!: FixedArray<u64, 16>;
  filled = false;
}

const limits = new Limits();

/** Linux's limits for the first process, with a stack of 8 MiB and no core files. */
function fill(): void {
  if (limits.filled) return;
  limits.soft.fill(UNLIMITED);
  limits.hard.fill(UNLIMITED);
  limits.soft[Resource.Stack] = 0x80_0000;
  limits.soft[Resource.OpenFiles] = INITIAL_OPEN_FILES;
  limits.hard[Resource.OpenFiles] = DESCRIPTORS_MAX;
  limits.soft[Resource.Core] = 0;
  limits.soft[Resource.MessageQueue] = 819_200;
  limits.hard[Resource.MessageQueue] = 819_200;
  limits.soft[Resource.Nice] = 0;
  limits.hard[Resource.Nice] = 0;
  limits.soft[Resource.RealTimePriority] = 0;
  limits.hard[Resource.RealTimePriority] = 0;
  limits.filled = true;
}

/** What the application may use of a resource, in the resource's own unit. */
export function softLimit(resource: Resource): u64 {
  fill();
  return limits.soft[resource];
}

let fileSizeLimited = false;

/** Whether files may not grow as they like (RLIMIT_FSIZE): what every write asks first. @inline */
export function filesAreLimited(): boolean {
  return fileSizeLimited;
}

/** prlimit64(2) */
export function sysPrlimit64(process: u64, resource: u64, newAddress: u64, oldAddress: u64): i64 {
  if (u32(process) !== 0 && u32(process) !== PROCESS_ID) return errorCode(Errno.SRCH);
  const index = usize(u32(resource));
  if (index >= RESOURCES) return errorCode(Errno.INVAL);
  fill();
  const old = new Limit(limits.soft[index], limits.hard[index]);
  if (newAddress !== 0) {
    const error = change(index, newAddress);
    if (error !== Errno.NONE) return errorCode(error);
  }
  return oldAddress === 0 ? 0 : errorCode(writeUserObject(oldAddress, old));
}

/** getrlimit(2) */
export function sysGetrlimit(resource: u64, address: u64): i64 {
  const index = usize(u32(resource));
  if (index >= RESOURCES) return errorCode(Errno.INVAL);
  fill();
  const limit = new Limit(limits.soft[index], limits.hard[index]);
  return errorCode(writeUserObject(address, limit));
}

/** setrlimit(2) */
export function sysSetrlimit(resource: u64, address: u64): i64 {
  const index = usize(u32(resource));
  if (index >= RESOURCES) return errorCode(Errno.INVAL);
  fill();
  return errorCode(change(index, address));
}

function change(index: usize, address: u64): Errno {
  const wanted = new Limit(0, 0);
  const error = readUserObject(wanted, address);
  if (error !== Errno.NONE) return error;
  if (wanted.soft > wanted.hard) return Errno.INVAL;
  if (index === Resource.OpenFiles && wanted.hard > DESCRIPTORS_MAX) return Errno.PERM;
  // A hard limit goes down only: the container that this looks like has no CAP_SYS_RESOURCE.
  if (wanted.hard > limits.hard[index]) return Errno.PERM;
  limits.soft[index] = wanted.soft;
  limits.hard[index] = wanted.hard;
  if (index === Resource.FileSize) fileSizeLimited = wanted.soft !== UNLIMITED;
  if (index === Resource.Stack) setStackLimit(wanted.soft);
  if (index === Resource.AddressSpace) setAddressSpaceLimit(wanted.soft);
  if (index === Resource.Data) setDataLimit(wanted.soft);
  return Errno.NONE;
}

/** Writes the table of /proc/self/limits (fs/proc/base.c of Linux). */
export function writeLimits(writer: Writer): void {
  fill();
  writer.text("Limit                     Soft Limit           Hard Limit           Units     \n");
  for (let i: usize = 0; i < RESOURCES; i++) {
    writer.paddedText(RESOURCE_NAMES[i], 26);
    writeLimit(writer, limits.soft[i]);
    writeLimit(writer, limits.hard[i]);
    writer.paddedText(RESOURCE_UNITS[i], 10);
    writer.text("\n");
  }
}

/** A number in 21 columns, left-aligned. */
function writeLimit(writer: Writer, limit: u64): void {
  if (limit === UNLIMITED) {
    writer.paddedText("unlimited", 21);
    return;
  }
  const start = writer.length;
  writer.unsigned(limit);
  for (let column = writer.length - start; column < 21; column++) writer.character(0x20);
}

const RESOURCE_NAMES: FixedArray<string, 16> = [
  "Max cpu time",
  "Max file size",
  "Max data size",
  "Max stack size",
  "Max core file size",
  "Max resident set",
  "Max processes",
  "Max open files",
  "Max locked memory",
  "Max address space",
  "Max file locks",
  "Max pending signals",
  "Max msgqueue size",
  "Max nice priority",
  "Max realtime priority",
  "Max realtime timeout",
];

const RESOURCE_UNITS: FixedArray<string, 16> = [
  "seconds",
  "bytes",
  "bytes",
  "bytes",
  "bytes",
  "bytes",
  "processes",
  "files",
  "bytes",
  "bytes",
  "locks",
  "signals",
  "bytes",
  "",
  "",
  "us",
];
