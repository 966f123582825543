// Pages that the kernel and the application both write: rings of requests and completions. The kernel reads and writes them by
// its own addresses in any context, whatever the application does with its mappings; each mapping holds its pages by references of its own.
//
// What lies in them is never believed: an index is read once and checked before it is used.

import { type PhysicalAddress, physicalToVirtual } from "../arch/x86_64/paging.ts";
import { allocateZeroedFrame, releaseFrame, retainFrame } from "./frames.ts";

const PAGE_SIZE = 4096;

export class SharedPages {
  private frames: Slice<u64> | null = null;

  /** Allocates zeroed pages for `length` bytes. @returns whether there was memory; if not, {@link free} is still to be called */
  begin(length: u64): boolean {
    const frames = createArray<u64>((length + PAGE_SIZE - 1) / PAGE_SIZE);
    this.frames = frames;
    if (frames === null) return false;
    for (let i: usize = 0; i < frames.length; i++) {
      const frame = allocateZeroedFrame();
      if (u64(frame) === 0) return false;
      frames[i] = u64(frame);
    }
    return true;
  }

  /** Bytes in whole pages. */
  length(): u64 {
    const frames = this.frames;
    return frames === null ? 0 : frames.length * PAGE_SIZE;
  }

  /** The kernel's address of an offset. What begins there must not pass the end of its page. */
  at(offset: u64): u64 {
    return physicalToVirtual(this.frames![offset / PAGE_SIZE] as PhysicalAddress) + (offset % PAGE_SIZE);
  }

  /** The frame of a page, with a reference for the caller; 0 beyond the end. */
  take(page: u64): PhysicalAddress {
    const frames = this.frames;
    if (frames === null || page >= frames.length) return u64(0) as PhysicalAddress;
    const frame = frames[page] as PhysicalAddress;
    retainFrame(frame);
    return frame;
  }

  /** Gives the pages back. Mappings keep theirs. */
  free(): void {
    const frames = this.frames;
    if (frames === null) return;
    for (const frame of frames) {
      if (frame !== 0) releaseFrame(frame as PhysicalAddress);
    }
    destroyArray(frames);
    this.frames = null;
  }
}
