// A file as such, whatever it is called: its attributes, and the content that a file system stands behind it.
//
// An inode lives as long as something refers to it: each dentry that names it (linked in a folder or only held open), and
// each memory mapping of it. `links` counts the names that are in folders; it is what stat(2) shows and decides nothing
// else. When the last reference goes, the content frees the inode together with itself: file systems embed the inode in
// their own object, so that a file costs one allocation.
// Attributes are plain words, each written whole; names and links change under the name lock (names.ts).

import { Errno } from "../lib/errno.ts";
import type { PageSource } from "../mm/page_source.ts";
import { Mode } from "./abi.ts";
import type { Dentry } from "./dentry.ts";
import { type AttributeList, freeAttributes } from "./extended_attributes.ts";
import { type FileLocks, freeLocks } from "./file_locks.ts";
import type { FileWatches } from "./inotify.ts";
import type { OpenFile } from "./open_file.ts";

/** Where a symbolic link leads: to a path, or (as /proc's links do) straight to a dentry. */
export class LinkTarget {
  /** The path to walk. Stays valid while the name lock is held. */
  text: Slice<u8> | null = null;
  /** Where to go on at once, instead of a path. */
  dentry: Dentry | null = null;
}

/** What a file system does for each inode. */
export interface Content {
  /** Sets `open.file` (and `open.seekable`) for a new open file, or answers with Linux's error for one of its type. May sleep. */
  open(inode: Inode, open: OpenFile): Errno;
  /** The last reference is gone: frees everything, the inode too. */
  dispose(inode: Inode): void;
}

/** What is behind a symbolic link. */
export interface LinkContent {
  /** Where it leads. The name lock is held. */
  follow(target: LinkTarget): Errno;
}

/** What is behind a folder whose children are not all dentries in memory. */
export interface DirectoryContent {
  /** A child that is not in memory; it is added with `linkDentry`. Who says `isVolatile` is asked for every name. The name lock is held. */
  lookup(directory: Dentry, name: Slice<u8>): Dentry | null;
  /** Brings all children into memory, before they are listed. The name lock is held. */
  populate(directory: Dentry): Errno;
  /** Whether children come and go behind the dentries' back. */
  isVolatile(): boolean;
}

/** What is behind a regular file whose bytes are stored. */
export interface StoredContent {
  /** A new length in bytes, at most OFFSET_MAX. */
  resize(length: u64): Errno;
  /** fallocate(2), its mode as it is. */
  allocate(mode: u32, offset: u64, length: u64): Errno;
  /** The next data (or hole) at or after an offset below the size; the size's own end is a hole. */
  seekData(offset: u64, hole: boolean): u64;
  /** What can be mapped. */
  pageSource(): PageSource;
  /** 512-byte blocks in use. */
  blocks(): u64;
}

/** Makes inodes for new names: an inode with one reference (for the dentry to come), null when there is no memory. */
export type InodeMaker = Static<(fileSystem: FileSystem, mode: u32, device: u64, linkTarget: Slice<u8>) => Inode | null>;

/** One mounted file system. Static: file systems are never unmounted. */
export class FileSystem {
  /** As /proc/mounts and /proc/filesystems name it. */
  name!: string;
  magic: u32 = 0;
  /** What stat(2) gives as st_dev. */
  device: u64 = 0;
  /** Null: names cannot be created here. */
  maker: InodeMaker | null = null;
  /** The error for a name that is to be made where none can be: PERM, or NOENT where a lookup alone fails (/proc). */
  missingError: Errno = Errno.PERM;
  readonly nextInode = new Atomic<u64>(1);

  /** Sets what the file system is. Once, at boot. */
  begin(name: string, magic: u32, device: u64): void {
    this.name = name;
    this.magic = magic;
    this.device = device;
  }
}

