// A regular file in memory: the root's files, /tmp, /dev/shm, memfd.
//
//   byte 0                 archivePages * 4096                       size
//   ├── pages of the archive, in place ──┼── pages of the tree, holes ──┤
//
// The first `archivePages` pages are those of the initial image, where it lies: a file of the archive costs no copy and no
// memory beyond this object. They belong to this file alone (lib/archive.ts checks it), so writing changes them in place.
// All further pages are frames in a radix tree, and what is missing there is a hole that reads as zeros.
// Invariant: bytes beyond `size` in the last page are zero, but for what a shared mapping wrote there.
//
// `changeLock` (sleeping) is held by whoever changes content or length, while application memory is read. `pageLock`
// (spinning) guards the tree and the size, for a few instructions. A page fault takes only the second one, so a write whose
// source is a mapping of the same file cannot wait for itself.

import { addressOf, fillBytes } from "unsafe";
import { type PhysicalAddress, physicalToVirtual, virtualToPhysical } from "../arch/x86_64/paging.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { forgetSourcePages } from "../mm/address_space.ts";
import { allocateZeroedFrame, releaseFrame, retainFrame } from "../mm/frames.ts";
import { PagePurpose, type PageSource } from "../mm/page_source.ts";
import { Mutex } from "../sched/mutex.ts";
import type { WaitQueue } from "../sched/wait_queue.ts";
import { OFFSET_MAX, PAGE_SHIFT, PAGE_SIZE, PollEvent, Seal } from "./abi.ts";
import { type Dentry, retainKnown } from "./dentry.ts";
import type { File } from "./file.ts";
import { type Content, type FileSystem, Inode, type StoredContent } from "./inode.ts";
import type { IoBuffer } from "./io_buffer.ts";
import { nameLock, PathText, writePath } from "./names.ts";
import type { OpenFile } from "./open_file.ts";
import { PageTree } from "./page_tree.ts";
import { takePathBuffer } from "./path_buffer.ts";
import { now } from "./time.ts";
import { mayGrow } from "./tmpfs_space.ts";

/** Modes of fallocate(2) (linux/falloc.h). */
const KEEP_SIZE = 1;
const PUNCH_HOLE = 2;

export class TmpfsFile implements Content, StoredContent, File, PageSource {
  readonly inode = new Inode();
  private readonly pageLock = new SpinLock(LockOrder.FilePages);
  private readonly pages = new PageTree();
  private archive: u64 = 0;
  private archivePages: u64 = 0;
  private readonly changeLock = new Mutex(LockOrder.FileChange);

  /** Sets what a new file starts with. */
  begin(fileSystem: FileSystem, mode: u32, time: i64): void {
    this.inode.begin(fileSystem, this, mode, time);
    this.inode.stored = this;
  }

  /** Makes the content these bytes of the archive, which begin on a page. Before anybody knows the file. */
  adopt(content: Slice<u8>): void {
    this.inode.size = content.length;
    this.archive = addressOf(content);
    this.archivePages = pageCount(content.length);
  }

  // ---- File ---------------------------------------------------------------------------------------------------------

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    let done: u64 = 0;
    while (buffer.remaining > 0) {
      const offset = position + done;
      const size = this.inode.size;
      if (offset >= size) break;
      const wanted = minimum(buffer.remaining, size - offset);
      const archiveLeft = this.archivePages * PAGE_SIZE;
      let count: u64;
      let copied: u64;
      if (offset < archiveLeft) {
        count = minimum(wanted, archiveLeft - offset);
        copied = buffer.give(this.archive + offset, count);
      } else {
        count = minimum(wanted, PAGE_SIZE - (offset % PAGE_SIZE));
        const frame = this.pageAt(offset >> PAGE_SHIFT, PagePurpose.IfPresent);
        if (u64(frame) === 0) {
          copied = buffer.giveZeros(count);
        } else {
          copied = buffer.give(physicalToVirtual(frame) + (offset % PAGE_SIZE), count);
          releaseFrame(frame);
        }
      }
      done += copied;
      if (copied < count) return done > 0 ? i64(done) : errorCode(Errno.FAULT);
    }
    return i64(done);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    using _ = this.changeLock.acquire();
    const inode = this.inode;
    const start = buffer.appends(open) ? inode.size : position;
    if (buffer.remaining === 0) return 0;
    if (start >= OFFSET_MAX) return errorCode(Errno.FBIG);
    buffer.limit(OFFSET_MAX - start);
    if ((inode.seals & (Seal.Write | Seal.FutureWrite)) !== 0) return errorCode(Errno.PERM);
    if ((inode.seals & Seal.Grow) !== 0) {
      if (start >= inode.size) return errorCode(Errno.PERM);
      buffer.limit(inode.size - start);
    }

