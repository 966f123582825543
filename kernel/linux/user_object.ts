// Structures of the Linux ABI on their way from and to application memory, whole.

import { addressOf, sliceAt } from "unsafe";
import { Errno } from "../lib/errno.ts";
import { copyFromUser, copyToUser, UserPointer } from "../mm/user_memory.ts";

/** Fills an object with what the application has at an address. EFAULT when it cannot be read; the object is then undefined. */
export function readUserObject<T>(object: T, from: u64): Errno {
  // Safe: the slice is the object's own bytes. T is a class whose every bit pattern is a value.
  return copyFromUser(sliceAt<u8>(addressOf(object), sizeOf<T>()), from as UserPointer);
}

/** Copies an object to the application. EFAULT when it cannot be written there. */
export function writeUserObject<T>(to: u64, object: T): Errno {
  // Safe: the slice is the object's own bytes; objects start as zeros, so padding carries nothing of the kernel's.
  return copyToUser(to as UserPointer, sliceAt<u8>(addressOf(object), sizeOf<T>()));
}