export class Inode {
  number: u64 = 0;
  /** Type and permissions. */
  mode: u32 = 0;
  links: u32 = 0;
  owner: u32 = 0;
  group: u32 = 0;
  /** Bytes. */
  size: u64 = 0;
  /** Which device a device file stands for. */
  device: u64 = 0;
  /** Nanoseconds since 1970. */
  accessed: i64 = 0;
  modified: i64 = 0;
  changed: i64 = 0;
  created: i64 = 0;
  readonly references = new Atomic<u32>(1);
  /** Seals of a memory file; SEAL alone where sealing is not allowed. */
  seals: u32 = 1;
  fileSystem!: FileSystem;
  content!: Content;
  /** Of a symbolic link. */
  link: LinkContent | null = null;
  /** Of a folder; null: its children are all in memory. */
  directory: DirectoryContent | null = null;
  /** Of a regular file; null: the kernel writes it as it is read. */
  stored: StoredContent | null = null;
  /** How long what is written will live (F_SET_RW_HINT). */
  writeHint: u8 = 0;
  /** Extended attributes, of which most files have none. */
  attributes: AttributeList | null = null;
  /** Locks, once there was one. */
  locks: FileLocks | null = null;
  /** Who watches it, once somebody did. */
  watches: FileWatches | null = null;
  /** Looks like a FIFO, but is standard input or output (console.ts). */
  isConsole = false;
  /** Has no name and may be given one (O_TMPFILE without O_EXCL). */
  mayBeLinked = false;
  /** A name of the file, the first or the one it was opened by last, for /proc/self/maps. Not a reference: the dentry clears it when it goes. */
  knownAs: Dentry | null = null;

  /** Sets what a new inode starts with. The object is zeroed but for field initialisers. */
  begin(fileSystem: FileSystem, content: Content, mode: u32, now: i64): void {
    this.fileSystem = fileSystem;
    this.content = content;
    this.number = fileSystem.nextInode.add(1);
    this.mode = mode;
    this.accessed = now;
    this.modified = now;
    this.changed = now;
    this.created = now;
  }

  /** @inline */
  isDirectory(): boolean {
    return (this.mode & Mode.TypeMask) === Mode.Directory;
  }

  /** @inline */
  isLink(): boolean {
    return (this.mode & Mode.TypeMask) === Mode.Link;
  }

  /** @inline */
  isRegular(): boolean {
    return (this.mode & Mode.TypeMask) === Mode.Regular;
  }

  /** What can be mapped, or null. */
  pageSource(): PageSource | null {
    const stored = this.stored;
    return stored === null ? null : stored.pageSource();
  }

  /** 512-byte blocks in use. */
  blocks(): u64 {
    const stored = this.stored;
    return stored === null ? 0 : stored.blocks();
  }

  /** Gives a regular file a new length, at most OFFSET_MAX. What the kernel writes has none, and O_TRUNC, as of a shell's `>`, does nothing. */
  resize(length: u64): Errno {
    const stored = this.stored;
    return stored === null ? Errno.NONE : stored.resize(length);
  }

  /** fallocate(2) of a regular file, its mode as it is. */
  allocate(mode: u32, offset: u64, length: u64): Errno {
    const stored = this.stored;
    return stored === null ? Errno.OPNOTSUPP : stored.allocate(mode, offset, length);
  }

  /** The next data (or hole) at or after an offset below the size; the size's own end is a hole. */
  seekData(offset: u64, hole: boolean): u64 {
    const stored = this.stored;
    return stored === null ? offset : stored.seekData(offset, hole);
  }

  /** Brings all children of a folder into memory. The name lock is held. @param dentry one of the folder's */
  populate(dentry: Dentry): Errno {
    const directory = this.directory;
    return directory === null ? Errno.NONE : directory.populate(dentry);
  }

  retain(): void {
    this.references.add(1);
  }

  /** Takes a reference back; the last one frees the inode. */
  release(): void {
    if (this.references.subtract(1) !== 1) return;
    const attributes = this.attributes;
    if (attributes !== null) freeAttributes(attributes);
    const locks = this.locks;
    if (locks !== null) freeLocks(locks);
    const watches = this.watches;
    if (watches !== null) destroy(watches);
    this.content.dispose(this);
  }
}
