// Names: mkdir(2), rmdir(2), unlink(2), rename(2), link(2), symlink(2), readlink(2), mknod(2), and their …at forms.

import { AT_CURRENT_DIRECTORY, AtFlag, Mode } from "../fs/abi.ts";
import { LinkTarget } from "../fs/inode.ts";
import { nameLock, PathText, writePath } from "../fs/names.ts";
import { WalkFlag } from "../fs/path.ts";
import { takePathBuffer } from "../fs/path_buffer.ts";
import { createNode, linkInode, RenameFlag, removeFolder, removeName, rename } from "../fs/tree.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { copyToUser, type UserPointer } from "../mm/user_memory.ts";
import { maskOff } from "./open.ts";
import { PathCall } from "./path_call.ts";

const CURRENT = u64(AT_CURRENT_DIRECTORY);

/** mkdir(2) */
export function sysMkdir(path: u64, mode: u64): i64 {
  return sysMkdirat(CURRENT, path, mode);
}

/** mkdirat(2) */
export function sysMkdirat(directory: u64, path: u64, mode: u64): i64 {
  return make(directory, path, Mode.Directory | maskOff(u32(mode) & 0o1777), 0, bytes(""));
}

/** mknod(2) */
export function sysMknod(path: u64, mode: u64, device: u64): i64 {
  return sysMknodat(CURRENT, path, mode, device);
}

/** mknodat(2): regular files, FIFOs, names of sockets and of devices. */
export function sysMknodat(directory: u64, path: u64, mode: u64, device: u64): i64 {
  const permissions = maskOff(u32(mode) & Mode.Permissions);
  switch (u32(mode) & Mode.TypeMask) {
    case 0:
    case Mode.Regular:
      return make(directory, path, Mode.Regular | permissions, 0, bytes(""));
    case Mode.Fifo:
    case Mode.Socket:
      return make(directory, path, (u32(mode) & Mode.TypeMask) | permissions, 0, bytes(""));
    case Mode.Character:
    case Mode.Block:
      return make(directory, path, (u32(mode) & Mode.TypeMask) | permissions, device & 0xf_ffff, bytes(""));
    case Mode.Directory:
      return errorCode(Errno.PERM);
    default:
      return errorCode(Errno.INVAL);
  }
}

/** symlink(2) */
export function sysSymlink(target: u64, path: u64): i64 {
  return sysSymlinkat(target, CURRENT, path);
}

/** symlinkat(2) */
export function sysSymlinkat(target: u64, directory: u64, path: u64): i64 {
  const buffer = takePathBuffer();
  if (buffer === null) return errorCode(Errno.NOMEM);
  using _ = buffer;
  const error = buffer.read(target);
  if (error !== Errno.NONE) return errorCode(error);
  if (buffer.length === 0) return errorCode(Errno.NOENT);
  return make(directory, path, Mode.Link | 0o777, 0, buffer.text());
}

/** Makes a new file of any kind. */
function make(directory: u64, path: u64, mode: u32, device: u64, target: Slice<u8>): i64 {
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(directory, path);
  if (begun !== Errno.NONE) return errorCode(begun);
  using _names = nameLock.acquire();
  const error = call.resolveLast(u32(WalkFlag.MayBeMissing));
  if (error !== Errno.NONE) return errorCode(error);
  if (call.walk.dentry !== null) return errorCode(Errno.EXIST);
  if (call.walk.trailingSlash && (mode & Mode.TypeMask) !== Mode.Directory) return errorCode(Errno.NOENT);
  const made = createNode(call.walk, mode, device, target);
  return made.ok ? 0 : errorCode(made.error);
}

/** rmdir(2) */
export function sysRmdir(path: u64): i64 {
  return sysUnlinkat(CURRENT, path, u64(AtFlag.RemoveDirectory));
}

/** unlink(2) */
export function sysUnlink(path: u64): i64 {
  return sysUnlinkat(CURRENT, path, 0);
}

/** unlinkat(2) */
export function sysUnlinkat(directory: u64, path: u64, flags: u64): i64 {
  if ((u32(flags) & ~u32(AtFlag.RemoveDirectory)) !== 0) return errorCode(Errno.INVAL);
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(directory, path);
  if (begun !== Errno.NONE) return errorCode(begun);
  using _names = nameLock.acquire();
  const error = call.resolveLast();
  if (error !== Errno.NONE) return errorCode(error);
  return errorCode(u32(flags) !== 0 ? removeFolder(call.walk) : removeName(call.walk));
}

/** rename(2) */
export function sysRename(from: u64, to: u64): i64 {
  return sysRenameat2(CURRENT, from, CURRENT, to, 0);
}

