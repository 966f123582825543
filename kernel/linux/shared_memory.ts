// System V shared memory: shmget(2), shmat(2), shmdt(2), shmctl(2). A segment is a file in memory without a name, as MAP_SHARED
// without a file is; a removed one lives as long as it is attached. include/uapi/linux/shm.h.
//
// Attachments are areas whose source is the segment's file, counted when somebody asks. Lock order: table → address space.

import type { Dentry } from "../fs/dentry.ts";
import { now } from "../fs/time.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { logOnce } from "../lib/log.ts";
import { mapArea, roundUp } from "../mm/address_space.ts";
import { AreaFlag, PAGE_SIZE, Protection } from "../mm/area.ts";
import type { PageSource } from "../mm/page_source.ts";
import { beginsAt, countAreas, unmapSource } from "../mm/source_areas.ts";
import { APPLICATION_END } from "../mm/user_memory.ts";
import { Mutex } from "../sched/mutex.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { COMMAND_MASK, checkFound, IPC_PRIVATE, IpcCommand, IpcPermissions, IpcTable, OBJECTS, PERMISSIONS } from "./ipc.ts";
import { makeSharedMemory } from "./open.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** SHM_HUGETLB; SHM_LOCK and SHM_UNLOCK; SHM_DEST and SHM_LOCKED in the mode. */
const HUGE_PAGES = 0o4000;
const LOCK = 11;
const UNLOCK = 12;
const REMOVED = 0o1000;
const LOCKED = 0o2000;

const enum AttachFlag {
  ReadOnly = 0o10000,
  Round = 0o20000,
  Remap = 0o40000,
  Execute = 0o100000,
}
const NANOSECONDS = 1_000_000_000;

/** struct shmid64_ds. @size 112 */
class SegmentStatus {
  readonly permissions = new IpcPermissions();
  size: u64 = 0;
  attached: u64 = 0;
  detached: u64 = 0;
  changed: u64 = 0;
  creator: u32 = 0;
  last: u32 = 0;
  attachments: u64 = 0;
  reserved: u64 = 0;
  reserved2: u64 = 0;
}

class Segment {
  key: u32 = 0;
  number: u32 = 0;
  /** Its file, with a reference. */
  readonly dentry: Dentry;
  readonly size: u64;
  mode: u32;
  user: u32 = 0;
  group: u32 = 0;
  last: u32 = 0;
  attachedAt: u64 = 0;
  detachedAt: u64 = 0;
  changedAt: u64 = 0;

  constructor(dentry: Dentry, size: u64, mode: u32) {
    this.dentry = dentry;
    this.size = size;
    this.mode = mode;
  }

  source(): PageSource {
    const inode = this.dentry.inode;
    return inode.pageSource()!;
  }
}

class Segments {
  readonly lock = new Mutex(LockOrder.SharedMemory);
  readonly table = new IpcTable<Segment>();
}

const segments = new Segments();

function seconds(): u64 {
  return u64(now()) / NANOSECONDS;
}

/** shmget(2) */
export function sysShmget(key: u64, size: u64, flagBits: u64): i64 {
  const flags = u32(flagBits);
  using _ = segments.lock.acquire();
  forgetRemoved();
  if (u32(key) !== IPC_PRIVATE) {
    const found = segments.table.findKey(u32(key));
    const error = checkFound(found !== null, flags);
    if (error !== Errno.NONE) return errorCode(error);
    if (found !== null) return size > found.size ? errorCode(Errno.INVAL) : i64(found.number);
  }
  if (size === 0 || size > APPLICATION_END) return errorCode(Errno.INVAL);
  if ((flags & HUGE_PAGES) !== 0) {
    logOnce("SHM_HUGETLB", "shmget: there is no pool of huge pages (ENOMEM)");
    return errorCode(Errno.NOMEM);
  }
  const dentry = makeSharedMemory(roundUp(size), "/SYSV");
  if (dentry === null) return errorCode(Errno.NOMEM);
  const segment = create(Segment, dentry, size, flags & PERMISSIONS);
  if (segment === null || !segments.table.add(segment, u32(key))) {
    dentry.release();
    if (segment !== null) destroy(segment);
    return errorCode(segment === null ? Errno.NOMEM : Errno.NOSPC);
  }
  segment.changedAt = seconds();
  return i64(segment.number);
}

