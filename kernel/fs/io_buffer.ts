// Where the bytes of one read or write come from or go to: one piece of memory, or several (readv), in the application or
// in the kernel itself.
//
// A file copies with `give` and `take` and learns how much was copied. A bad pointer of the application ends the copy at
// the page where it fails, exactly as far as Linux would get: what was copied before counts.
// Application memory may fault, and the fault may sleep: never give or take under a spin lock.

import { copyBytes, fillBytes } from "unsafe";
import { copyBytesFromUser, copyBytesToUser, fillUser } from "../arch/x86_64/user_copy.ts";
import { OpenFlag, PAGE_SIZE } from "./abi.ts";
import type { OpenFile } from "./open_file.ts";

/** struct iovec. @size 16 */
export class IoVector {
  address!: u64;
  length!: u64;
}

/** Where a write goes (RWF_APPEND, RWF_NOAPPEND). */
export const enum Placement {
  /** To the end when the file is open for appending, else to the position. */
  AsOpened = 0,
  End = 1,
  Position = 2,
}

export class IoBuffer {
  /** Bytes still to be transferred. Others only read it. */
  remaining: u64;
  private address: u64;
  /** Bytes left of the present piece. */
  private length: u64;
  private readonly vectors: Slice<IoVector> | null;
  private nextVector: usize = 1;
  private readonly inKernel: boolean;
  /** This transfer must not wait, however the file is open (RWF_NOWAIT). */
  noWait = false;
  placement: Placement = Placement.AsOpened;

  /**
   * A buffer of one piece, or of the pieces of `vectors` (which has at least one) with `length` their sum.
   * @param inKernel the memory is the kernel's own, and is not checked
   */
  constructor(address: u64, length: u64, vectors: Slice<IoVector> | null = null, inKernel: boolean = false) {
    this.remaining = length;
    this.address = vectors === null ? address : vectors[0].address;
    this.length = vectors === null ? length : vectors[0].length;
    this.vectors = vectors;
    this.inKernel = inKernel;
  }

  /** Copies kernel memory into the buffer. @returns bytes copied; fewer than asked means the buffer is full or bad. @inline */
  give(from: u64, length: u64): u64 {
    if (length <= this.length && !this.inKernel && copyBytesToUser(this.address, from, length)) {
      this.advance(length);
      return length;
    }
    return this.transfer(from, length, Transfer.Give);
  }

  /** Copies from the buffer into kernel memory. @returns bytes copied; fewer than asked means it is at its end or bad. @inline */
  take(to: u64, length: u64): u64 {
    if (length <= this.length && !this.inKernel && copyBytesFromUser(to, this.address, length)) {
      this.advance(length);
      return length;
    }
    return this.transfer(to, length, Transfer.Take);
  }

  /** Fills the buffer with zeros. @returns bytes filled */
  giveZeros(length: u64): u64 {
    return this.transfer(0, length, Transfer.Zeros);
  }

  /** Whether this write goes to the end of the file. @inline */
  appends(open: OpenFile): boolean {
    if (this.placement === Placement.AsOpened) return (open.flags & OpenFlag.Append) !== 0;
    return this.placement === Placement.End;
  }

  /** Whether the buffer is the kernel's own memory. */
  isKernel(): boolean {
    return this.inKernel;
  }

  /** Leaves at most `length` bytes to be transferred. */
  limit(length: u64): void {
    if (length < this.remaining) this.remaining = length;
  }

  /** @inline */
  private advance(count: u64): void {
    this.address += count;
    this.length -= count;
    this.remaining -= count;
  }

  /** Piece by piece, and after a fault page by page. @noinline */
  private transfer(kernelAddress: u64, length: u64, direction: Transfer): u64 {
    const wanted = minimum(length, this.remaining);
    let done: u64 = 0;
    while (done < wanted) {
      if (this.length === 0 && !this.nextPiece()) return done;
      const count = minimum(wanted - done, this.length);
      if (this.copy(kernelAddress + done, count, direction)) {
        this.advance(count);
        done += count;
        continue;
      }
      // Somewhere in this piece is a bad page. All before it is copied. (The piece's end may wrap around: lengths alone.)
      let left = count;
      while (left > 0) {
        const part = minimum(left, PAGE_SIZE - (this.address % PAGE_SIZE));
        if (!this.copy(kernelAddress + done, part, direction)) return done;
        this.advance(part);
        done += part;
        left -= part;
      }
    }
    return done;
  }

  private copy(kernelAddress: u64, count: u64, direction: Transfer): boolean {
    // Unchecked copies: in the kernel's own memory, both sides are the caller's.
    switch (direction) {
      case Transfer.Give:
        if (!this.inKernel) return copyBytesToUser(this.address, kernelAddress, count);
        copyBytes(this.address, kernelAddress, count);
        return true;
      case Transfer.Take:
        if (!this.inKernel) return copyBytesFromUser(kernelAddress, this.address, count);
        copyBytes(kernelAddress, this.address, count);
        return true;
      case Transfer.Zeros:
        if (!this.inKernel) return fillUser(this.address, 0, count);
        fillBytes(this.address, 0, count);
        return true;
    }
  }

  private nextPiece(): boolean {
    const vectors = this.vectors;
    if (vectors === null) return false;
    while (this.nextVector < vectors.length) {
      const vector = vectors[this.nextVector];
      this.nextVector++;
      if (vector.length === 0) continue;
      this.address = vector.address;
      this.length = vector.length;
      return true;
    }
    return false;
  }
}

const enum Transfer {
  Give = 0,
  Take = 1,
  Zeros = 2,
}
