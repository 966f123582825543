// What a mapped file is to memory management: something that has pages. File systems implement it; memory management
// never learns what a file is.
//
// A source gives frames, not copies: a page of a tmpfs file or of the archive is mapped where it lies. Who is given a frame
// holds one reference to it (frames.ts) until the mapping goes.

import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import type { Errno } from "../lib/errno.ts";

/** What a page is wanted for. */
export const enum PagePurpose {
  /** To be read, or to be copied before it is written. A hole may be filled, or answered with a page of zeros. */
  Read,
  /** To be written through a shared mapping: what is written is the file's content from now on. */
  Write,
  /** To be mapped beside a page that was asked for: answered only when it is at once at hand, with nothing allocated. */
  IfPresent,
}

/**
 * The pages of one file (or of anything else that can be mapped). All methods may be called by any thread, with
 * interrupts enabled and no lock of memory management held, except where it is said.
 * When a page of a source moves to another frame (copy on the first write) or goes (truncation), the source calls
 * `forgetSourcePages` (address_space.ts), and the next access asks anew.
 */
export interface PageSource {
  /**
   * The frame of the page that begins at byte `index * 4096`, with a reference for the caller. 0 when it lies beyond
   * the end, when there is no memory, or when the purpose does not allow an answer. Bytes beyond the end are zero.
   */
  pageAt(index: u64, purpose: PagePurpose): PhysicalAddress;
  /** Length in bytes, as it is now. An access in a page that begins at or beyond it is a bus error. */
  sourceLength(): u64;
  /** Frees the content of whole pages, which read as zeros then; OPNOTSUPP for what cannot. Thread context, no lock held. */
  punchSource(offset: u64, length: u64): Errno;
  /** The number that /proc/self/maps shows; 0 when it is no file. */
  sourceInode(): u64;
  /** Writes the path that /proc/self/maps shows (`/lib/libc.so.6`, `[vdso]`) to a buffer; gives its length in bytes. */
  sourcePath(path: Slice<u8>): usize;
  /** Adds a reference to the source. Only counts: called with memory management's locks held. */
  retainSource(): void;
  /** Takes a reference back; the last one may free the source. */
  releaseSource(): void;
}

/** What `sourcePath` does for a source with a fixed name: writes it to the buffer, as far as it fits; gives the length in bytes. */
export function copySourceName(name: string, path: Slice<u8>): usize {
  const text = bytes(name);
  const length = minimum(text.length, path.length);
  path.slice(0, length).copyFrom(text.slice(0, length));
  return length;
}