/** renameat(2) */
export function sysRenameat(fromDirectory: u64, from: u64, toDirectory: u64, to: u64): i64 {
  return sysRenameat2(fromDirectory, from, toDirectory, to, 0);
}

/** renameat2(2). Whiteouts belong to union mounts, which are not here (EINVAL). */
export function sysRenameat2(fromDirectory: u64, from: u64, toDirectory: u64, to: u64, flags: u64): i64 {
  const how = u32(flags);
  if ((how & ~u32(RenameFlag.NoReplace | RenameFlag.Exchange)) !== 0) return errorCode(Errno.INVAL);
  if (how === 3) return errorCode(Errno.INVAL);
  const source = new PathCall();
  using _source = source;
  const sourceBegun = source.begin(fromDirectory, from);
  if (sourceBegun !== Errno.NONE) return errorCode(sourceBegun);
  const target = new PathCall();
  using _target = target;
  const targetBegun = target.begin(toDirectory, to);
  if (targetBegun !== Errno.NONE) return errorCode(targetBegun);

  using _names = nameLock.acquire();
  const sourceError = source.resolveLast();
  if (sourceError !== Errno.NONE) return errorCode(sourceError);
  const targetError = target.resolveLast(u32(WalkFlag.MayBeMissing));
  if (targetError !== Errno.NONE) return errorCode(targetError);
  return errorCode(rename(source.walk, target.walk, how));
}

/** link(2) */
export function sysLink(from: u64, to: u64): i64 {
  return sysLinkat(CURRENT, from, CURRENT, to, 0);
}

/** linkat(2) */
export function sysLinkat(fromDirectory: u64, from: u64, toDirectory: u64, to: u64, flags: u64): i64 {
  const how = u32(flags);
  if ((how & ~u32(AtFlag.SymlinkFollow | AtFlag.EmptyPath)) !== 0) return errorCode(Errno.INVAL);
  const source = new PathCall();
  using _source = source;
  const sourceBegun = source.begin(fromDirectory, from, (how & AtFlag.EmptyPath) !== 0);
  if (sourceBegun !== Errno.NONE) return errorCode(sourceBegun);
  const target = new PathCall();
  using _target = target;
  const targetBegun = target.begin(toDirectory, to);
  if (targetBegun !== Errno.NONE) return errorCode(targetBegun);

  using _names = nameLock.acquire();
  const sourceError = source.resolve((how & AtFlag.SymlinkFollow) !== 0 ? WalkFlag.Follow : 0);
  if (sourceError !== Errno.NONE) return errorCode(sourceError);
  const targetError = target.resolveLast(u32(WalkFlag.MayBeMissing));
  if (targetError !== Errno.NONE) return errorCode(targetError);
  if (target.walk.dentry !== null) return errorCode(Errno.EXIST);
  if (target.walk.trailingSlash) return errorCode(Errno.NOENT);
  return errorCode(linkInode(target.walk, source.walk.dentry!.inode));
}

/** readlink(2) */
export function sysReadlink(path: u64, address: u64, size: u64): i64 {
  return sysReadlinkat(CURRENT, path, address, size);
}

/** readlinkat(2) */
export function sysReadlinkat(directory: u64, path: u64, address: u64, size: u64): i64 {
  if (i32(size) <= 0) return errorCode(Errno.INVAL);
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(directory, path, true);
  if (begun !== Errno.NONE) return errorCode(begun);
  const buffer = takePathBuffer();
  if (buffer === null) return errorCode(Errno.NOMEM);
  using _buffer = buffer;
  // The text is copied out of the tree first: application memory is not touched under the name lock.
  const error = copyTarget(call, buffer.whole());
  if (error < 0) return error;
  const length = minimum(u64(error), u64(u32(size)));
  const copied = copyToUser(address as UserPointer, buffer.whole().slice(0, length));
  return copied === Errno.NONE ? i64(length) : errorCode(copied);
}

/** Writes a link's text. @returns its length or -errno */
function copyTarget(call: PathCall, into: Slice<u8>): i64 {
  using _names = nameLock.acquire();
  const walked = call.resolve(0);
  if (walked !== Errno.NONE) return errorCode(walked);
  const inode = call.walk.dentry!.inode;
  if (!inode.isLink()) return errorCode(call.text().length === 0 ? Errno.NOENT : Errno.INVAL);
  const target = new LinkTarget();
  const error = inode.link!.follow(target);
  if (error !== Errno.NONE) return errorCode(error);
  const jump = target.dentry;
  if (jump === null) {
    const text = target.text!;
    into.slice(0, text.length).copyFrom(text);
    return i64(text.length);
  }
  const path = new PathText(into);
  const written = writePath(jump, path);
  if (written !== Errno.NONE) return errorCode(written);
  const text = path.text();
  into.slice(0, text.length).copyFrom(text);
  return i64(text.length);
}
