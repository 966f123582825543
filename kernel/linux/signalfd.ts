// signalfd(2): the file itself is signal_file.ts.

import { addressOf, objectAt } from "unsafe";
import { OpenFlag } from "../fs/abi.ts";
import { anonymousSignalDentry } from "../fs/anonymous.ts";
import { acquireFile } from "../fs/file_table.ts";
import { allocateOpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { readUser64, type UserPointer } from "../mm/user_memory.ts";
import { installNew } from "./open.ts";
import { SignalFile } from "./signal_file.ts";
import { UNBLOCKABLE_SIGNALS } from "./signal_numbers.ts";

const SIGNAL_SET_SIZE = 8;
const CREATION_FLAGS = OpenFlag.CloseOnExec | OpenFlag.NonBlocking;

/** signalfd(2) */
export function sysSignalfd(descriptor: u64, setAddress: u64, setSize: u64): i64 {
  return sysSignalfd4(descriptor, setAddress, setSize, 0);
}

/** signalfd4(2) */
export function sysSignalfd4(descriptor: u64, setAddress: u64, setSize: u64, flags: u64): i64 {
  const given = u32(flags);
  if (setSize !== SIGNAL_SET_SIZE || (given & ~u32(CREATION_FLAGS)) !== 0) return errorCode(Errno.INVAL);
  const read = readUser64(setAddress as UserPointer);
  if (!read.ok) return errorCode(read.error);
  const set = read.value & ~u64(UNBLOCKABLE_SIGNALS);
  return i32(descriptor) === -1 ? createFile(set, given) : changeFile(u32(descriptor), set);
}

function createFile(set: u64, flags: u32): i64 {
  const signals = create(SignalFile, set);
  if (signals === null) return errorCode(Errno.NOMEM);
  const dentry = anonymousSignalDentry();
  const open = allocateOpenFile(dentry, (flags & OpenFlag.NonBlocking) | OpenFlag.ReadWrite);
  if (open === null) {
    dentry.release();
    destroy(signals);
    return errorCode(Errno.NFILE);
  }
  open.file = signals;
  open.signalsAddress = addressOf(signals);
  return installNew(open, (flags & OpenFlag.CloseOnExec) !== 0);
}

function changeFile(descriptor: u32, set: u64): i64 {
  const open = acquireFile(descriptor);
  if (open === null) return errorCode(Errno.BADF);
  const known = open.signalsAddress !== 0;
  // Safe: only createFile sets the address, to the SignalFile that is the open file's file.
  if (known) objectAt<SignalFile>(open.signalsAddress).set = set;
  open.release();
  return known ? i64(descriptor) : errorCode(Errno.INVAL);
}
