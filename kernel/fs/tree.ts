// Changes to the tree of names: creating, linking, removing, renaming. Each takes the outcome of a walk (path.ts) and is
// called in the same hold of the name lock. Errors and their order are those of Linux's fs/namei.c as the manual pages
// give them; permission is never an obstacle, since all there is belongs to the one application.

import { Errno } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { Mode } from "./abi.ts";
import { createDentry, type Dentry, exchangeDentries, findChild, linkDentry, moveDentry, unlinkDentry } from "./dentry.ts";
import type { Inode } from "./inode.ts";
import { filesAreWatched, Notice, nextCookie, noteName, noteSelf } from "./inotify.ts";
import { LastPart, type PathWalk } from "./path.ts";
import { now } from "./time.ts";

const LINKS_LIMIT = 65000;

/** Flags of renameat2(2) (linux/fs.h). */
export const enum RenameFlag {
  NoReplace = 1,
  Exchange = 2,
  Whiteout = 4,
}

/** Notes that a folder's names have changed. */
function touch(directory: Dentry): void {
  const inode = directory.inode;
  inode.modified = now();
  inode.changed = inode.modified;
}

/**
 * Makes a new file where a walk found none.
 * @param mode type and permissions, the umask already taken off
 * @param linkTarget of a symbolic link
 */
export function createNode(walk: PathWalk, mode: u32, device: u64, linkTarget: Slice<u8>): Result<Dentry> {
  const directory = walk.directory!;
  const fileSystem = directory.inode.fileSystem;
  const maker = fileSystem.maker;
  if (maker === null) return failure<Dentry>(fileSystem.missingError);
  // The folder was removed while somebody worked in it.
  if (directory.inode.links === 0) return failure<Dentry>(Errno.NOENT);
  const inode = maker(fileSystem, mode, device, linkTarget);
  if (inode === null) return failure<Dentry>(Errno.NOSPC);
  const dentry = createDentry(walk.name, inode);
  if (dentry === null) {
    inode.release();
    return failure<Dentry>(Errno.NOSPC);
  }
  inheritGroup(directory.inode, inode);
  inode.links = 1;
  if (inode.isDirectory()) {
    inode.links = 2;
    directory.inode.links++;
  }
  linkDentry(directory, dentry);
  touch(directory);
  noteName(directory.inode, dentry.name, Notice.Create, inode.isDirectory());
  return success(dentry);
}

/** What is made in a folder with the set-group bit belongs to the folder's group, and folders have the bit as well. */
export function inheritGroup(directory: Inode, inode: Inode): void {
  if ((directory.mode & Mode.SetGroup) === 0) return;
  inode.group = directory.group;
  if (inode.isDirectory()) inode.mode |= Mode.SetGroup;
}

/** Gives a file another name, where a walk found none. */
export function linkInode(walk: PathWalk, inode: Inode): Errno {
  const directory = walk.directory!;
  const fileSystem = directory.inode.fileSystem;
  if (fileSystem.missingError !== Errno.PERM) return fileSystem.missingError;
  if (fileSystem !== inode.fileSystem) return Errno.XDEV;
  if (inode.isDirectory() || fileSystem.maker === null) return Errno.PERM;
  if (directory.inode.links === 0) return Errno.NOENT;
  // A file whose last name is gone stays without; one that never had a name may get one.
  if (inode.links === 0 && !inode.mayBeLinked) return Errno.NOENT;
  if (inode.links >= LINKS_LIMIT) return Errno.MLINK;
  const dentry = createDentry(walk.name, inode);
  if (dentry === null) return Errno.NOSPC;
  inode.retain();
  inode.links++;
  inode.mayBeLinked = false;
  inode.changed = now();
  linkDentry(directory, dentry);
  touch(directory);
  noteSelf(inode, Notice.Attributes);
  noteName(directory.inode, dentry.name, Notice.Create, false);
  return Errno.NONE;
}

