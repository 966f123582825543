// What a ring is told beforehand, io_uring_register(2): files and memory by index, an event counter to signal, what it may be asked for.
// The ring's lock is held in all of it.

import { asCounter } from "../fs/event_counter.ts";
import { acquireFile } from "../fs/file_table.ts";
import { IoVector } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { touchRange } from "../mm/advice.ts";
import { Protection } from "../mm/area.ts";
import { FaultReason } from "../mm/fault.ts";
import { APPLICATION_END, readUser32, readUser64, type UserPointer } from "../mm/user_memory.ts";
import { currentThread } from "../sched/thread.ts";
import { Resource as Limit, softLimit } from "./limits.ts";
import type { Ring } from "./uring.ts";
import { OPERATIONS, REGISTRATIONS, SetupFlag } from "./uring_layout.ts";
import { Resource, type ResourceTable } from "./uring_resources.ts";
import { readUserObject } from "./user_object.ts";

const FILES_MAX = 32768;
const BUFFERS_MAX = 16384;
const BUFFER_LENGTH_MAX = 0x4000_0000;
const PAGE_SIZE = 4096;
/** IORING_FILE_INDEX_ALLOC: any empty place. */
const ANY_PLACE = 0xffff_ffff;
/** IORING_REGISTER_FILES_SKIP. */
const SKIP = -2;
/** IORING_RSRC_REGISTER_SPARSE. */
const SPARSE = 1;

// ---- resources ----------------------------------------------------------------------------------------------------------

/** Takes a reference to a resource back; with the last one it goes, and its tag is told. */
export function dropResource(ring: Ring, resource: Resource): void {
  resource.references--;
  if (resource.references !== 0) return;
  const open = resource.open;
  if (open !== null) open.release();
  if (resource.tag !== 0) ring.post(resource.tag, 0, 0);
  destroy(resource);
}

/** Puts something at a place of a table, and drops what was there. */
function replace(ring: Ring, table: ResourceTable, index: u32, resource: Resource | null): void {
  const before = table.exchange(index, resource);
  if (before !== null) dropResource(ring, before);
}

/** Empties a table and forgets it. NXIO when there is none. */
export function clearTable(ring: Ring, table: ResourceTable): Errno {
  if (!table.exists()) return Errno.NXIO;
  for (let index: u32 = 0; index < table.count(); index++) replace(ring, table, index, null);
  table.free();
  return Errno.NONE;
}

/** A tag of the application's array, or 0. */
function readTag(tags: u64, index: u32, tag: TagBox): Errno {
  tag.value = 0;
  if (tags === 0) return Errno.NONE;
  const value = readUser64((tags + u64(index) * 8) as UserPointer);
  if (!value.ok) return value.error;
  tag.value = value.value;
  return Errno.NONE;
}

/** How much of an array was done. */
class DoneBox {
  value: u32 = 0;
}

class TagBox {
  value: u64 = 0;
}

// ---- files --------------------------------------------------------------------------------------------------------------

/** Registers `count` descriptors; `address` 0: that many empty places. */
export function registerFiles(ring: Ring, address: u64, tags: u64, count: u32): Errno {
  if (ring.files.exists()) return Errno.BUSY;
  if (count === 0) return Errno.INVAL;
  if (count > FILES_MAX || u64(count) > softLimit(Limit.OpenFiles)) return Errno.MFILE;
  if (!ring.files.begin(u64(count))) return Errno.NOMEM;
  ring.allocationStart = 0;
  ring.allocationEnd = count;
  if (address === 0) return Errno.NONE;
  const error = fillFiles(ring, 0, address, tags, count, new DoneBox());
  if (error !== Errno.NONE) clearTable(ring, ring.files);
  return error;
}

/** Replaces registered files from an index on. -1 empties a place, -2 leaves it. @returns how many were done, or -errno */
export function updateFiles(ring: Ring, start: u32, address: u64, tags: u64, count: u32): i64 {
  if (!ring.files.exists()) return errorCode(Errno.NXIO);
  if (u64(start) + u64(count) > 0xffff_ffff) return errorCode(Errno.OVERFLOW);
  if (start + count > ring.files.count()) return errorCode(Errno.INVAL);
  const done = new DoneBox();
  const error = fillFiles(ring, start, address, tags, count, done);
  return done.value > 0 || error === Errno.NONE ? i64(done.value) : errorCode(error);
}

