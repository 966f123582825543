// A file that is to be run: found by its path, checked, and read page by page where it lies.

import type { Dentry } from "../fs/dentry.ts";
import { nameLock, workingDentry } from "../fs/names.ts";
import { PathWalk, WalkFlag } from "../fs/path.ts";
import { Errno } from "../lib/errno.ts";
import type { PageSource } from "../mm/page_source.ts";
import { readSourceBytes } from "./source_bytes.ts";

/** Whoever may execute: owner, group or others. User 0 needs one of them. */
const EXECUTABLE = 0o111;

export class ExecutableFile {
  dentry: Dentry | null = null;
  source: PageSource | null = null;
  /** Bytes. */
  size: u64 = 0;

  /**
   * Finds the file, and keeps a reference to its dentry until `close`.
   * @returns NOENT and the other errors of a path, ACCES for what must not be executed
   */
  open(path: Slice<u8>): Errno {
    const walk = new PathWalk();
    using _ = nameLock.acquire();
    const error = walk.walk(workingDentry(), path, u32(WalkFlag.Follow));
    if (error !== Errno.NONE) return error;
    const dentry = walk.dentry;
    if (dentry === null) return Errno.NOENT;
    const inode = dentry.inode;
    if (!inode.isRegular() || (inode.mode & EXECUTABLE) === 0) return Errno.ACCES;
    const source = inode.pageSource();
    if (source === null) return Errno.ACCES;
    dentry.retain();
    this.dentry = dentry;
    this.source = source;
    this.size = inode.size;
    return Errno.NONE;
  }

  /** Gives the reference back. Mappings keep the file's content for themselves. */
  close(): void {
    const dentry = this.dentry;
    if (dentry === null) return;
    using _ = nameLock.acquire();
    dentry.release();
    this.dentry = null;
  }

  /** Copies bytes of the file, as many as there are from an offset on. @returns how many */
  read(offset: u64, into: Slice<u8>): usize {
    return readSourceBytes(this.source!, offset, into);
  }
}
