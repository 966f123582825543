// The path of a system call: a string of the application, and the folder that it starts from. Every call that takes a path
// has one `PathCall` on its stack:
//
//   const call = new PathCall();
//   using _call = call;
//   const error = call.begin(directory, address, AtFlag.EmptyPath & flags);
//   if (error !== Errno.NONE) return errorCode(error);
//   using _names = nameLock.acquire();
//   const walked = call.resolve(WalkFlag.Follow);

import { AT_CURRENT_DIRECTORY } from "../fs/abi.ts";
import type { Dentry } from "../fs/dentry.ts";
import { acquireFile } from "../fs/file_table.ts";
import { workingDentry } from "../fs/names.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { LastPart, PathWalk, WalkFlag } from "../fs/path.ts";
import { type PathBuffer, takePathBuffer } from "../fs/path_buffer.ts";
import { Errno } from "../lib/errno.ts";

const SLASH = 0x2f;

export class PathCall {
  readonly walk = new PathWalk();
  /** For helpers that give an object or null: why there is none. */
  error: Errno = Errno.NONE;
  private buffer: PathBuffer | null = null;
  private base: OpenFile | null = null;

  /**
   * Copies the path in and finds its start. No lock may be held.
   * @param mayBeEmpty AT_EMPTY_PATH: an empty path means the start itself
   */
  begin(directory: u64, address: u64, mayBeEmpty: boolean = false): Errno {
    const buffer = takePathBuffer();
    if (buffer === null) return Errno.NOMEM;
    this.buffer = buffer;
    const error = buffer.read(address);
    if (error !== Errno.NONE) return error;
    if (buffer.length === 0 && !mayBeEmpty) return Errno.NOENT;
    if (buffer.length > 0 && buffer.text()[0] === SLASH) return Errno.NONE;
    return this.start(directory);
  }

  /** Starts at a descriptor (or AT_FDCWD) without a path: as with an empty one. */
  beginEmpty(directory: u64): Errno {
    return this.start(directory);
  }

  private start(directory: u64): Errno {
    if (i32(directory) === AT_CURRENT_DIRECTORY) return Errno.NONE;
    const base = acquireFile(u32(directory));
    if (base === null) return Errno.BADF;
    this.base = base;
    return Errno.NONE;
  }

  /** The path as it was given. */
  text(): Slice<u8> {
    const buffer = this.buffer;
    return buffer === null ? bytes("") : buffer.text();
  }

  /** Whether the path, which is not empty, ends with a slash. */
  endsWithSlash(): boolean {
    const text = this.text();
    return text[text.length - 1] === SLASH;
  }

  /** The open file that the path starts from; null for the working folder, or an absolute path. */
  startFile(): OpenFile | null {
    return this.base;
  }

  /** Walks the path; the result is in `walk`. The name lock is held. @param flags a union of WalkFlag */
  resolve(flags: u32): Errno {
    const base = this.base;
    const start: Dentry = base === null ? workingDentry() : base.dentry;
    const text = this.text();
    if (text.length === 0) {
      this.walk.dentry = start;
      this.walk.directory = start.parent;
      this.walk.last = LastPart.Dot;
      return Errno.NONE;
    }
    if (base !== null && !start.inode.isDirectory()) return Errno.NOTDIR;
    return this.walk.walk(start, text, flags);
  }

  /**
   * Walks a path whose last part is to be made, removed or replaced: a symbolic link there is not followed, even with a
   * slash behind it, so that the caller can say what Linux says of it.
   */
  resolveLast(flags: u32 = 0): Errno {
    return this.resolve(flags | WalkFlag.KeepLink);
  }

  /** Gives back what {@link begin} took. The name lock is not held. */
  [Symbol.dispose](): void {
    const buffer = this.buffer;
    if (buffer !== null) buffer[Symbol.dispose]();
    const base = this.base;
    if (base !== null) base.release();
  }
}
