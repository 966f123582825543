// Attributes of files: access(2), chmod(2), chown(2), utimensat(2) and their relatives. Extended ones are in extended_attributes.ts.

import { AT_CURRENT_DIRECTORY, AtFlag, Mode, Seal } from "../fs/abi.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { Inode } from "../fs/inode.ts";
import { Notice, noteFile } from "../fs/inotify.ts";
import { nameLock } from "../fs/names.ts";
import { WalkFlag } from "../fs/path.ts";
import { now } from "../fs/time.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { PathCall } from "./path_call.ts";
import { readUserObject } from "./user_object.ts";

const CURRENT = u64(AT_CURRENT_DIRECTORY);

/** Something to do with the inode that a call names. The name lock may be held. */
type InodeAction = (inode: Inode) => Errno;

/** Does something with the inode of a path. @param notice what those who watch it hear then; 0: nothing */
function withPath(directory: u64, path: u64, flags: u32, action: InodeAction, notice: u32 = Notice.Attributes): i64 {
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(directory, path, (flags & AtFlag.EmptyPath) !== 0);
  if (begun !== Errno.NONE) return errorCode(begun);
  using _names = nameLock.acquire();
  const error = call.resolve((flags & AtFlag.SymlinkNoFollow) !== 0 ? 0 : u32(WalkFlag.Follow));
  if (error !== Errno.NONE) return errorCode(error);
  const dentry = call.walk.dentry!;
  const done = action(dentry.inode);
  if (done === Errno.NONE && notice !== 0) noteFile(dentry, notice as Notice);
  return errorCode(done);
}

/** Does something with the inode of a descriptor. */
function withDescriptor(descriptor: u64, action: InodeAction, notice: u32 = Notice.Attributes): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const error = open.pathOnly ? Errno.BADF : action(open.dentry.inode);
  if (error === Errno.NONE) noteFile(open.dentry, notice as Notice);
  open.release();
  return errorCode(error);
}

// ---- access ---------------------------------------------------------------------------------------------------------

const EXECUTE = 1;
const ALL_ACCESS = 7;

/** The application is the superuser: only executing a file that nobody may execute is refused. */
function checkAccess(inode: Inode, wanted: u32): Errno {
  if ((wanted & EXECUTE) === 0 || inode.isDirectory()) return Errno.NONE;
  return (inode.mode & Mode.AnyExecute) !== 0 ? Errno.NONE : Errno.ACCES;
}

/** access(2) */
export function sysAccess(path: u64, mode: u64): i64 {
  return sysFaccessat2(CURRENT, path, mode, 0);
}

/** faccessat(2) */
export function sysFaccessat(directory: u64, path: u64, mode: u64): i64 {
  return sysFaccessat2(directory, path, mode, 0);
}

/** faccessat2(2) */
export function sysFaccessat2(directory: u64, path: u64, mode: u64, flags: u64): i64 {
  const wanted = u32(mode);
  if ((wanted & ~u32(ALL_ACCESS)) !== 0) return errorCode(Errno.INVAL);
  const known = AtFlag.EffectiveAccess | AtFlag.SymlinkNoFollow | AtFlag.EmptyPath;
  if ((u32(flags) & ~u32(known)) !== 0) return errorCode(Errno.INVAL);
  return withPath(directory, path, u32(flags), (inode) => checkAccess(inode, wanted), 0);
}

// ---- chmod, chown ---------------------------------------------------------------------------------------------------

function changeMode(inode: Inode, mode: u32): Errno {
  if (inode.isLink()) return Errno.OPNOTSUPP;
  if ((inode.seals & Seal.Execute) !== 0 && ((inode.mode ^ mode) & Mode.AnyExecute) !== 0) return Errno.PERM;
  inode.mode = (inode.mode & Mode.TypeMask) | (mode & Mode.Permissions);
  inode.changed = now();
  return Errno.NONE;
}

/** chmod(2) */
export function sysChmod(path: u64, mode: u64): i64 {
  return withPath(CURRENT, path, 0, (inode) => changeMode(inode, u32(mode)));
}

/** fchmod(2) */
export function sysFchmod(descriptor: u64, mode: u64): i64 {
  return withDescriptor(descriptor, (inode) => changeMode(inode, u32(mode)));
}

/** fchmodat(2) */
export function sysFchmodat(directory: u64, path: u64, mode: u64): i64 {
  return withPath(directory, path, 0, (inode) => changeMode(inode, u32(mode)));
}

/** fchmodat2(2) */
export function sysFchmodat2(directory: u64, path: u64, mode: u64, flags: u64): i64 {
  if ((u32(flags) & ~u32(AtFlag.SymlinkNoFollow | AtFlag.EmptyPath)) !== 0) return errorCode(Errno.INVAL);
  return withPath(directory, path, u32(flags), (inode) => changeMode(inode, u32(mode)));
}

/** "Do not change" for an owner or a group. */
const UNCHANGED = 0xffff_ffff;

function changeOwner(inode: Inode, owner: u32, group: u32): Errno {
  if (owner !== UNCHANGED) inode.owner = owner;
  if (group !== UNCHANGED) inode.group = group;
  // A program that changes hands no longer lends its owner's rights.
  if (!inode.isDirectory()) {
    let mode = inode.mode & ~u32(Mode.SetUser);
    if ((mode & Mode.GroupExecute) !== 0) mode &= ~u32(Mode.SetGroup);
    inode.mode = mode;
  }
  inode.changed = now();
  return Errno.NONE;
}

/** chown(2) */
export function sysChown(path: u64, owner: u64, group: u64): i64 {
  return withPath(CURRENT, path, 0, (inode) => changeOwner(inode, u32(owner), u32(group)));
}