function fillFiles(ring: Ring, start: u32, address: u64, tags: u64, count: u32, done: DoneBox): Errno {
  const tag = new TagBox();
  for (let i: u32 = 0; i < count; i++) {
    let error = readTag(tags, i, tag);
    if (error !== Errno.NONE) return error;
    const descriptor = readUser32((address + u64(i) * 4) as UserPointer);
    error = descriptor.ok ? updateFile(ring, start + i, i32(descriptor.value), tag.value) : Errno.FAULT;
    if (error !== Errno.NONE) return error;
    done.value = i + 1;
  }
  return Errno.NONE;
}

function updateFile(ring: Ring, index: u32, descriptor: i32, tag: u64): Errno {
  if (descriptor === SKIP) return Errno.NONE;
  if (descriptor === -1) {
    if (tag !== 0) return Errno.INVAL;
    replace(ring, ring.files, index, null);
    return Errno.NONE;
  }
  const open = acquireFile(u32(descriptor));
  if (open === null) return Errno.BADF;
  // A ring that held a ring, or itself, would never go.
  const resource = open.ringAddress !== 0 ? null : create(Resource);
  if (resource === null) {
    const error = open.ringAddress !== 0 ? Errno.BADF : Errno.NOMEM;
    open.release();
    return error;
  }
  resource.open = open;
  resource.tag = tag;
  replace(ring, ring.files, index, resource);
  return Errno.NONE;
}

/**
 * Puts a new open file among the registered ones, and takes over its reference.
 * @param place the index plus one, or ANY_PLACE
 * @returns 0; the index when any place would do; -errno, with the file closed
 */
export function placeFile(ring: Ring, open: OpenFile, place: u32): i64 {
  const anyPlace = place === ANY_PLACE;
  const index = anyPlace ? ring.files.firstEmpty(ring.allocationStart, ring.allocationEnd) : place - 1;
  let error = Errno.NONE;
  if (open.ringAddress !== 0) error = Errno.BADF;
  else if (!ring.files.exists()) error = anyPlace ? Errno.NFILE : Errno.NXIO;
  else if (anyPlace && index >= ring.allocationEnd) error = Errno.NFILE;
  else if (index >= ring.files.count()) error = Errno.INVAL;
  const resource = error === Errno.NONE ? create(Resource) : null;
  if (resource === null) {
    open.release();
    return errorCode(error === Errno.NONE ? Errno.NOMEM : error);
  }
  resource.open = open;
  replace(ring, ring.files, index, resource);
  return anyPlace ? i64(index) : 0;
}

/** Empties a place. NXIO, INVAL, BADF. */
export function clearFile(ring: Ring, index: u32): i64 {
  if (!ring.files.exists()) return errorCode(Errno.NXIO);
  if (index >= ring.files.count()) return errorCode(Errno.INVAL);
  if (ring.files.at(index) === null) return errorCode(Errno.BADF);
  replace(ring, ring.files, index, null);
  return 0;
}

// ---- memory -------------------------------------------------------------------------------------------------------------

/** Registers `count` pieces of memory, an iovec each; `address` 0: that many empty places. */
export function registerMemory(ring: Ring, address: u64, tags: u64, count: u32): Errno {
  if (ring.memory.exists()) return Errno.BUSY;
  if (count === 0 || count > BUFFERS_MAX) return Errno.INVAL;
  if (!ring.memory.begin(u64(count))) return Errno.NOMEM;
  if (address === 0) return Errno.NONE;
  const error = fillMemory(ring, 0, address, tags, count, new DoneBox());
  if (error !== Errno.NONE) clearTable(ring, ring.memory);
  return error;
}

/** Replaces registered memory from an index on. @returns how many were done, or -errno */
export function updateMemory(ring: Ring, start: u32, address: u64, tags: u64, count: u32): i64 {
  if (!ring.memory.exists()) return errorCode(Errno.NXIO);
  if (u64(start) + u64(count) > 0xffff_ffff) return errorCode(Errno.OVERFLOW);
  if (start + count > ring.memory.count()) return errorCode(Errno.INVAL);
  const done = new DoneBox();
  const error = fillMemory(ring, start, address, tags, count, done);
  return done.value > 0 || error === Errno.NONE ? i64(done.value) : errorCode(error);
}

function fillMemory(ring: Ring, start: u32, address: u64, tags: u64, count: u32, done: DoneBox): Errno {
  const vector = new IoVector();
  const tag = new TagBox();
  for (let i: u32 = 0; i < count; i++) {
    let error = readUserObject(vector, address + u64(i) * sizeOf<IoVector>());
    if (error === Errno.NONE) error = readTag(tags, i, tag);
    if (error === Errno.NONE) error = setMemory(ring, start + i, vector, tag.value);
    if (error !== Errno.NONE) return error;
    done.value = i + 1;
  }
  return Errno.NONE;
}

