// The application's memory, as the kernel reads and writes it: every address is an allegation until the copy has worked.
//
// A bad address (unmapped, not writable, the kernel's own) gives FAULT and leaves the kernel as it was; part of a copy may
// have been done. A good one may cause page faults, which are served, so none of this may run with interrupts disabled or
// under a spin lock.

import { addressOf } from "unsafe";
import {
  copyBytesFromUser,
  copyBytesToUser,
  copyStringFromUser,
  fillUser,
  loadUser8,
  loadUser16,
  loadUser32,
  loadUser64,
  storeUser8,
  storeUser16,
  storeUser32,
  storeUser64,
} from "../arch/x86_64/user_copy.ts";
import { Errno } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";

/** An address that the application gave. */
export type UserPointer = Flavour<u64, "UserPointer">;

/** Addresses at and above this one are never the application's. */
export const APPLICATION_END = 0x7fff_ffff_f000;

/** Copies `to.length` bytes from the application. */
export function copyFromUser(to: Slice<u8>, from: UserPointer): Errno {
  if (to.length === 0) return Errno.NONE;
  return copyBytesFromUser(addressOf(to), u64(from), to.length) ? Errno.NONE : Errno.FAULT;
}

/** Copies `from.length` bytes to the application. */
export function copyToUser(to: UserPointer, from: Slice<u8>): Errno {
  if (from.length === 0) return Errno.NONE;
  return copyBytesToUser(u64(to), addressOf(from), from.length) ? Errno.NONE : Errno.FAULT;
}

/** Writes `length` bytes of zero. */
export function zeroUser(to: UserPointer, length: u64): Errno {
  if (length === 0) return Errno.NONE;
  return fillUser(u64(to), 0, length) ? Errno.NONE : Errno.FAULT;
}

/** Reads a byte. */
export function readUser8(from: UserPointer): Result<u8> {
  const [value, worked] = loadUser8(u64(from));
  return worked ? success(u8(value)) : failure<u8>(Errno.FAULT);
}

/** Reads two bytes, as an integer. */
export function readUser16(from: UserPointer): Result<u16> {
  const [value, worked] = loadUser16(u64(from));
  return worked ? success(u16(value)) : failure<u16>(Errno.FAULT);
}

/** Reads four bytes, as an integer. */
export function readUser32(from: UserPointer): Result<u32> {
  const [value, worked] = loadUser32(u64(from));
  return worked ? success(u32(value)) : failure<u32>(Errno.FAULT);
}

/** Reads eight bytes, as an integer. */
export function readUser64(from: UserPointer): Result<u64> {
  const [value, worked] = loadUser64(u64(from));
  return worked ? success(value) : failure<u64>(Errno.FAULT);
}

/** Writes a byte. */
export function writeUser8(to: UserPointer, value: u8): Errno {
  return storeUser8(u64(to), u64(value)) ? Errno.NONE : Errno.FAULT;
}

/** Writes an integer of two bytes. */
export function writeUser16(to: UserPointer, value: u16): Errno {
  return storeUser16(u64(to), u64(value)) ? Errno.NONE : Errno.FAULT;
}

/** Writes an integer of four bytes. */
export function writeUser32(to: UserPointer, value: u32): Errno {
  return storeUser32(u64(to), u64(value)) ? Errno.NONE : Errno.FAULT;
}

/** Writes an integer of eight bytes. */
export function writeUser64(to: UserPointer, value: u64): Errno {
  return storeUser64(u64(to), value) ? Errno.NONE : Errno.FAULT;
}

/**
 * Reads a string that ends with a NUL into a buffer, the NUL included.
 * @returns its length without the NUL; NAMETOOLONG when the NUL does not fit
 */
export function readUserString(from: UserPointer, buffer: Slice<u8>): Result<usize> {
  const length = copyStringFromUser(addressOf(buffer), u64(from), buffer.length);
  if (length < 0) return failure<usize>(Errno.FAULT);
  if (u64(length) === buffer.length) return failure<usize>(Errno.NAMETOOLONG);
  return success(u64(length));
}
