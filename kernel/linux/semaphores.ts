// System V semaphores: semget(2), semop(2), semtimedop(2), semctl(2). include/uapi/linux/sem.h.
//
// The operations of one call happen together or not at all: they are tried under the lock, and undone when one of them must
// wait. Who waits tries again whenever a value of the set has changed. SEM_UNDO asks for what happens at the end of the
// process, with which all sets end: it is accepted.

import { addressOf, sliceAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { now } from "../fs/time.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { copyFromUser, copyToUser, type UserPointer } from "../mm/user_memory.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import {
  COMMAND_MASK,
  checkFound,
  IPC_PRIVATE,
  IpcCommand,
  IpcFlag,
  IpcPermissions,
  IpcTable,
  OBJECTS,
  PERMISSIONS,
} from "./ipc.ts";
import { readTimespec } from "./timespec.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** SEMMSL, SEMOPM, SEMVMX. */
const MOST_SEMAPHORES = 32000;
const MOST_OPERATIONS = 500;
const LARGEST_VALUE: i32 = 32767;
const NANOSECONDS = 1_000_000_000;

const enum SemaphoreCommand {
  GetProcess = 11,
  GetValue = 12,
  GetAll = 13,
  GetWaitingForMore = 14,
  GetWaitingForZero = 15,
  SetValue = 16,
  SetAll = 17,
}

/** struct sembuf. @size 6 */
class Operation {
  index: u16 = 0;
  change: i16 = 0;
  flags: u16 = 0;
}

/** struct semid64_ds. @size 104 */
class SetStatus {
  readonly permissions = new IpcPermissions();
  operated: u64 = 0;
  reserved: u64 = 0;
  changed: u64 = 0;
  reserved2: u64 = 0;
  count: u64 = 0;
  reserved3: u64 = 0;
  reserved4: u64 = 0;
}

class Semaphore {
  value: u16 = 0;
  waitingForMore: u16 = 0;
  waitingForZero: u16 = 0;
  process: u32 = 0;
}

class SemaphoreSet {
  key: u32 = 0;
  number: u32 = 0;
  readonly semaphores: Slice<Semaphore>;
  readonly changes = new WaitQueue();
  mode: u32;
  user: u32 = 0;
  group: u32 = 0;
  removed = false;
  /** The table, and calls that are under way. */
  references: u32 = 1;
  operatedAt: u64 = 0;
  changedAt: u64 = 0;

  constructor(semaphores: Slice<Semaphore>, mode: u32) {
    this.semaphores = semaphores;
    this.mode = mode;
  }
}

class Sets {
  /** Guards the table, and the values of all sets. */
  readonly lock = new SpinLock(LockOrder.Semaphores);
  readonly table = new IpcTable<SemaphoreSet>();
}

const sets = new Sets();

function seconds(): u64 {
  return u64(now()) / NANOSECONDS;
}

/** semget(2) */
export function sysSemget(key: u64, count: u64, flagBits: u64): i64 {
  const flags = u32(flagBits);
  const wanted = u32(count);
  if (wanted > MOST_SEMAPHORES) return errorCode(Errno.INVAL);
  if (u32(key) !== IPC_PRIVATE) {
    using _ = sets.lock.acquire();
    const found = sets.table.findKey(u32(key));
    const error = checkFound(found !== null, flags);
    if (error !== Errno.NONE) return errorCode(error);
    if (found !== null) return u64(wanted) > found.semaphores.length ? errorCode(Errno.INVAL) : i64(found.number);
  }
  if (wanted === 0) return errorCode(Errno.INVAL);
  const semaphores = createArray<Semaphore>(u64(wanted));
  if (semaphores === null) return errorCode(Errno.NOMEM);
  const set = create(SemaphoreSet, semaphores, flags & PERMISSIONS);
  if (set !== null && enter(set, u32(key))) return i64(set.number);
  destroyArray(semaphores);
  if (set !== null) destroy(set);
  return errorCode(set === null ? Errno.NOMEM : Errno.NOSPC);
}

function enter(set: SemaphoreSet, key: u32): boolean {
  set.changedAt = seconds();
  using _ = sets.lock.acquire();
  // Another thread may have made one of this key meanwhile: the call begins anew then.
  if (key !== IPC_PRIVATE && sets.table.findKey(key) !== null) return false;
  return sets.table.add(set, key);
}

/** The set of a number, with a reference. */
function acquireSet(number: u64): SemaphoreSet | null {
  using _ = sets.lock.acquire();
  const set = sets.table.find(u32(number));
  if (set !== null) set.references++;
  return set;
}

function releaseSet(set: SemaphoreSet): void {
  const lock = sets.lock.acquire();
  set.references--;
  const isLast = set.references === 0;
  lock.release();
  if (!isLast) return;
  destroyArray(set.semaphores);
  destroy(set);
}

/** semop(2) */
export function sysSemop(number: u64, address: u64, count: u64): i64 {
  return sysSemtimedop(number, address, count, 0);
}

/** semtimedop(2) */
export function sysSemtimedop(number: u64, address: u64, count: u64, timeAddress: u64): i64 {
  const length = u64(u32(count));
  if (length === 0 || i32(number) < 0) return errorCode(Errno.INVAL);
  if (length > MOST_OPERATIONS) return errorCode(Errno.TOOBIG);
  const operations = createArray<Operation>(length);
  if (operations === null) return errorCode(Errno.NOMEM);
  // Safe: the bytes of the operations themselves; every pattern is a value.
  const error = copyFromUser(sliceAt<u8>(addressOf(operations), length * sizeOf<Operation>()), address as UserPointer);
  const result = error !== Errno.NONE ? errorCode(error) : operate(number, operations, timeAddress);
  destroyArray(operations);
  return result;
}

function operate(number: u64, operations: Slice<Operation>, timeAddress: u64): i64 {
  let deadline: u64 = 0;
  if (timeAddress !== 0) {
    const time = readTimespec(timeAddress);
    if (!time.ok) return errorCode(time.error);
    deadline = monotonicNanoseconds() + time.value;
  }
  const set = acquireSet(number);
  if (set === null) return errorCode(Errno.INVAL);
  const error = operateOn(set, operations, deadline);
  releaseSet(set);
  return errorCode(error);
}

function operateOn(set: SemaphoreSet, operations: Slice<Operation>, deadline: u64): Errno {
  for (const operation of operations) {
    if (u64(operation.index) >= set.semaphores.length) return Errno.FBIG;
  }
  const attempt = new Attempt();
  attempt.make(set, operations);
  if (attempt.error !== Errno.AGAIN || attempt.mayNotWait) return finish(set, attempt);
  attempt.wait(set, 1);
  const reason = set.changes.wait(() => {
    attempt.wait(set, -1);
    attempt.make(set, operations);
    const ends = attempt.error !== Errno.AGAIN || attempt.mayNotWait;
    if (!ends) attempt.wait(set, 1);
    return ends;
  }, deadline);
  if (reason === WakeReason.Woken) return finish(set, attempt);
  attempt.wait(set, -1);
  return reason === WakeReason.TimedOut ? Errno.AGAIN : Errno.INTR;
}

function finish(set: SemaphoreSet, attempt: Attempt): Errno {
  if (attempt.error === Errno.NONE && attempt.changed) set.changes.wakeAll();
  return attempt.error;
}

/** A try to do all operations at once. */
class Attempt {
  error: Errno = Errno.NONE;
  /** The operation that could not be done says that it must not wait. */
  mayNotWait = false;
  changed = false;
  private blockedIndex: usize = 0;
  private waitsForZero = false;

  make(set: SemaphoreSet, operations: Slice<Operation>): void {
    using _ = sets.lock.acquire();
    if (set.removed) {
      this.error = Errno.IDRM;
      return;
    }
    this.error = Errno.NONE;
    this.changed = false;
    let done: usize = 0;
    while (done < operations.length && this.step(set, operations[done])) done++;
    if (this.error !== Errno.NONE) {
      while (done > 0) {
        done--;
        const operation = operations[done];
        const semaphore = set.semaphores[operation.index];
        semaphore.value = u16(i32(semaphore.value) - i32(operation.change));
      }
      return;
    }
    for (const operation of operations) set.semaphores[operation.index].process = PROCESS_ID;
    set.operatedAt = seconds();
  }

  /** Does one operation; false, with an error, when it cannot be done. */
  private step(set: SemaphoreSet, operation: Operation): boolean {
    const semaphore = set.semaphores[operation.index];
    const value = i32(semaphore.value);
    const change = i32(operation.change);
    const isBlocked = change === 0 ? value !== 0 : value + change < 0;
    if (isBlocked) {
      this.error = Errno.AGAIN;
      this.mayNotWait = (operation.flags & IpcFlag.NoWait) !== 0;
      this.blockedIndex = usize(operation.index);
      this.waitsForZero = change === 0;
      return false;
    }
    if (value + change > LARGEST_VALUE) {
      this.error = Errno.RANGE;
      return false;
    }
    semaphore.value = u16(value + change);
    if (change !== 0) this.changed = true;
    return true;
  }

  /** Counts the thread among those who wait for a semaphore, or not any more. */
  wait(set: SemaphoreSet, difference: i32): void {
    using _ = sets.lock.acquire();
    const semaphore = set.semaphores[this.blockedIndex];
    if (this.waitsForZero) semaphore.waitingForZero = u16(i32(semaphore.waitingForZero) + difference);
    else semaphore.waitingForMore = u16(i32(semaphore.waitingForMore) + difference);
  }
}

/** semctl(2) */
export function sysSemctl(number: u64, index: u64, command: u64, argument: u64): i64 {
  const set = acquireSet(number);
  if (set === null) return errorCode(Errno.INVAL);
  const result = control(set, u32(index), u32(command) & COMMAND_MASK, argument);
  releaseSet(set);
  return result;
}

function control(set: SemaphoreSet, index: u32, command: u32, argument: u64): i64 {
  switch (command) {
    case u32(IpcCommand.Remove):
      return remove(set);
    case u32(IpcCommand.Status):
      return tell(set, argument);
    case u32(IpcCommand.Set):
      return change(set, argument);
    case u32(SemaphoreCommand.GetAll):
      return getAll(set, argument);
    case u32(SemaphoreCommand.SetAll):
      return setAll(set, argument);
    default:
      if (u64(index) >= set.semaphores.length) return errorCode(Errno.INVAL);
      return controlOne(set, set.semaphores[index], command, argument);
  }
}

function controlOne(set: SemaphoreSet, semaphore: Semaphore, command: u32, argument: u64): i64 {
  switch (command) {
    case u32(SemaphoreCommand.GetProcess):
      return i64(semaphore.process);
    case u32(SemaphoreCommand.GetValue):
      return i64(semaphore.value);
    case u32(SemaphoreCommand.GetWaitingForMore):
      return i64(semaphore.waitingForMore);
    case u32(SemaphoreCommand.GetWaitingForZero):
      return i64(semaphore.waitingForZero);
    case u32(SemaphoreCommand.SetValue): {
      if (i32(argument) < 0 || i32(argument) > LARGEST_VALUE) return errorCode(Errno.RANGE);
      const lock = sets.lock.acquire();
      semaphore.value = u16(argument);
      semaphore.process = PROCESS_ID;
      set.changedAt = seconds();
      lock.release();
      set.changes.wakeAll();
      return 0;
    }
    default:
      return errorCode(Errno.INVAL);
  }
}

function remove(set: SemaphoreSet): i64 {
  const lock = sets.lock.acquire();
  const wasThere = !set.removed;
  if (wasThere) {
    set.removed = true;
    sets.table.remove(set);
    set.references--; // the table's
  }
  lock.release();
  if (!wasThere) return errorCode(Errno.INVAL);
  set.changes.wakeAll();
  return 0;
}

function tell(set: SemaphoreSet, address: u64): i64 {
  const status = new SetStatus();
  const permissions = status.permissions;
  permissions.key = set.key;
  permissions.user = set.user;
  permissions.group = set.group;
  permissions.mode = set.mode;
  permissions.sequence = u16(set.number / OBJECTS);
  status.operated = set.operatedAt;
  status.changed = set.changedAt;
  status.count = set.semaphores.length;
  return errorCode(writeUserObject(address, status));
}

function change(set: SemaphoreSet, address: u64): i64 {
  const status = new SetStatus();
  const error = readUserObject(status, address);
  if (error !== Errno.NONE) return errorCode(error);
  set.user = status.permissions.user;
  set.group = status.permissions.group;
  set.mode = status.permissions.mode & PERMISSIONS;
  set.changedAt = seconds();
  return 0;
}

function getAll(set: SemaphoreSet, address: u64): i64 {
  const values = createArray<u16>(set.semaphores.length);
  if (values === null) return errorCode(Errno.NOMEM);
  const lock = sets.lock.acquire();
  for (let i: usize = 0; i < values.length; i++) values[i] = set.semaphores[i].value;
  lock.release();
  // Safe: the bytes of the array itself.
  const error = copyToUser(address as UserPointer, sliceAt<u8>(addressOf(values), values.length * 2));
  destroyArray(values);
  return errorCode(error);
}

function setAll(set: SemaphoreSet, address: u64): i64 {
  const values = createArray<u16>(set.semaphores.length);
  if (values === null) return errorCode(Errno.NOMEM);
  // Safe: the bytes of the array itself.
  let error = copyFromUser(sliceAt<u8>(addressOf(values), values.length * 2), address as UserPointer);
  for (const value of values) {
    if (error === Errno.NONE && i32(value) > LARGEST_VALUE) error = Errno.RANGE;
  }
  if (error === Errno.NONE) {
    using _ = sets.lock.acquire();
    for (let i: usize = 0; i < values.length; i++) {
      set.semaphores[i].value = values[i];
      set.semaphores[i].process = PROCESS_ID;
    }
    set.changedAt = seconds();
  }
  destroyArray(values);
  if (error === Errno.NONE) set.changes.wakeAll();
  return errorCode(error);
}