function setMemory(ring: Ring, index: u32, vector: IoVector, tag: u64): Errno {
  if (vector.address === 0) {
    if (vector.length !== 0) return Errno.FAULT;
    if (tag !== 0) return Errno.INVAL;
    replace(ring, ring.memory, index, null);
    return Errno.NONE;
  }
  if (vector.length === 0 || vector.length > BUFFER_LENGTH_MAX) return Errno.FAULT;
  if (vector.address >= APPLICATION_END || vector.length > APPLICATION_END - vector.address) return Errno.FAULT;
  const first = vector.address & ~u64(PAGE_SIZE - 1);
  if (touchRange(first, vector.address + vector.length, u32(Protection.Write)) !== FaultReason.None) return Errno.FAULT;
  const resource = create(Resource);
  if (resource === null) return Errno.NOMEM;
  resource.address = vector.address;
  resource.length = vector.length;
  resource.tag = tag;
  replace(ring, ring.memory, index, resource);
  return Errno.NONE;
}

// ---- the newer forms, with tags -----------------------------------------------------------------------------------------

/** struct io_uring_rsrc_register. @size 32 */
export class ResourceRegistration {
  count: u32 = 0;
  flags: u32 = 0;
  reserved: u64 = 0;
  data: u64 = 0;
  tags: u64 = 0;
}

/** struct io_uring_rsrc_update2. @size 32 */
export class ResourceUpdate {
  offset: u32 = 0;
  reserved: u32 = 0;
  data: u64 = 0;
  tags: u64 = 0;
  count: u32 = 0;
  reserved2: u32 = 0;
}

/** IORING_REGISTER_FILES2, IORING_REGISTER_BUFFERS2 */
export function registerTagged(ring: Ring, address: u64, size: u32, isFiles: boolean): Errno {
  if (u64(size) !== sizeOf<ResourceRegistration>()) return Errno.INVAL;
  const wanted = new ResourceRegistration();
  const error = readUserObject(wanted, address);
  if (error !== Errno.NONE) return error;
  if (wanted.count === 0 || wanted.reserved !== 0 || (wanted.flags & ~u32(SPARSE)) !== 0) return Errno.INVAL;
  if ((wanted.flags & SPARSE) !== 0 && wanted.data !== 0) return Errno.INVAL;
  if (isFiles) return registerFiles(ring, wanted.data, wanted.tags, wanted.count);
  return registerMemory(ring, wanted.data, wanted.tags, wanted.count);
}

/** IORING_REGISTER_FILES_UPDATE2, IORING_REGISTER_BUFFERS_UPDATE */
export function updateTagged(ring: Ring, address: u64, size: u32, isFiles: boolean): i64 {
  if (u64(size) !== sizeOf<ResourceUpdate>()) return errorCode(Errno.INVAL);
  const wanted = new ResourceUpdate();
  const error = readUserObject(wanted, address);
  if (error !== Errno.NONE) return errorCode(error);
  if (wanted.count === 0 || wanted.reserved !== 0 || wanted.reserved2 !== 0) return errorCode(Errno.INVAL);
  if (isFiles) return updateFiles(ring, wanted.offset, wanted.data, wanted.tags, wanted.count);
  return updateMemory(ring, wanted.offset, wanted.data, wanted.tags, wanted.count);
}

/** struct io_uring_rsrc_update. @size 16 */
class PlainUpdate {
  offset: u32 = 0;
  reserved: u32 = 0;
  data: u64 = 0;
}

/** IORING_REGISTER_FILES_UPDATE */
export function updatePlain(ring: Ring, address: u64, count: u32): i64 {
  if (count === 0) return errorCode(Errno.INVAL);
  const wanted = new PlainUpdate();
  const error = readUserObject(wanted, address);
  if (error !== Errno.NONE) return errorCode(error);
  if (wanted.reserved !== 0) return errorCode(Errno.INVAL);
  return updateFiles(ring, wanted.offset, wanted.data, 0, count);
}

// ---- the event counter --------------------------------------------------------------------------------------------------

/** IORING_REGISTER_EVENTFD and its _ASYNC form, for completions that come later. */
export function registerEvents(ring: Ring, address: u64, count: u32, onlyLater: boolean): Errno {
  if (count !== 1) return Errno.INVAL;
  if (ring.events !== null) return Errno.BUSY;
  const descriptor = readUser32(address as UserPointer);
  if (!descriptor.ok) return descriptor.error;
  const open = acquireFile(descriptor.value);
  if (open === null) return Errno.BADF;
  if (asCounter(open) === null) {
    open.release();
    return Errno.INVAL;
  }
  ring.events = open;
  ring.eventsOnlyLater = onlyLater;
  return Errno.NONE;
}

