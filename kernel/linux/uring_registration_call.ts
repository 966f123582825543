// io_uring_register(2): which registration it is. What each does is uring_register.ts.

import { acquireFile } from "../fs/file_table.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { readUser8, type UserPointer } from "../mm/user_memory.ts";
import { currentThread } from "../sched/thread.ts";
import { asRing, type Ring } from "./uring.ts";
import { OPERATIONS, Operation, REGISTRATIONS, Registration, SetupFlag } from "./uring_layout.ts";
import { OperationFlag, operationOf } from "./uring_operations.ts";
import { cancelMatching, checkCancelFlags } from "./uring_poll.ts";
import {
  clearTable,
  enable,
  registerAllocation,
  registerEvents,
  registerFiles,
  registerMemory,
  registerPersonality,
  registerRestrictions,
  registerTagged,
  unregisterEvents,
  unregisterPersonality,
  updatePlain,
  updateTagged,
} from "./uring_register.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** io_uring_register(2) */
export function sysIoUringRegister(descriptor: u64, code: u64, address: u64, count: u64): i64 {
  if (u32(code) >= REGISTRATIONS) return errorCode(Errno.INVAL);
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const ring = asRing(open);
  let result = errorCode(Errno.OPNOTSUPP);
  if (ring !== null) {
    using _ = ring.lock.acquire();
    result = register(ring, u32(code) as Registration, address, u32(count));
    ring.announce(false);
  }
  open.release();
  return result;
}

function register(ring: Ring, code: Registration, address: u64, count: u32): i64 {
  if (ring.issuer !== 0 && ring.issuer !== currentThread().id) return errorCode(Errno.EXIST);
  if (!ring.has(SetupFlag.Disabled) && !ring.restrictions.permitsRegistration(u32(code))) return errorCode(Errno.ACCES);
  const isPlain = address === 0 && count === 0;
  switch (code) {
    case Registration.Buffers:
      return address === 0 ? errorCode(Errno.FAULT) : errorCode(registerMemory(ring, address, 0, count));
    case Registration.RemoveBuffers:
      return errorCode(isPlain ? clearTable(ring, ring.memory) : Errno.INVAL);
    case Registration.Files:
      return address === 0 ? errorCode(Errno.FAULT) : errorCode(registerFiles(ring, address, 0, count));
    case Registration.RemoveFiles:
      return errorCode(isPlain ? clearTable(ring, ring.files) : Errno.INVAL);
    case Registration.Events:
      return errorCode(registerEvents(ring, address, count, false));
    case Registration.EventsLater:
      return errorCode(registerEvents(ring, address, count, true));
    case Registration.RemoveEvents:
      return errorCode(isPlain ? unregisterEvents(ring) : Errno.INVAL);
    case Registration.FilesUpdate:
      return updatePlain(ring, address, count);
    case Registration.Probe:
      return address === 0 || count > PROBED_MAX ? errorCode(Errno.INVAL) : errorCode(probe(address, count));
    case Registration.Personality:
      return isPlain ? registerPersonality(ring) : errorCode(Errno.INVAL);
    case Registration.RemovePersonality:
      return errorCode(address === 0 ? unregisterPersonality(ring, count) : Errno.INVAL);
    case Registration.Restrictions:
      return errorCode(registerRestrictions(ring, address, count));
    case Registration.Enable:
      return errorCode(isPlain ? enable(ring) : Errno.INVAL);
    case Registration.Files2:
      return errorCode(registerTagged(ring, address, count, true));
    case Registration.Buffers2:
      return errorCode(registerTagged(ring, address, count, false));
    case Registration.FilesUpdate2:
      return updateTagged(ring, address, count, true);
    case Registration.BuffersUpdate:
      return updateTagged(ring, address, count, false);
    case Registration.WorkerCount:
      return count === 2 && address !== 0 ? errorCode(limitWorkers(address)) : errorCode(Errno.INVAL);
    case Registration.CancelNow:
      return count === 1 && address !== 0 ? cancelNow(ring, address) : errorCode(Errno.INVAL);
    case Registration.FileAllocation:
      return errorCode(address !== 0 && count === 0 ? registerAllocation(ring, address) : Errno.INVAL);
    default:
      logOnce("io_uring_register", `the io_uring registration ${u32(code)} is not supported (EINVAL)`);
      return errorCode(Errno.INVAL);
  }
}

