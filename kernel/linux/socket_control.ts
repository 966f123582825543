// Control messages of sendmsg(2) and recvmsg(2) (cmsg(3)): open files, credentials, where a datagram went.
//
//   │ u64 length │ u32 level │ u32 type │ data … │ padding to 8 │     length is header and data

import { addressOf, sliceAt } from "unsafe";
import { acquireFile, installFile } from "../fs/file_table.ts";
import { Errno } from "../lib/errno.ts";
import { copyFromUser, copyToUser, type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { Origin } from "../sockets/error_queue.ts";
import { type Socket, SocketType } from "../sockets/socket.ts";
import { Family } from "../sockets/socket_address.ts";
import { type Ancillary, Credentials, RIGHTS_MAX, Rights, releaseRights } from "../sockets/transfer.ts";
import { RightsInFlight } from "../sockets/unix_rights.ts";
import { Resource, softLimit } from "./limits.ts";
import { newDescriptor } from "./open.ts";
import { readDetail, writeDetails, writeReport } from "./socket_details.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

const SOCKET_LEVEL = 1;
const HEADER_SIZE = 16;
/** The most that sendmsg(2) takes (net.core.optmem_max is about that). */
const CONTROL_MAX = 20480;

/** Types at the socket's own level (linux/socket.h). */
const enum ControlType {
  Rights = 1,
  Credentials = 2,
}

/** struct cmsghdr. @size 16 */
class ControlHeader {
  length: u64 = 0;
  level: u32 = 0;
  type: u32 = 0;
}

/** Reads what goes with a message. What it made is in `ancillary` only if it succeeds. */
export function readControl(at: u64, length: u64, socket: Socket, ancillary: Ancillary): Errno {
  if (length > CONTROL_MAX) return Errno.NOBUFS;
  let offset: u64 = 0;
  let error = Errno.NONE;
  while (error === Errno.NONE && offset + HEADER_SIZE <= length) {
    const header = new ControlHeader();
    error = readUserObject(header, at + offset);
    if (error !== Errno.NONE) break;
    if (header.length < HEADER_SIZE || header.length > length - offset) {
      error = Errno.INVAL;
      break;
    }
    error = readOne(header, at + offset + HEADER_SIZE, socket, ancillary);
    offset += (header.length + 7) & ~u64(7);
  }
  if (error !== Errno.NONE) dropRights(ancillary);
  return error;
}

function readOne(header: ControlHeader, data: u64, socket: Socket, ancillary: Ancillary): Errno {
  const isInternet = socket.family === Family.Inet || socket.family === Family.Inet6;
  if (header.level !== SOCKET_LEVEL) {
    if (!isInternet || socket.type !== SocketType.Datagram) return Errno.NONE;
    return readDetail(header.level, header.type, data, header.length - HEADER_SIZE, socket, ancillary);
  }
  switch (header.type as ControlType) {
    case ControlType.Rights:
      if (socket.family !== Family.Unix) return Errno.INVAL;
      return readRights(data, (header.length - HEADER_SIZE) / 4, ancillary);
    case ControlType.Credentials:
      if (header.length !== HEADER_SIZE + sizeOf<Credentials>()) return Errno.INVAL;
      return readCredentials(data, ancillary);
    default:
      return Errno.INVAL;
  }
}

function readRights(data: u64, count: u64, ancillary: Ancillary): Errno {
  if (count === 0) return Errno.NONE;
  let rights = ancillary.rights;
  const before = rights === null ? 0 : rights.count;
  if (before + count > RIGHTS_MAX) return Errno.INVAL;
  if (!RightsInFlight.add(count, softLimit(Resource.OpenFiles))) return Errno.TOOMANYREFS;
  if (rights === null) rights = create(Rights);
  if (rights === null) {
    RightsInFlight.subtract(count);
    return Errno.NOMEM;
  }
  ancillary.rights = rights;
  const numbers: FixedArray<u32, 253> = [];
  // Safe: the bytes of the numbers themselves, of which there are no more than the array has.
  let error = copyFromUser(sliceAt<u8>(addressOf(numbers), count * 4), data as UserPointer);
  let added: u64 = 0;
  while (error === Errno.NONE && added < count) {
    const open = acquireFile(numbers[added]);
    if (open === null || open.pathOnly) {
      if (open !== null) open.release();
      error = Errno.BADF;
      break;
    }
    rights.add(open);
    added++;
  }
  RightsInFlight.subtract(count - added);
  return error;
}

/** The superuser may name anybody, and any process that there is: this one. */
function readCredentials(data: u64, ancillary: Ancillary): Errno {
  const credentials = new Credentials();
  const error = readUserObject(credentials, data);
  if (error !== Errno.NONE) return error;
  if (credentials.process !== PROCESS_ID) return Errno.SRCH;
  if (credentials.user === 0xffff_ffff || credentials.group === 0xffff_ffff) return Errno.INVAL;
  ancillary.hasCredentials = true;
  ancillary.credentials.copyFrom(credentials);
  return Errno.NONE;
}

/** Lets go of what did not go with a message. May sleep. */
export function dropRights(ancillary: Ancillary): void {
  const rights = ancillary.rights;
  if (rights === null) return;
  ancillary.rights = null;
  RightsInFlight.subtract(rights.count);
  releaseRights(rights);
}

/** Writes control messages into the application's room for them. */
export class ControlWriter {
  private readonly start: u64;
  private readonly room: u64;
  /** Bytes written. */
  written: u64 = 0;
  /** Not all had room. */
  truncated = false;

  constructor(start: u64, room: u64) {
    this.start = start;
    this.room = room;
  }

  /** Writes all that was received, and gives open files their descriptors. */
  write(socket: Socket, ancillary: Ancillary, closeOnExec: boolean): Errno {
    let error = Errno.NONE;
    if (ancillary.hasCredentials && socket.options.passCredentials) {
      error = this.writeObject(SOCKET_LEVEL, u32(ControlType.Credentials), ancillary.credentials);
    }
    if (ancillary.details !== 0 && error === Errno.NONE) error = writeDetails(this, ancillary);
    if (ancillary.report.origin !== Origin.None && error === Errno.NONE)
      error = writeReport(this, socket.family, ancillary.report);
    const rights = ancillary.rights;
    if (rights === null) return error;
    ancillary.rights = null;
    if (error === Errno.NONE) error = this.writeRights(rights, closeOnExec);
    releaseRights(rights);
    return error;
  }

  /** Writes one message whose data is an object's bytes, as many of them as have room. */
  writeObject<T>(level: u32, type: u32, object: T): Errno {
    const left = this.room - this.written;
    if (left < HEADER_SIZE) {
      this.truncated = true;
      return Errno.NONE;
    }
    const header = new ControlHeader();
    header.length = minimum(HEADER_SIZE + sizeOf<T>(), left);
    header.level = level;
    header.type = type;
    if (header.length < HEADER_SIZE + sizeOf<T>()) this.truncated = true;
    const at = this.start + this.written;
    // Safe: the object's own bytes.
    const data = sliceAt<u8>(addressOf(object), header.length - HEADER_SIZE);
    const error = copyToUser((at + HEADER_SIZE) as UserPointer, data);
    if (error !== Errno.NONE) return error;
    this.written += minimum((header.length + 7) & ~u64(7), left);
    return writeUserObject(at, header);
  }

  /** As many descriptors as have room, and numbers. */
  private writeRights(rights: Rights, closeOnExec: boolean): Errno {
    const left = this.room - this.written;
    const at = this.start + this.written;
    const most = left < HEADER_SIZE ? 0 : minimum((left - HEADER_SIZE) / 4, rights.count);
    let given: u64 = 0;
    let error = Errno.NONE;
    while (given < most) {
      const descriptor = newDescriptor();
      if (!descriptor.ok) break;
      const open = rights.files[given]!;
      error = writeUser32((at + HEADER_SIZE + given * 4) as UserPointer, descriptor.value);
      open.retain();
      installFile(descriptor.value, open, closeOnExec);
      if (error !== Errno.NONE) break;
      given++;
    }
    if (given < rights.count) this.truncated = true;
    if (given === 0) return Errno.NONE;
    const header = new ControlHeader();
    header.length = HEADER_SIZE + given * 4;
    header.level = SOCKET_LEVEL;
    header.type = u32(ControlType.Rights);
    this.written += minimum((header.length + 7) & ~u64(7), left);
    return writeUserObject(at, header);
  }
}
