// Folders: getdents64(2), getcwd(2), chdir(2), fchdir(2), chroot(2).

import { addressOf, pointer } from "unsafe";
import { AT_CURRENT_DIRECTORY, directoryType } from "../fs/abi.ts";
import type { Dentry } from "../fs/dentry.ts";
import { acquireFile } from "../fs/file_table.ts";
import { filesAreWatched, Notice, noteFile } from "../fs/inotify.ts";
import { nameLock, PathText, processRoot, setProcessRoot, setWorking, workingDentry, writePath } from "../fs/names.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { WalkFlag } from "../fs/path.ts";
import { takePathBuffer } from "../fs/path_buffer.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { copyToUser, type UserPointer } from "../mm/user_memory.ts";
import { PathCall } from "./path_call.ts";

/** struct linux_dirent64 up to its name: inode, offset of the next entry, length of this record, type. */
const HEADER_SIZE = 19;

/** The same of struct linux_dirent, which has the type in the record's last byte. */
const OLD_HEADER_SIZE = 18;

/** Records of one folder, packed into a buffer as getdents64 (or getdents) gives them. */
class Listing {
  private readonly buffer: Slice<u8>;
  private readonly room: usize;
  private readonly isOld: boolean;
  length: usize = 0;
  /** An entry did not fit. */
  full = false;

  constructor(buffer: Slice<u8>, room: usize, isOld: boolean) {
    this.buffer = buffer;
    this.room = minimum(room, buffer.length);
    this.isOld = isOld;
  }

  /** Adds an entry. @param next the position behind it */
  add(inode: u64, next: u64, type: u8, name: Slice<u8>): boolean {
    const header: u64 = this.isOld ? OLD_HEADER_SIZE : HEADER_SIZE;
    // The old form's type needs a byte more.
    const size = (header + name.length + (this.isOld ? u64(2) : u64(1)) + 7) & ~u64(7);
    if (size > this.room - this.length) {
      this.full = true;
      return false;
    }
    const record = this.buffer.slice(this.length, this.length + size);
    record.fill(0);
    // Safe: the record has at least the header's 19 bytes, and records begin at multiples of 8 of a page.
    const words = pointer<u64>(addressOf(record));
    words[0] = inode;
    words[1] = next;
    record[16] = u8(size);
    record[17] = u8(size >> 8);
    record[this.isOld ? size - 1 : 18] = type;
    record.slice(header, header + name.length).copyFrom(name);
    this.length += size;
    return true;
  }
}

/** getdents64(2) */
export function sysGetdents64(descriptor: u64, address: u64, size: u64): i64 {
  return listFolder(descriptor, address, size, false);
}

/** getdents(2) */
export function sysGetdents(descriptor: u64, address: u64, size: u64): i64 {
  return listFolder(descriptor, address, size, true);
}

function listFolder(descriptor: u64, address: u64, size: u64, isOld: boolean): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  let result: i64 = 0;
  if (open.pathOnly) result = errorCode(Errno.BADF);
  else if (!open.dentry.inode.isDirectory()) result = errorCode(Errno.NOTDIR);
  else result = list(open, address, u64(u32(size)), isOld);
  if (filesAreWatched() && result >= 0) noteFile(open.dentry, Notice.Access);
  open.release();
  return result;
}

/** The names are packed in the kernel, a piece at a time, since application memory is not touched under the name lock. */
function list(open: OpenFile, address: u64, size: u64, isOld: boolean): i64 {
  const buffer = createArray<u8>(minimum(maximum(size, 512), LISTING_SIZE));
  if (buffer === null) return errorCode(Errno.NOMEM);
  using _position = open.positionLock.acquire();
  let done: u64 = 0;
  let error = Errno.NONE;
  for (;;) {
    const listing = new Listing(buffer, size - done, isOld);
    const filled = fill(open.dentry, open.position, listing);
    error = filled.error;
    if (error === Errno.NONE && listing.length === 0 && listing.full) error = Errno.INVAL;
    if (error !== Errno.NONE || listing.length === 0) break;
    error = copyToUser((address + done) as UserPointer, buffer.slice(0, listing.length));
    if (error !== Errno.NONE) break;
    open.position = filled.position;
    done += listing.length;
    if (!listing.full) break;
  }
  destroyArray(buffer);
  return done > 0 ? i64(done) : errorCode(error);
}

/** Bytes of names that are packed at a time. */
const LISTING_SIZE = 32768;