/** Removes the name of a file that is no folder. */
export function removeName(walk: PathWalk): Errno {
  if (walk.last !== LastPart.Name) return Errno.ISDIR;
  const dentry = walk.dentry;
  if (dentry === null) return Errno.NOENT;
  const inode = dentry.inode;
  if (inode.isDirectory()) return Errno.ISDIR;
  if (walk.trailingSlash) return Errno.NOTDIR;
  if (inode.fileSystem.maker === null) return Errno.PERM;
  const directory = dentry.parent!;
  inode.links--;
  inode.changed = now();
  noteSelf(inode, Notice.Attributes);
  directory.retain();
  unlinkDentry(dentry);
  touch(directory);
  noteName(directory.inode, walk.name, Notice.Delete, false);
  directory.release();
  return Errno.NONE;
}

/** Removes an empty folder. */
export function removeFolder(walk: PathWalk): Errno {
  switch (walk.last) {
    case LastPart.Dot:
      return Errno.INVAL;
    case LastPart.DotDot:
      return Errno.NOTEMPTY;
    case LastPart.Root:
      return Errno.BUSY;
    case LastPart.Name:
      break;
  }
  const dentry = walk.dentry;
  if (dentry === null) return Errno.NOENT;
  if (!dentry.inode.isDirectory()) return Errno.NOTDIR;
  if (dentry.isMountPoint) return Errno.BUSY;
  if (dentry.inode.fileSystem.maker === null) return Errno.PERM;
  const populated = dentry.inode.populate(dentry);
  if (populated !== Errno.NONE) return populated;
  if (!dentry.children.isEmpty()) return Errno.NOTEMPTY;
  const directory = dentry.parent!;
  dentry.inode.links = 0;
  directory.inode.links--;
  directory.retain();
  unlinkDentry(dentry);
  touch(directory);
  noteName(directory.inode, walk.name, Notice.Delete, true);
  directory.release();
  return Errno.NONE;
}

/** Renames what one walk found to what the other one names (renameat2(2)). */
export function rename(from: PathWalk, to: PathWalk, flags: u32): Errno {
  if (from.last !== LastPart.Name) return Errno.BUSY;
  if (to.last !== LastPart.Name) return (flags & RenameFlag.NoReplace) !== 0 ? Errno.EXIST : Errno.BUSY;
  const source = from.dentry;
  if (source === null) return Errno.NOENT;
  const target = to.dentry;
  const directory = to.directory!;
  const inode = source.inode;
  if (target !== null && (flags & RenameFlag.NoReplace) !== 0) return Errno.EXIST;
  const exchange = (flags & RenameFlag.Exchange) !== 0;
  if (exchange && target === null) return Errno.NOENT;
  if (!inode.isDirectory()) {
    // A slash behind what is no folder, or is to become the name of none.
    if (from.trailingSlash || (!exchange && to.trailingSlash)) return Errno.NOTDIR;
  }
  if (exchange && to.trailingSlash && !target!.inode.isDirectory()) return Errno.NOTDIR;
  // Into itself, or (exchanged) out of itself.
  if (inode.isDirectory() && directory.isWithin(source)) return Errno.INVAL;
  if (target !== null && source.parent!.isWithin(target) && target.inode.isDirectory()) {
    return exchange ? Errno.INVAL : Errno.NOTEMPTY;
  }
  if (directory.inode.fileSystem !== source.parent!.inode.fileSystem) return Errno.XDEV;
  if (target === null && directory.inode.fileSystem.maker === null) return directory.inode.fileSystem.missingError;
  if (source.isMountPoint || (target !== null && target.isMountPoint)) return Errno.BUSY;
  if (directory.inode.fileSystem.maker === null) return Errno.PERM;
  if (target === source || (target !== null && target.inode === inode)) return Errno.NONE;
  if (directory.inode.links === 0) return Errno.NOENT;

  if (exchange) {
    exchangeNames(source, target!);
    noteMove(from, to, inode);
    noteMove(to, from, target!.inode);
    return Errno.NONE;
  }
  if (target !== null) {
    const error = makeWay(source, target);
    if (error !== Errno.NONE) return error;
  }
  const before = source.parent!;
  before.retain();
  const replaced = target === null ? null : target.inode;
  if (replaced !== null) replaced.retain();
  const error = moveOver(source, target, directory, to.name);
  if (error === Errno.NONE) {
    inode.changed = now();
    touch(before);
    touch(directory);
    noteMove(from, to, inode);
    if (replaced !== null) noteSelf(replaced, Notice.Attributes);
  }
  if (replaced !== null) replaced.release();
  before.release();
  return error;
}

