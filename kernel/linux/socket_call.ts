// What the calls on sockets share: the socket of a descriptor, addresses on their way in and out.

import { addressOf, sliceAt } from "unsafe";
import { acquireFile } from "../fs/file_table.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { copyFromUser, copyToUser, type UserPointer } from "../mm/user_memory.ts";
import { type Socket, socketOf } from "../sockets/socket.ts";
import { ADDRESS_MAX, type SocketAddress } from "../sockets/socket_address.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** Four bytes of the application's. */
export class Word {
  value: u32 = 0;
}

/** Does something with the open file of a descriptor. */
export function withOpen(descriptor: u64, action: (open: OpenFile) => i64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const result = action(open);
  open.release();
  return result;
}

/** Does something with the socket that an open file is. */
export function onSocket(open: OpenFile, action: (open: OpenFile, socket: Socket) => i64): i64 {
  if (open.pathOnly) return errorCode(Errno.BADF);
  const socket = socketOf(open);
  return socket === null ? errorCode(Errno.NOTSOCK) : action(open, socket);
}

/** Does something with the socket of a descriptor. */
export function withSocket(descriptor: u64, action: (open: OpenFile, socket: Socket) => i64): i64 {
  return withOpen(descriptor, (open) => onSocket(open, action));
}

/** Copies an address in. */
export function readAddress(address: SocketAddress, from: u64, length: u64): Errno {
  if (u32(length) > ADDRESS_MAX) return Errno.INVAL;
  address.length = u32(length);
  return copyFromUser(address.storage.slice(0, u64(u32(length))), from as UserPointer);
}

/**
 * Copies an address out, as much of it as there is room for, and tells how long it is.
 * @param lengthAddress of the room before and the length afterwards; four bytes
 */
export function writeAddress(address: SocketAddress, to: u64, lengthAddress: u64): Errno {
  const room = new Word();
  const error = readUserObject(room, lengthAddress);
  if (error !== Errno.NONE) return error;
  if (i32(room.value) < 0) return Errno.INVAL;
  const copied = copyAddress(address, to, room.value);
  if (copied !== Errno.NONE) return copied;
  room.value = address.length;
  return writeUserObject(lengthAddress, room);
}

/** Copies as much of an address as there is room for. */
export function copyAddress(address: SocketAddress, to: u64, room: u32): Errno {
  const length = minimum(room, address.length);
  // Safe: the address's own storage, of which length is no more than what is meant.
  return length === 0 ? Errno.NONE : copyToUser(to as UserPointer, sliceAt<u8>(addressOf(address.storage), u64(length)));
}