/** Where a listing goes on, or why there is none. */
type FillResult = { readonly error: Errno; readonly position: u64 };

/** Positions 0 and 1 are `.` and `..`; a child's is its offset. */
function fill(directory: Dentry, start: u64, listing: Listing): FillResult {
  using _names = nameLock.acquire();
  let position = start;
  const inode = directory.inode;
  if (inode.links === 0) return { error: Errno.NOENT, position };
  const error = inode.populate(directory);
  if (error !== Errno.NONE) return { error, position };
  if (position === 0) {
    if (!listing.add(inode.number, 1, directoryType(inode.mode), bytes("."))) return { error: Errno.NONE, position };
    position = 1;
  }
  if (position === 1) {
    const parent = directory.parent ?? directory;
    if (!listing.add(parent.inode.number, 2, directoryType(parent.inode.mode), bytes("..")))
      return { error: Errno.NONE, position };
    position = 2;
  }
  for (let child = firstAt(directory, start); child !== null; child = directory.children.next(child)) {
    if (child.offset < position) continue;
    const own = child.inode;
    if (!listing.add(own.number, child.offset + 1, directoryType(own.mode), child.name)) break;
    position = child.offset + 1;
  }
  return { error: Errno.NONE, position };
}

/** The first child of a folder at or behind a position, found from the nearer end. The name lock is held. */
function firstAt(directory: Dentry, position: u64): Dentry | null {
  const children = directory.children;
  if (position < directory.nextOffset / 2) {
    let child = children.first;
    while (child !== null && child.offset < position) child = children.next(child);
    return child;
  }
  let child = children.last;
  let found: Dentry | null = null;
  while (child !== null && child.offset >= position) {
    found = child;
    child = children.previous(child);
  }
  return found;
}

/** getcwd(2) */
export function sysGetcwd(address: u64, size: u64): i64 {
  const buffer = takePathBuffer();
  if (buffer === null) return errorCode(Errno.NOMEM);
  using _buffer = buffer;
  const path = new PathText(buffer.whole());
  if (!path.prepend(NUL.slice())) return errorCode(Errno.NAMETOOLONG);
  {
    using _names = nameLock.acquire();
    const working = workingDentry();
    if (working.inode.links === 0) return errorCode(Errno.NOENT);
    const error = writePath(working, path);
    if (error !== Errno.NONE) return errorCode(error);
    if (!working.isWithin(processRoot()) && !path.prepend(bytes("(unreachable)"))) return errorCode(Errno.NAMETOOLONG);
  }
  const text = path.text();
  if (text.length > size) return errorCode(Errno.RANGE);
  const copied = copyToUser(address as UserPointer, text);
  return copied === Errno.NONE ? i64(text.length) : errorCode(copied);
}

const NUL: FixedArray<u8, 1> = [0];

/** chdir(2) */
export function sysChdir(path: u64): i64 {
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(u64(AT_CURRENT_DIRECTORY), path);
  if (begun !== Errno.NONE) return errorCode(begun);
  using _names = nameLock.acquire();
  const error = call.resolve(WalkFlag.Follow);
  if (error !== Errno.NONE) return errorCode(error);
  const dentry = call.walk.dentry!;
  if (!dentry.inode.isDirectory()) return errorCode(Errno.NOTDIR);
  setWorking(dentry);
  return 0;
}

/** chroot(2) */
export function sysChroot(path: u64): i64 {
  const call = new PathCall();
  using _call = call;
  const begun = call.begin(u64(AT_CURRENT_DIRECTORY), path);
  if (begun !== Errno.NONE) return errorCode(begun);
  using _names = nameLock.acquire();
  const error = call.resolve(WalkFlag.Follow);
  if (error !== Errno.NONE) return errorCode(error);
  const dentry = call.walk.dentry!;
  if (!dentry.inode.isDirectory()) return errorCode(Errno.NOTDIR);
  setProcessRoot(dentry);
  return 0;
}

/** fchdir(2) */
export function sysFchdir(descriptor: u64): i64 {
  const open = acquireFile(u32(descriptor));
  if (open === null) return errorCode(Errno.BADF);
  const dentry = open.dentry;
  const isDirectory = dentry.inode.isDirectory();
  if (isDirectory) {
    using _names = nameLock.acquire();
    setWorking(dentry);
  }
  open.release();
  return isDirectory ? 0 : errorCode(Errno.NOTDIR);
}