export function unregisterEvents(ring: Ring): Errno {
  const events = ring.events;
  if (events === null) return Errno.NXIO;
  ring.events = null;
  events.release();
  return Errno.NONE;
}

// ---- restrictions, enabling ---------------------------------------------------------------------------------------------

/** struct io_uring_restriction. @size 16 */
class Restriction {
  kind: u16 = 0;
  value: u8 = 0;
  reserved: u8 = 0;
  readonly reserved2!: FixedArray<u32, 3>;
}

const enum RestrictionKind {
  Registration = 0,
  Operation = 1,
  FlagsAllowed = 2,
  FlagsRequired = 3,
}
/** IORING_MAX_RESTRICTIONS. */
const RESTRICTIONS_MAX = 79;

/** IORING_REGISTER_RESTRICTIONS: once, while the ring is disabled. */
export function registerRestrictions(ring: Ring, address: u64, count: u32): Errno {
  if (!ring.has(SetupFlag.Disabled)) return Errno.BADFD;
  if (ring.restrictions.registered) return Errno.BUSY;
  if (address === 0 || count > RESTRICTIONS_MAX) return Errno.INVAL;
  const wanted = new Restriction();
  for (let i: u32 = 0; i < count; i++) {
    let error = readUserObject(wanted, address + u64(i) * sizeOf<Restriction>());
    if (error === Errno.NONE) error = restrict(ring, wanted);
    if (error === Errno.NONE) continue;
    ring.restrictions.clear();
    return error;
  }
  ring.restrictions.registered = true;
  return Errno.NONE;
}

function restrict(ring: Ring, wanted: Restriction): Errno {
  const value = u32(wanted.value);
  switch (u32(wanted.kind) as RestrictionKind) {
    case RestrictionKind.Registration:
      if (value >= REGISTRATIONS) return Errno.INVAL;
      ring.restrictions.allowRegistration(value);
      return Errno.NONE;
    case RestrictionKind.Operation:
      if (value >= OPERATIONS) return Errno.INVAL;
      ring.restrictions.allowOperation(value);
      return Errno.NONE;
    case RestrictionKind.FlagsAllowed:
      ring.restrictions.allowFlags(value);
      return Errno.NONE;
    case RestrictionKind.FlagsRequired:
      ring.restrictions.requireFlags(value);
      return Errno.NONE;
    default:
      return Errno.INVAL;
  }
}

/** IORING_REGISTER_ENABLE_RINGS */
export function enable(ring: Ring): Errno {
  if (!ring.has(SetupFlag.Disabled)) return Errno.BADFD;
  if (ring.has(SetupFlag.SingleIssuer)) ring.issuer = currentThread().id;
  ring.setup &= ~u32(SetupFlag.Disabled);
  ring.workerQueue.wakeAll();
  return Errno.NONE;
}

// ---- personalities ------------------------------------------------------------------------------------------------------

/** IORING_REGISTER_PERSONALITY: there is one user, so that all personalities are alike. @returns its number */
export function registerPersonality(ring: Ring): i64 {
  const free = ~ring.personalities & ~u64(1);
  if (free === 0) return errorCode(Errno.BUSY);
  const number = countTrailingZeros(free);
  ring.personalities |= u64(1) << number;
  return i64(number);
}

export function unregisterPersonality(ring: Ring, number: u32): Errno {
  if (!ring.hasPersonality(number)) return Errno.INVAL;
  ring.personalities &= ~(u64(1) << number);
  return Errno.NONE;
}

/** struct io_uring_file_index_range. @size 16 */
class IndexRange {
  start: u32 = 0;
  length: u32 = 0;
  reserved: u64 = 0;
}

/** IORING_REGISTER_FILE_ALLOC_RANGE: where files that take any place are put. */
export function registerAllocation(ring: Ring, address: u64): Errno {
  const range = new IndexRange();
  const error = readUserObject(range, address);
  if (error !== Errno.NONE) return error;
  const end = u64(range.start) + u64(range.length);
  if (end > 0xffff_ffff) return Errno.OVERFLOW;
  if (range.reserved !== 0 || end > u64(ring.files.count())) return Errno.INVAL;
  ring.allocationStart = range.start;
  ring.allocationEnd = u32(end);
  return Errno.NONE;
}
