// Walking a path: path_resolution(7).
//
// One `PathWalk` object on the caller's stack does it, without recursion: text that remains after a symbolic link waits on
// a small stack of slices. All of it happens under the name lock, which the caller holds until it is done with the result,
// so no references are taken on the way.
//
// What a walk leaves behind:
//   dentry     what the path names; null when only the last part is missing and that is allowed
//   directory  the folder of the last part (after symbolic links were followed), and `name`, that part
//   last       whether the last part was an ordinary name, `.`, `..` or the root

import { Errno } from "../lib/errno.ts";
import { LINKS_MAX, NAME_MAX, PATH_MAX } from "./abi.ts";
import { type Dentry, findChild } from "./dentry.ts";
import { LinkTarget } from "./inode.ts";
import { processRoot } from "./names.ts";

const SLASH = 0x2f;
const DOT = 0x2e;

/** How to walk. */
export const enum WalkFlag {
  /** Follow a symbolic link in the last part. */
  Follow = 1,
  /** The last part need not exist. */
  MayBeMissing = 2,
  /** No symbolic link at all (RESOLVE_NO_SYMLINKS). */
  NoLinks = 4,
  /** Never above the start, never by an absolute path (RESOLVE_BENEATH). */
  Beneath = 8,
  /** The start is the root of this walk (RESOLVE_IN_ROOT). */
  InRoot = 16,
  /** No link that jumps, as those of /proc do (RESOLVE_NO_MAGICLINKS). */
  NoJumps = 32,
  /** Stay in the file system of the start (RESOLVE_NO_XDEV). */
  OneFileSystem = 64,
  /** The last part is not followed even with a slash behind it, and need not be a folder then: who asked decides. */
  KeepLink = 128,
}

/** What the last part of a path was. */
export const enum LastPart {
  Name = 0,
  Dot = 1,
  DotDot = 2,
  Root = 3,
}

export class PathWalk {
  dentry: Dentry | null = null;
  directory: Dentry | null = null;
  /** Points into the path or into a symbolic link: valid while the name lock is held and the path stays. */
  name!: Slice<u8>;
  last: LastPart = LastPart.Root;
  /** A slash stood behind the last part, so it can only be a folder. */
  trailingSlash = false;

  private readonly waiting!: FixedArray<Slice<u8>, 40>;
  private depth: usize = 0;
  private links: u32 = 0;
  private flags: u32 = 0;
  private start: Dentry | null = null;

  /**
   * Walks `path` from `start` (unless it begins with a slash). The name lock is held.
   * @param flags a union of WalkFlag
   */
  walk(start: Dentry, path: Slice<u8>, flags: u32): Errno {
    this.flags = flags;
    this.start = start;
    this.dentry = null;
    this.directory = start;
    this.name = path.slice(0, 0);
    this.last = LastPart.Dot;
    this.trailingSlash = false;
    this.depth = 0;
    this.links = 0;
    if (path.length === 0) return Errno.NOENT;
    if (path.length >= PATH_MAX) return Errno.NAMETOOLONG;

    let current = start;
    let rest = path;
    if (path[0] === SLASH) {
      if ((flags & WalkFlag.Beneath) !== 0) return Errno.XDEV;
      current = this.top();
      this.last = LastPart.Root;
    }
    for (;;) {
      rest = skipSlashes(rest);
      if (rest.length === 0) {
        if (this.depth === 0) break;
        this.depth--;
        rest = this.waiting[this.depth];
        continue;
      }
      const end = partEnd(rest);
      const part = rest.slice(0, end);
      const slash = end < rest.length;
      rest = skipSlashes(rest.slice(end));
      const isLast = rest.length === 0 && this.depth === 0;

      if (!current.inode.isDirectory()) return Errno.NOTDIR;
      this.trailingSlash = slash && isLast ? true : isLast ? this.trailingSlash : false;
      if (part.length === 1 && part[0] === DOT) {
        this.last = LastPart.Dot;
        continue;
      }
      if (part.length === 2 && part[0] === DOT && part[1] === DOT) {
        this.last = LastPart.DotDot;
        const above = this.above(current);
        if (above === null) return Errno.XDEV;
        current = above;
        continue;
      }
      if (part.length > NAME_MAX) return Errno.NAMETOOLONG;

      this.last = LastPart.Name;
      this.directory = current;
      this.name = part;
      const child = lookup(current, part);
      if (child === null) return isLast && (flags & WalkFlag.MayBeMissing) !== 0 ? Errno.NONE : Errno.NOENT;
      const inode = child.inode;
      if ((flags & WalkFlag.OneFileSystem) !== 0 && inode.fileSystem !== current.inode.fileSystem) return Errno.XDEV;
      if (
        !inode.isLink() ||
        (isLast && (flags & WalkFlag.Follow) === 0 && (!this.trailingSlash || (flags & WalkFlag.KeepLink) !== 0))
      ) {
        current = child;
        continue;
      }

      // A link to follow.
      if ((flags & WalkFlag.NoLinks) !== 0) return Errno.LOOP;
      this.links++;
      if (this.links > LINKS_MAX) return Errno.LOOP;
      const target = new LinkTarget();
      const error = inode.link!.follow(target);
      if (error !== Errno.NONE) return error;
      if (rest.length > 0) {
        this.waiting[this.depth] = rest;
        this.depth++;
        rest = rest.slice(0, 0);
      }
      const jump = target.dentry;
      if (jump !== null) {
        if ((flags & (WalkFlag.NoJumps | WalkFlag.Beneath | WalkFlag.InRoot)) !== 0) return Errno.LOOP;
        current = jump;
        continue;
      }
      const text = target.text!;
      if (text.length === 0) return Errno.NOENT;
      if (text[0] === SLASH) {
        if ((flags & WalkFlag.Beneath) !== 0) return Errno.XDEV;
        current = this.top();
        this.last = LastPart.Root;
      }
      rest = text;
    }
    if (this.trailingSlash && (flags & WalkFlag.KeepLink) === 0 && !current.inode.isDirectory()) return Errno.NOTDIR;
    this.dentry = current;
    return Errno.NONE;
  }

  private top(): Dentry {
    return (this.flags & WalkFlag.InRoot) !== 0 ? this.start! : processRoot();
  }

  /** The folder above; itself at the top; null where this walk may not go higher. */
  private above(current: Dentry): Dentry | null {
    if (current === this.start) {
      if ((this.flags & WalkFlag.Beneath) !== 0) return null;
      if ((this.flags & WalkFlag.InRoot) !== 0) return current;
    }
    return current === processRoot() ? current : (current.parent ?? current);
  }
}

/** A child of a folder, from memory or from its file system; null when there is none. The name lock is held. */
export function lookup(directory: Dentry, name: Slice<u8>): Dentry | null {
  const more = directory.inode.directory;
  if (more === null || !more.isVolatile()) {
    const child = findChild(directory, name);
    if (child !== null || more === null) return child;
  }
  return more.lookup(directory, name);
}

function skipSlashes(text: Slice<u8>): Slice<u8> {
  let start: usize = 0;
  while (start < text.length && text[start] === SLASH) start++;
  return start === 0 ? text : text.slice(start);
}

function partEnd(text: Slice<u8>): usize {
  let end: usize = 0;
  while (end < text.length && text[end] !== SLASH) end++;
  return end;
}