/** shmat(2): gives the address. */
export function sysShmat(number: u64, address: u64, flagBits: u64): i64 {
  const flags = u32(flagBits);
  let place = address;
  let placement = u32(AreaFlag.Shared);
  if (address % PAGE_SIZE !== 0) {
    if ((flags & AttachFlag.Round) === 0) return errorCode(Errno.INVAL);
    place = address & ~u64(PAGE_SIZE - 1);
  }
  if (place !== 0) {
    placement |= u32((flags & AttachFlag.Remap) !== 0 ? AreaFlag.Fixed : AreaFlag.FixedNoReplace);
  } else if ((flags & AttachFlag.Remap) !== 0) {
    return errorCode(Errno.INVAL);
  }
  let protection = u32(Protection.Read);
  if ((flags & AttachFlag.ReadOnly) === 0) protection |= u32(Protection.Write);
  if ((flags & AttachFlag.Execute) !== 0) protection |= u32(Protection.Execute);
  using _ = segments.lock.acquire();
  forgetRemoved();
  const segment = segments.table.find(u32(number));
  if (segment === null) return errorCode(Errno.INVAL);
  const mapped = mapArea(place, segment.size, protection, placement, segment.source(), 0);
  if (!mapped.ok) return errorCode(mapped.error === Errno.EXIST ? Errno.INVAL : mapped.error);
  segment.attachedAt = seconds();
  segment.last = PROCESS_ID;
  return i64(mapped.value);
}

/** shmdt(2) */
export function sysShmdt(address: u64): i64 {
  if (address % PAGE_SIZE !== 0) return errorCode(Errno.INVAL);
  using _ = segments.lock.acquire();
  for (let i: usize = 0; i < OBJECTS; i++) {
    const segment = segments.table.at(i);
    if (segment === null || !beginsAt(address, segment.source())) continue;
    const error = unmapSource(address, roundUp(segment.size), segment.source());
    segment.detachedAt = seconds();
    segment.last = PROCESS_ID;
    forgetRemoved();
    return errorCode(error);
  }
  return errorCode(Errno.INVAL);
}

/** shmctl(2) */
export function sysShmctl(number: u64, command: u64, address: u64): i64 {
  using _ = segments.lock.acquire();
  forgetRemoved();
  const segment = segments.table.find(u32(number));
  if (segment === null) return errorCode(Errno.INVAL);
  switch (u32(command) & COMMAND_MASK) {
    case u32(IpcCommand.Status):
      return tell(segment, address);
    case u32(IpcCommand.Set):
      return change(segment, address);
    case u32(IpcCommand.Remove):
      // Nobody finds it any more; who knows the number may still attach it while others do.
      segment.key = IPC_PRIVATE;
      segment.mode |= REMOVED;
      forgetRemoved();
      return 0;
    case LOCK:
      segment.mode |= LOCKED;
      return 0;
    case UNLOCK:
      segment.mode &= ~u32(LOCKED);
      return 0;
    default:
      return errorCode(Errno.INVAL);
  }
}

function tell(segment: Segment, address: u64): i64 {
  const status = new SegmentStatus();
  const permissions = status.permissions;
  permissions.key = segment.key;
  permissions.user = segment.user;
  permissions.group = segment.group;
  permissions.mode = segment.mode;
  permissions.sequence = u16(segment.number / OBJECTS);
  status.size = segment.size;
  status.attached = segment.attachedAt;
  status.detached = segment.detachedAt;
  status.changed = segment.changedAt;
  status.creator = PROCESS_ID;
  status.last = segment.last;
  status.attachments = countAreas(segment.source());
  return errorCode(writeUserObject(address, status));
}

function change(segment: Segment, address: u64): i64 {
  const status = new SegmentStatus();
  const error = readUserObject(status, address);
  if (error !== Errno.NONE) return errorCode(error);
  segment.user = status.permissions.user;
  segment.group = status.permissions.group;
  segment.mode = (segment.mode & ~u32(PERMISSIONS)) | (status.permissions.mode & PERMISSIONS);
  segment.changedAt = seconds();
  return 0;
}

/** Lets removed segments go that are attached nowhere. The lock is held. */
function forgetRemoved(): void {
  for (let i: usize = 0; i < OBJECTS; i++) {
    const segment = segments.table.at(i);
    if (segment === null || (segment.mode & REMOVED) === 0 || countAreas(segment.source()) !== 0) continue;
    segments.table.remove(segment);
    segment.dentry.release();
    destroy(segment);
  }
}