// ---- probe --------------------------------------------------------------------------------------------------------------

const PROBED_MAX = 256;
/** IO_URING_OP_SUPPORTED. */
const SUPPORTED = 1;

/** struct io_uring_probe without its array. @size 16 */
class ProbeHeader {
  last: u8 = 0;
  count: u8 = 0;
  reserved: u16 = 0;
  readonly reserved2!: FixedArray<u32, 3>;
}

/** struct io_uring_probe_op. @size 8 */
class ProbedOperation {
  operation: u8 = 0;
  reserved: u8 = 0;
  flags: u16 = 0;
  reserved2: u32 = 0;
}

/** IORING_REGISTER_PROBE: which operations there are. The memory is zeros before. */
function probe(address: u64, count: u32): Errno {
  const described = minimum(count, OPERATIONS);
  const size = sizeOf<ProbeHeader>() + u64(described) * sizeOf<ProbedOperation>();
  for (let i: u64 = 0; i < size; i++) {
    const byte = readUser8((address + i) as UserPointer);
    if (!byte.ok) return byte.error;
    if (byte.value !== 0) return Errno.INVAL;
  }
  const header = new ProbeHeader();
  header.last = OPERATIONS - 1;
  header.count = u8(described);
  const error = writeUserObject(address, header);
  if (error !== Errno.NONE) return error;
  for (let number: u32 = 0; number < described; number++) {
    const row = new ProbedOperation();
    row.operation = u8(number);
    if ((operationOf(number as Operation).flags & OperationFlag.Missing) === 0) row.flags = SUPPORTED;
    const failed = writeUserObject(address + sizeOf<ProbeHeader>() + u64(number) * sizeOf<ProbedOperation>(), row);
    if (failed !== Errno.NONE) return failed;
  }
  return Errno.NONE;
}

// ---- the rest -----------------------------------------------------------------------------------------------------------

class WorkerLimits {
  bounded: u32 = 0;
  unbounded: u32 = 0;
}

/** IORING_REGISTER_IOWQ_MAX_WORKERS: there is one thread a ring, and no limit that could be lower. Gives the limits from before. */
function limitWorkers(address: u64): Errno {
  const limits = new WorkerLimits();
  const error = readUserObject(limits, address);
  if (error !== Errno.NONE) return error;
  if (limits.bounded > 0x7fff_ffff || limits.unbounded > 0x7fff_ffff) return Errno.INVAL;
  limits.bounded = 1;
  limits.unbounded = 1;
  return writeUserObject(address, limits);
}

/** struct io_uring_sync_cancel_reg. @size 64 */
class Cancellation {
  userData: u64 = 0;
  descriptor: i32 = 0;
  flags: u32 = 0;
  seconds: i64 = 0;
  nanoseconds: i64 = 0;
  readonly padding!: FixedArray<u64, 4>;
}

/** IORING_REGISTER_SYNC_CANCEL: cancelling takes no time here. */
function cancelNow(ring: Ring, address: u64): i64 {
  const wanted = new Cancellation();
  let error = readUserObject(wanted, address);
  if (error === Errno.NONE) error = checkCancelFlags(wanted.flags);
  for (const word of wanted.padding) {
    if (error === Errno.NONE && word !== 0) error = Errno.INVAL;
  }
  if (error !== Errno.NONE) return errorCode(error);
  const result = cancelMatching(ring, wanted.flags, wanted.userData, u32(wanted.descriptor), false);
  return result === errorCode(Errno.ALREADY) ? 0 : result;
}
