// Structures that system calls take or fill in, as strace shows them: the fields that say most.

import type { Writer } from "prelude/writer.ts";
import { Errno } from "../lib/errno.ts";
import { ActionFlag, AlternateStack, HANDLER_DEFAULT, HANDLER_IGNORE, SignalAction } from "./signal_layout.ts";
import { type Named, writeFlags, writeName } from "./trace_flags.ts";
import { readUserObject } from "./user_object.ts";

const MODE_TYPE = 0o170000;
const MODE_BLOCK_DEVICE = 0o060000;
const MODE_CHARACTER_DEVICE = 0o020000;
const UNLIMITED = 0xffff_ffff_ffff_ffff;

const FILE_TYPES: FixedArray<Named, 7> = [
  { value: 0o140000, name: "S_IFSOCK" },
  { value: 0o120000, name: "S_IFLNK" },
  { value: 0o100000, name: "S_IFREG" },
  { value: 0o060000, name: "S_IFBLK" },
  { value: 0o040000, name: "S_IFDIR" },
  { value: 0o020000, name: "S_IFCHR" },
  { value: 0o010000, name: "S_IFIFO" },
];

const ACTION_FLAGS: FixedArray<Named, 9> = [
  { value: 0x0400_0000, name: "SA_RESTORER" },
  { value: 0x0800_0000, name: "SA_ONSTACK" },
  { value: 0x1000_0000, name: "SA_RESTART" },
  { value: 0x4000_0000, name: "SA_NODEFER" },
  { value: 0x8000_0000, name: "SA_RESETHAND" },
  { value: 1, name: "SA_NOCLDSTOP" },
  { value: 2, name: "SA_NOCLDWAIT" },
  { value: 4, name: "SA_SIGINFO" },
  { value: 0x800, name: "SA_EXPOSE_TAGBITS" },
];

const STACK_FLAGS: FixedArray<Named, 3> = [
  { value: 1, name: "SS_ONSTACK" },
  { value: 2, name: "SS_DISABLE" },
  { value: 0x8000_0000, name: "SS_AUTODISARM" },
];

/** The beginning of struct stat. @size 56 */
class FileStatus {
  device: u64 = 0;
  inode: u64 = 0;
  links: u64 = 0;
  mode: u32 = 0;
  owner: u32 = 0;
  group: u32 = 0;
  padding: u32 = 0;
  rawDevice: u64 = 0;
  size: i64 = 0;
}

/** struct rlimit64. @size 16 */
class ResourceLimit {
  soft: u64 = 0;
  hard: u64 = 0;
}

/** struct stat. @returns false when it cannot be read: nothing is written */
export function writeFileStatus(writer: Writer, address: u64): boolean {
  const status = new FileStatus();
  if (readUserObject(status, address) !== Errno.NONE) return false;
  const type = status.mode & MODE_TYPE;
  writer.text("{st_mode=");
  writeName(writer, u64(type), FILE_TYPES.slice());
  writer.character(0x7c);
  writeOctal(writer, u64(status.mode & 0o7777));
  if (type === MODE_BLOCK_DEVICE || type === MODE_CHARACTER_DEVICE) {
    const major = ((status.rawDevice >> 8) & 0xfff) | ((status.rawDevice >> 32) & ~u64(0xfff));
    const minor = (status.rawDevice & 0xff) | ((status.rawDevice >> 12) & ~u64(0xff));
    writer.message(`, st_rdev=makedev(${hex(major)}, ${hex(minor)}), ...}`);
  } else {
    writer.message(`, st_size=${status.size}, ...}`);
  }
  return true;
}

/** struct rlimit. @returns false when it cannot be read */
export function writeResourceLimit(writer: Writer, address: u64): boolean {
  const limit = new ResourceLimit();
  if (readUserObject(limit, address) !== Errno.NONE) return false;
  writer.text("{rlim_cur=");
  writeLimit(writer, limit.soft);
  writer.text(", rlim_max=");
  writeLimit(writer, limit.hard);
  writer.character(0x7d);
  return true;
}

function writeLimit(writer: Writer, limit: u64): void {
  if (limit === UNLIMITED) writer.text("RLIM64_INFINITY");
  else if (limit > 1024 && limit % 1024 === 0) writer.message(`${limit / 1024}*1024`);
  else writer.unsigned(limit);
}

/** struct sigaction. @param writeSet writes a set of signals @returns false when it cannot be read */
export function writeSignalAction(writer: Writer, address: u64, writeSet: Static<(writer: Writer, set: u64) => void>): boolean {
  const action = new SignalAction();
  if (readUserObject(action, address) !== Errno.NONE) return false;
  writer.text((action.flags & ActionFlag.Information) !== 0 ? "{sa_sigaction=" : "{sa_handler=");
  if (action.handler === HANDLER_DEFAULT) writer.text("SIG_DFL");
  else if (action.handler === HANDLER_IGNORE) writer.text("SIG_IGN");
  else writer.message(`${hex(action.handler)}`);
  writer.text(", sa_mask=");
  writeSet(writer, action.mask);
  writer.text(", sa_flags=");
  writeFlags(writer, action.flags, ACTION_FLAGS.slice(), "0");
  if ((action.flags & ActionFlag.Restorer) !== 0) writer.message(`, sa_restorer=${hex(action.restorer)}`);
  writer.character(0x7d);
  return true;
}

/** stack_t. @returns false when it cannot be read */
export function writeAlternateStack(writer: Writer, address: u64): boolean {
  const stack = new AlternateStack();
  if (readUserObject(stack, address) !== Errno.NONE) return false;
  if (stack.address === 0) writer.text("{ss_sp=NULL, ss_flags=");
  else writer.message(`{ss_sp=${hex(stack.address)}, ss_flags=`);
  writeFlags(writer, u64(stack.flags), STACK_FLAGS.slice(), "0");
  writer.message(`, ss_size=${stack.size}}`);
  return true;
}

/** A number as C writes octal ones: `0`, `0644`. */
export function writeOctal(writer: Writer, value: u64): void {
  writer.character(0x30);
  if (value === 0) return;
  let shift: u32 = 63;
  while (((value >> shift) & 7) === 0) shift -= 3;
  while (true) {
    writer.character(0x30 + u8((value >> shift) & 7));
    if (shift === 0) return;
    shift -= 3;
  }
}