    let done: u64 = 0;
    let error = Errno.NONE;
    while (buffer.remaining > 0) {
      const offset = start + done;
      const count = minimum(buffer.remaining, PAGE_SIZE - (offset % PAGE_SIZE));
      const frame = this.obtain(offset >> PAGE_SHIFT);
      if (u64(frame) === 0) {
        error = Errno.NOSPC;
        break;
      }
      const copied = buffer.take(physicalToVirtual(frame) + (offset % PAGE_SIZE), count);
      releaseFrame(frame);
      done += copied;
      if (start + done > inode.size) this.setSize(start + done);
      if (copied < count) {
        error = Errno.FAULT;
        break;
      }
    }
    if (done === 0) return errorCode(error);
    inode.modified = now();
    inode.changed = inode.modified;
    return i64(done);
  }

  ready(open: OpenFile): u32 {
    return PollEvent.Readable | PollEvent.Writable | PollEvent.ReadNormal | PollEvent.WriteNormal;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return null;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {}

  // ---- Content ------------------------------------------------------------------------------------------------------

  open(inode: Inode, open: OpenFile): Errno {
    open.file = this;
    open.seekable = true;
    inode.knownAs = open.dentry;
    return Errno.NONE;
  }

  resize(length: u64): Errno {
    const inode = this.inode;
    using _ = this.changeLock.acquire();
    const size = inode.size;
    if (length < size && (inode.seals & Seal.Shrink) !== 0) return Errno.PERM;
    if (length > size && (inode.seals & Seal.Grow) !== 0) return Errno.PERM;
    if (length < size) this.shrink(length);
    else this.setSize(length);
    inode.modified = now();
    inode.changed = inode.modified;
    return Errno.NONE;
  }

  allocate(mode: u32, offset: u64, length: u64): Errno {
    const inode = this.inode;
    if ((mode & ~u32(KEEP_SIZE | PUNCH_HOLE)) !== 0) return Errno.OPNOTSUPP;
    using _ = this.changeLock.acquire();
    const end = offset + length;
    if ((mode & PUNCH_HOLE) !== 0) {
      if ((mode & KEEP_SIZE) === 0) return Errno.OPNOTSUPP;
      if ((inode.seals & (Seal.Write | Seal.FutureWrite)) !== 0) return Errno.PERM;
      this.punch(offset, minimum(end, pageCount(inode.size) * PAGE_SIZE));
      return Errno.NONE;
    }
    if (end > inode.size && (inode.seals & Seal.Grow) !== 0) return Errno.PERM;
    for (let page = offset >> PAGE_SHIFT; page < pageCount(end); page++) {
      const frame = this.obtain(page);
      if (u64(frame) === 0) return Errno.NOSPC;
      releaseFrame(frame);
    }
    if ((mode & KEEP_SIZE) === 0 && end > inode.size) this.setSize(end);
    inode.changed = now();
    return Errno.NONE;
  }

  seekData(offset: u64, hole: boolean): u64 {
    const size = this.inode.size;
    const pages = pageCount(size);
    let page = offset >> PAGE_SHIFT;
    using _ = this.pageLock.acquire();
    if (hole) {
      if (page < this.archivePages) page = this.archivePages;
      while (page < pages && this.pages.get(page) !== 0) page++;
    } else if (page >= this.archivePages) {
      page = this.pages.next(page, pages);
    }
    return minimum(maximum(page << PAGE_SHIFT, offset), size);
  }

  pageSource(): PageSource {
    return this;
  }

  blocks(): u64 {
    return (this.archivePages + this.pages.count) * (PAGE_SIZE / 512);
  }

  dispose(inode: Inode): void {
    this.pages.truncate(0);
    destroy(this);
  }

  // ---- PageSource ---------------------------------------------------------------------------------------------------

  pageAt(index: u64, purpose: PagePurpose): PhysicalAddress {
    {
      using _ = this.pageLock.acquire();
      if (index >= pageCount(this.inode.size)) return 0 as PhysicalAddress;
      const frame = this.present(index);
      if (u64(frame) !== 0 || purpose === PagePurpose.IfPresent) return frame;
    }
    return this.obtain(index);
  }

  sourceLength(): u64 {
    return this.inode.size;
  }

  punchSource(offset: u64, length: u64): Errno {
    return this.allocate(KEEP_SIZE | PUNCH_HOLE, offset, length);
  }

  sourceInode(): u64 {
    return this.inode.number;
  }

  sourcePath(path: Slice<u8>): usize {
    const buffer = takePathBuffer();
    if (buffer === null) return 0;
    using _buffer = buffer;
    const text = new PathText(buffer.whole());
    const dentry = retainKnown(this.inode);
    if (dentry === null) return 0;
    const error = writePathOf(dentry, text);
    dentry.release();
    if (error !== Errno.NONE) return 0;
    const written = text.text();
    const length = minimum(written.length, path.length);
    path.slice(0, length).copyFrom(written.slice(0, length));
    return length;
  }

  retainSource(): void {
    this.inode.retain();
  }

  releaseSource(): void {
    this.inode.release();
  }

  // ---- Pages --------------------------------------------------------------------------------------------------------

  /** A page that is there, with a reference for the caller, or 0. The page lock is held. */
  private present(index: u64): PhysicalAddress {
    if (index < this.archivePages) return virtualToPhysical(this.archive + index * PAGE_SIZE);
    const frame = this.pages.get(index) as PhysicalAddress;
    if (u64(frame) !== 0) retainFrame(frame);
    return frame;
  }

  /** A page, made when it was a hole, with a reference for the caller; 0 when memory is short. */
  private obtain(index: u64): PhysicalAddress {
    {
      using _ = this.pageLock.acquire();
      const frame = this.present(index);
      if (u64(frame) !== 0) return frame;
    }
    if (!mayGrow()) return 0 as PhysicalAddress;
    const fresh = allocateZeroedFrame();
    if (u64(fresh) === 0) return fresh;
    let existing = 0 as PhysicalAddress;
    {
      using _ = this.pageLock.acquire();
      existing = this.present(index);
      if (u64(existing) === 0 && this.pages.insert(index, fresh)) {
        // One reference is the tree's, this one the caller's.
        retainFrame(fresh);
        return fresh;
      }
    }
    releaseFrame(fresh);
    return existing;
  }

  private setSize(size: u64): void {
    using _ = this.pageLock.acquire();
    this.inode.size = size;
  }

  /** Cuts the file. The change lock is held. */
  private shrink(length: u64): void {
    const kept = pageCount(length);
    {
      using _ = this.pageLock.acquire();
      this.inode.size = length;
    }
    this.clearPart(length, kept * PAGE_SIZE);
    forgetSourcePages(this, kept, 0xffff_ffff_ffff_ffff);
    using _ = this.pageLock.acquire();
    if (this.archivePages > kept) this.archivePages = kept;
    this.pages.truncate(kept);
  }

  /** Makes a hole. Pages of the archive are cleared where they lie. The change lock is held. */
  private punch(offset: u64, end: u64): void {
    if (offset >= end) return;
    const first = pageCount(offset);
    const last = end >> PAGE_SHIFT;
    if (first > last) {
      this.clearPart(offset, end);
      return;
    }
    this.clearPart(offset, first * PAGE_SIZE);
    this.clearPart(last * PAGE_SIZE, end);
    let page = first;
    for (; page < minimum(last, this.archivePages); page++) this.clearPart(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
    if (page < last) forgetSourcePages(this, page, last - page);
    for (; page < last; page++) {
      let frame: u64 = 0;
      {
        using _ = this.pageLock.acquire();
        page = this.pages.next(page, last);
        if (page < last) frame = this.pages.take(page);
      }
      if (frame !== 0) releaseFrame(frame as PhysicalAddress);
    }
  }

  /** Writes zeros over bytes that lie in one page, when it is there. */
  private clearPart(start: u64, end: u64): void {
    if (start >= end) return;
    let frame = 0 as PhysicalAddress;
    {
      using _ = this.pageLock.acquire();
      frame = this.present(start >> PAGE_SHIFT);
    }
    if (u64(frame) === 0) return;
    // Safe: the frame is held, and the range does not leave it.
    fillBytes(physicalToVirtual(frame) + (start % PAGE_SIZE), 0, end - start);
    releaseFrame(frame);
  }
}

function writePathOf(dentry: Dentry, text: PathText): Errno {
  using _ = nameLock.acquire();
  return writePath(dentry, text);
}

/** Pages that hold some bytes. @inline */
function pageCount(length: u64): u64 {
  return (length >> PAGE_SHIFT) + (length % PAGE_SIZE === 0 ? 0 : 1);
}