/** lchown(2) */
export function sysLchown(path: u64, owner: u64, group: u64): i64 {
  return withPath(CURRENT, path, AtFlag.SymlinkNoFollow, (inode) => changeOwner(inode, u32(owner), u32(group)));
}

/** fchown(2) */
export function sysFchown(descriptor: u64, owner: u64, group: u64): i64 {
  return withDescriptor(descriptor, (inode) => changeOwner(inode, u32(owner), u32(group)));
}

/** fchownat(2) */
export function sysFchownat(directory: u64, path: u64, owner: u64, group: u64, flags: u64): i64 {
  if ((u32(flags) & ~u32(AtFlag.SymlinkNoFollow | AtFlag.EmptyPath)) !== 0) return errorCode(Errno.INVAL);
  return withPath(directory, path, u32(flags), (inode) => changeOwner(inode, u32(owner), u32(group)));
}

// ---- times ----------------------------------------------------------------------------------------------------------

/** Two pairs of seconds and parts of a second: struct timespec[2], timeval[2]. @size 32 */
class TimePair {
  accessedSeconds: i64 = 0;
  accessedParts: i64 = 0;
  modifiedSeconds: i64 = 0;
  modifiedParts: i64 = 0;
}

/** struct utimbuf. @size 16 */
class SecondsPair {
  accessed: i64 = 0;
  modified: i64 = 0;
}

const NANOSECONDS = 1_000_000_000;
/** UTIME_NOW and UTIME_OMIT. */
const TIME_NOW = 0x3fff_ffff;
const TIME_OMIT = 0x3fff_fffe;
/** What 64 bits of nanoseconds hold; other times are set to the nearest. */
const LATEST_SECOND = 9_223_372_035;

/** What is to be set: a time, or TIME_OMIT as parts. */
function timeOf(seconds: i64, nanoseconds: i64): i64 {
  if (nanoseconds === TIME_NOW) return now();
  const bounded = minimum(maximum(seconds, i64(-LATEST_SECOND)), i64(LATEST_SECOND));
  return bounded * NANOSECONDS + nanoseconds;
}

function validParts(parts: i64): boolean {
  return (parts >= 0 && parts < NANOSECONDS) || parts === TIME_NOW || parts === TIME_OMIT;
}

function setTimes(inode: Inode, times: TimePair): Errno {
  if (times.accessedParts !== TIME_OMIT) inode.accessed = timeOf(times.accessedSeconds, times.accessedParts);
  if (times.modifiedParts !== TIME_OMIT) inode.modified = timeOf(times.modifiedSeconds, times.modifiedParts);
  inode.changed = now();
  return Errno.NONE;
}

/** utimensat(2) */
export function sysUtimensat(directory: u64, path: u64, times: u64, flags: u64): i64 {
  if ((u32(flags) & ~u32(AtFlag.SymlinkNoFollow | AtFlag.EmptyPath)) !== 0) return errorCode(Errno.INVAL);
  const pair = new TimePair();
  pair.accessedParts = TIME_NOW;
  pair.modifiedParts = TIME_NOW;
  if (times !== 0) {
    const error = readUserObject(pair, times);
    if (error !== Errno.NONE) return errorCode(error);
    if (!validParts(pair.accessedParts) || !validParts(pair.modifiedParts)) return errorCode(Errno.INVAL);
    if (pair.accessedParts === TIME_OMIT && pair.modifiedParts === TIME_OMIT) return 0;
  }
  // A time that is set by itself looks like what would have set it.
  let notice: u32 = Notice.Attributes;
  if (pair.accessedParts === TIME_OMIT) notice = Notice.Modify;
  else if (pair.modifiedParts === TIME_OMIT) notice = Notice.Access;
  if (path !== 0) return withPath(directory, path, u32(flags), (inode) => setTimes(inode, pair), notice);
  // futimens(3) is this call without a path.
  if (i32(directory) === AT_CURRENT_DIRECTORY) return errorCode(Errno.FAULT);
  if (u32(flags) !== 0) return errorCode(Errno.INVAL);
  return withDescriptor(directory, (inode) => setTimes(inode, pair), notice);
}

/** utimes(2) */
export function sysUtimes(path: u64, times: u64): i64 {
  return sysFutimesat(CURRENT, path, times);
}

/** futimesat(2): microseconds. */
export function sysFutimesat(directory: u64, path: u64, times: u64): i64 {
  const pair = new TimePair();
  pair.accessedParts = TIME_NOW;
  pair.modifiedParts = TIME_NOW;
  if (times !== 0) {
    const error = readUserObject(pair, times);
    if (error !== Errno.NONE) return errorCode(error);
    if (pair.accessedParts < 0 || pair.accessedParts >= 1_000_000) return errorCode(Errno.INVAL);
    if (pair.modifiedParts < 0 || pair.modifiedParts >= 1_000_000) return errorCode(Errno.INVAL);
    pair.accessedParts = pair.accessedParts * 1000;
    pair.modifiedParts = pair.modifiedParts * 1000;
  }
  if (path === 0) return withDescriptor(directory, (inode) => setTimes(inode, pair));
  return withPath(directory, path, 0, (inode) => setTimes(inode, pair));
}

/** utime(2): seconds. */
export function sysUtime(path: u64, times: u64): i64 {
  const pair = new TimePair();
  pair.accessedParts = TIME_NOW;
  pair.modifiedParts = TIME_NOW;
  if (times !== 0) {
    const seconds = new SecondsPair();
    const error = readUserObject(seconds, times);
    if (error !== Errno.NONE) return errorCode(error);
    pair.accessedSeconds = seconds.accessed;
    pair.accessedParts = 0;
    pair.modifiedSeconds = seconds.modified;
    pair.modifiedParts = 0;
  }
  return withPath(CURRENT, path, 0, (inode) => setTimes(inode, pair));
}
