// inotify_init(2), inotify_add_watch(2), inotify_rm_watch(2); watches and events are fs/inotify.ts.

import { addressOf } from "unsafe";
import { AT_CURRENT_DIRECTORY, OpenFlag } from "../fs/abi.ts";
import { anonymousInotifyDentry } from "../fs/anonymous.ts";
import { acquireFile } from "../fs/file_table.ts";
import type { Inode } from "../fs/inode.ts";
import { asInotify, Inotify, Notice } from "../fs/inotify.ts";
import { nameLock } from "../fs/names.ts";
import { allocateOpenFile, type OpenFile } from "../fs/open_file.ts";
import { WalkFlag } from "../fs/path.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { installNew } from "./open.ts";
import { PathCall } from "./path_call.ts";

const CURRENT = u64(AT_CURRENT_DIRECTORY);
/** Without any of these a mask asks for nothing. */
const ALL_BITS = 0xf700_6fff;

/** inotify_init(2) */
export function sysInotifyInit(): i64 {
  return sysInotifyInit1(0);
}

/** inotify_init1(2) */
export function sysInotifyInit1(flags: u64): i64 {
  const given = u32(flags);
  if ((given & ~u32(OpenFlag.CloseOnExec | OpenFlag.NonBlocking)) !== 0) return errorCode(Errno.INVAL);
  const instance = create(Inotify);
  if (instance === null) return errorCode(Errno.NOMEM);
  const dentry = anonymousInotifyDentry();
  const open = allocateOpenFile(dentry, OpenFlag.ReadOnly | (given & OpenFlag.NonBlocking));
  if (open === null) {
    dentry.release();
    destroy(instance);
    return errorCode(Errno.NFILE);
  }
  open.file = instance;
  open.inotifyAddress = addressOf(instance);
  return installNew(open, (given & OpenFlag.CloseOnExec) !== 0);
}

/** inotify_add_watch(2) */
export function sysInotifyAddWatch(descriptor: u64, path: u64, mask: u64): i64 {
  const wanted = u32(mask);
  if ((wanted & ALL_BITS) === 0) return errorCode(Errno.INVAL);
  if ((wanted & Notice.MaskAdd) !== 0 && (wanted & Notice.MaskCreate) !== 0) return errorCode(Errno.INVAL);
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const result = addWatch(open, path, wanted);
  open.release();
  return result;
}

function addWatch(open: OpenFile, path: u64, mask: u32): i64 {
  const instance = asInotify(open);
  if (instance === null) return errorCode(Errno.INVAL);
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(CURRENT, path);
  if (begun !== Errno.NONE) return errorCode(begun);
  const inode = find(call, mask);
  if (inode === null) return errorCode(call.error);
  const result = instance.watch(inode, mask);
  inode.release();
  return result;
}

/** The inode that a path names, with a reference; null: `call.error` says why. */
function find(call: PathCall, mask: u32): Inode | null {
  using _names = nameLock.acquire();
  call.error = call.resolve((mask & Notice.DontFollow) !== 0 ? 0 : u32(WalkFlag.Follow));
  if (call.error !== Errno.NONE) return null;
  const inode = call.walk.dentry!.inode;
  if ((mask & Notice.OnlyDirectory) !== 0 && !inode.isDirectory()) {
    call.error = Errno.NOTDIR;
    return null;
  }
  inode.retain();
  return inode;
}

/** inotify_rm_watch(2) */
export function sysInotifyRmWatch(descriptor: u64, watch: u64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const instance = asInotify(open);
  const error = instance === null ? Errno.INVAL : instance.unwatch(i32(watch));
  open.release();
  return errorCode(error);
}