/** Tells of a rename that has been done, by the names of the walks. */
function noteMove(from: PathWalk, to: PathWalk, inode: Inode): void {
  if (!filesAreWatched()) return;
  const cookie = nextCookie();
  const isDirectory = inode.isDirectory();
  noteName(from.directory!.inode, from.name, Notice.MovedFrom, isDirectory, cookie);
  noteName(to.directory!.inode, to.name, Notice.MovedTo, isDirectory, cookie);
  noteSelf(inode, Notice.MoveSelf);
}

/** Whether a target may be replaced by a source. */
function makeWay(source: Dentry, target: Dentry): Errno {
  if (!source.inode.isDirectory()) return target.inode.isDirectory() ? Errno.ISDIR : Errno.NONE;
  if (!target.inode.isDirectory()) return Errno.NOTDIR;
  return target.children.isEmpty() ? Errno.NONE : Errno.NOTEMPTY;
}

function moveOver(source: Dentry, target: Dentry | null, directory: Dentry, name: Slice<u8>): Errno {
  const before = source.parent!;
  const isDirectory = source.inode.isDirectory();
  // The target stays linked until the move has worked: two of one name, for a moment that nobody sees.
  if (!moveDentry(source, directory, name)) return Errno.NOSPC;
  if (isDirectory && before !== directory) {
    before.inode.links--;
    directory.inode.links++;
  }
  if (target === null) return Errno.NONE;
  if (isDirectory) {
    target.inode.links = 0;
    directory.inode.links--;
  } else {
    target.inode.links--;
  }
  target.inode.changed = now();
  unlinkDentry(target);
  return Errno.NONE;
}

function exchangeNames(a: Dentry, b: Dentry): void {
  const parentOfA = a.parent!;
  const parentOfB = b.parent!;
  exchangeDentries(a, b);
  if (parentOfA !== parentOfB && a.inode.isDirectory() !== b.inode.isDirectory()) {
    const loses = a.inode.isDirectory() ? parentOfA : parentOfB;
    const wins = a.inode.isDirectory() ? parentOfB : parentOfA;
    loses.inode.links--;
    wins.inode.links++;
  }
  a.inode.changed = now();
  b.inode.changed = a.inode.changed;
  touch(parentOfA);
  touch(parentOfB);
}

/** Makes a dentry of a folder the root of another file system; the folder's own content is hidden for good. */
export function mountOn(dentry: Dentry, root: Inode): void {
  const covered = dentry.inode;
  dentry.inode = root;
  dentry.isMountPoint = true;
  covered.release();
}

/** A child of a folder, made as a folder when it is missing. Null: no memory, or it is no folder. The name lock is held. */
export function ensureFolder(directory: Dentry, name: string, permissions: u32): Dentry | null {
  const existing = findChild(directory, bytes(name));
  if (existing !== null) return existing.inode.isDirectory() ? existing : null;
  const fileSystem = directory.inode.fileSystem;
  const maker = fileSystem.maker;
  if (maker === null) return null;
  const inode = maker(fileSystem, 0o040000 | permissions, 0, bytes(""));
  if (inode === null) return null;
  const dentry = createDentry(bytes(name), inode, true);
  if (dentry === null) return null;
  inode.links = 2;
  directory.inode.links++;
  linkDentry(directory, dentry);
  return dentry;
}
